"""Usage that AWS refuses for good is told on the bus of a deployed stack; what it bills is not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marketplace_sandbox.client import MeteringMode

from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.listening import Mailbox, deployed
from tests.e2e.running_stack import REPOSITORY, RunningStack, closed_hour, pack

pytestmark = pytest.mark.stack

SCHEMA = json.loads((REPOSITORY / "events/schemas/usage.v1.schema.json").read_text())


def test_a_record_that_aws_refuses_is_told_of_once_and_its_neighbour_is_billed(
    stack: RunningStack,
) -> None:
    subscription = stack.sell("refused", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    event = {
        "id": "1",
        "subscription": subscription.license_arn,
        "time": (closed_hour() + timedelta(minutes=5)).isoformat(),
    }

    with deployed(stack, "queue") as found:
        queue = Mailbox(stack.aws, found["SubscriptionsQueue"])

        def told() -> list[dict[str, Any]]:
            usage = [one for one in queue.told_of(subscription) if "usage" in one["detail"]]
            return [*{one["detail"]["id"]: one for one in usage}.values()]

        stack.send(
            pack(
                event | {"dimension": "no_such_dimension", "quantity": "2.5"},
                event | {"dimension": "api_calls", "quantity": 1},
            )
        )
        stack.wait_until(lambda: bool(told()))
        (one,) = told()

    Draft202012Validator(SCHEMA).validate(one)
    assert one["detail-type"] == "Usage Rejected"
    assert one["detail"]["subscription"]["key"] == license_key(subscription.license_arn or "")
    assert one["detail"]["usage"]["dimension"] == "no_such_dimension"
    assert one["detail"]["usage"]["quantity"] == "2.5"
    assert one["detail"]["usage"]["reason"] == "InvalidUsageDimensionException"
