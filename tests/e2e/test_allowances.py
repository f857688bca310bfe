"""What a contract includes is told as it is used up: on the bus, by the API and to the operator."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from marketplace_sandbox.client import MeteringMode

from local.seller.seller_api import Signature, call_api
from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.listening import Mailbox, deployed
from tests.e2e.running_stack import (
    REPOSITORY,
    RunningStack,
    closed_hour,
    pack,
    run_module,
    stack_in,
)

pytestmark = pytest.mark.stack

SCHEMA = json.loads((REPOSITORY / "events/schemas/allowance.v1.schema.json").read_text())
RULES = "api_calls=100/agreement"


@pytest.fixture(scope="module")
def including(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose contracts include a hundred units."""
    with stack_in(tmp_path_factory.mktemp("including"), {"IncludedUnits": RULES}) as stack:
        yield stack


def test_what_is_left_is_told_until_nothing_is(including: RunningStack) -> None:
    stack = including
    subscription = stack.sell("includes", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    key = license_key(subscription.license_arn or "")

    def used(units: str, hours_ago: int) -> UsageFact:
        at = closed_hour(hours_ago) + timedelta(minutes=5)
        return UsageFact(units, subscription, "api_calls", Decimal(units), at)

    def asked() -> list[dict[str, Any]]:
        path = f"/subscriptions/{quote(key, safe='')}/allowances"
        auth = Signature(stack.aws.account)
        answer = call_api(stack.addresses.api_url, "GET", path, auth=auth)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["allowances"]
        return found

    with deployed(stack, "queue") as found:
        queue = Mailbox(stack.aws, found["SubscriptionsQueue"])

        def told() -> list[tuple[int, str, str]]:
            events = [one for one in queue.told_of(subscription) if "allowance" in one["detail"]]
            for one in events:
                Draft202012Validator(SCHEMA).validate(one)
            allowances = {one["detail"]["id"]: one["detail"]["allowance"] for one in events}
            return [(one["percent"], one["taken"], one["left"]) for one in allowances.values()]

        assert [(one["taken"], one["left"]) for one in asked()] == [("0", "100")]

        stack.send(pack(used("79.5", 5).as_event()))
        stack.wait_until(lambda: asked()[0]["taken"] == "79.5")
        stack.send(pack(used("5.5", 4).as_event()))
        stack.wait_until(lambda: bool(told()))
        assert told() == [(80, "85", "15")]

        beyond = used("20", 3)
        stack.send(pack(beyond.as_event()))
        stack.wait_until(lambda: len(told()) > 1)
        assert told() == [(80, "85", "15"), (100, "100", "0")]

    shown = run_module(
        *("operations", "subscriptions", "show", key, "--json"),
        *("--directory", str(stack.directory)),
    )
    assert shown.returncode == 0, shown.stderr
    assert [(one["granted"], one["left"]) for one in json.loads(shown.stdout)["allowances"]] == [
        ("100", "0")
    ]
