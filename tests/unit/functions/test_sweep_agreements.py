"""sweep_agreements as the schedule calls it, and an operator."""

import json

import pytest

from functions.sweep_agreements.app import lambda_handler
from meterhouse.adapters.agreements import AGREEMENTS_CONFIG, AGREEMENTS_REGION
from meterhouse.runtime import clients
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import example

CONTEXT = FakeContext()


def test_the_schedule_adopts_what_aws_holds(deployment: Deployment) -> None:
    product = deployment.marketplace.create_product()
    agreement = deployment.marketplace.create_agreement(product.product_code)

    answer = lambda_handler(example("reconcile-schedule.json"), CONTEXT)

    assert json.loads(json.dumps(answer)) == answer
    assert (answer["swept"], answer["left"], answer["out_of_sight"]) == (1, None, 0)
    assert answer["updated_until"] == agreement.last_updated_at.isoformat()
    states = [one for one in deployment.items(deployment.subscriptions_table) if "phase" in one]
    assert {one["agreement_id"]["S"] for one in states} == {agreement.agreement_id}
    assert deployment.metrics() == {"AgreementsSwept": 1, "SweepsFinished": 1}
    again = lambda_handler({}, CONTEXT)
    assert (again["learned"], again["out_of_sight"]) == (0, None)


def test_an_operator_begins_at_the_beginning(deployment: Deployment) -> None:
    product = deployment.marketplace.create_product()
    deployment.marketplace.create_agreement(product.product_code)
    lambda_handler({}, CONTEXT)

    assert lambda_handler({"from_beginning": True}, CONTEXT)["out_of_sight"] == 0


def test_a_run_without_time_says_so(deployment: Deployment) -> None:
    assert deployment.subscriptions_table

    answer = lambda_handler({}, FakeContext(remaining_milliseconds=1_000))

    assert answer["left"] == "no time"
    assert "SweepsFinished" not in deployment.metrics()


def test_the_agreement_api_is_asked_in_its_own_region_wherever_the_stack_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    assert clients.dynamodb().meta.region_name == "eu-central-1"
    client = clients.agreements(AGREEMENTS_REGION, AGREEMENTS_CONFIG)
    assert client.meta.region_name == "us-east-1"
