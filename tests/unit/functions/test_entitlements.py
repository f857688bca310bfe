"""What contracts hold is asked of AWS by the functions that are told to, in AWS's own protocol."""

from typing import Any

import pytest
from marketplace_sandbox.testing import (
    Agreement,
    Channel,
    Dimension,
    DimensionKind,
    Grant,
    NewAgreement,
    queue_body,
)

from functions.sweep_agreements.app import lambda_handler as sweep
from functions.track_agreements.app import lambda_handler as track
from meterhouse.adapters.entitlements import ENTITLEMENTS_CONFIG, ENTITLEMENTS_REGION
from meterhouse.runtime import clients
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import post_request, sqs_event, token_form
from tests.unit.functions.test_register_customer import call

CONTEXT = FakeContext()


@pytest.fixture(autouse=True)
def _chosen(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployment.subscriptions_table
    monkeypatch.setenv("READ_ENTITLEMENTS", "true")


def sign(deployment: Deployment, calls: int = 10) -> Agreement:
    dimensions = [Dimension("calls", DimensionKind.ENTITLED)]
    code = deployment.marketplace.create_product(dimensions=dimensions).product_code
    new = NewAgreement(code, grants=(Grant("calls", calls),))
    return deployment.marketplace.desks.agreements.subscribe(new)


def register(deployment: Deployment, agreement: Agreement) -> dict[str, Any]:
    token = deployment.marketplace.mint_token(agreement.agreement_id).token
    return call(post_request(token_form(token)))


def held(deployment: Deployment) -> list[str]:
    """Return what stands in the states of licenses."""
    items = deployment.items(deployment.subscriptions_table)
    return [
        one["entitlements"]["S"]
        for one in items
        if one["pk"]["S"].startswith("license#") and "entitlements" in one
    ]


def test_a_buyer_registers_and_what_his_contract_holds_is_known(deployment: Deployment) -> None:
    landed = register(deployment, sign(deployment))

    assert landed["statusCode"] == 200
    (entitlements,) = held(deployment)
    assert '["calls","quantity","10",' in entitlements


def test_a_buyer_registers_while_aws_does_not_answer_that(deployment: Deployment) -> None:
    agreement = sign(deployment)
    deployment.marketplace.inject_fault("throttle", operation="GetEntitlements", count=1)

    assert register(deployment, agreement)["statusCode"] == 200

    assert held(deployment) == []
    assert deployment.metrics()["EntitlementsNotRead"] == 1


def test_an_event_tells_that_it_is_more_now(deployment: Deployment) -> None:
    agreement = sign(deployment)
    register(deployment, agreement)
    amend = deployment.marketplace.desks.agreements.amend
    amend(agreement.agreement_id, grants=(Grant("calls", 25),))
    told = deployment.marketplace.desks.events.events()
    (*_, last) = [queue_body(one) for one in told if one.channel is Channel.EVENTBRIDGE]

    assert track(sqs_event(last), CONTEXT) == {"batchItemFailures": []}

    (entitlements,) = held(deployment)
    assert '["calls","quantity","25",' in entitlements


def test_the_sweep_asks_for_whom_nobody_asked(deployment: Deployment) -> None:
    agreement = sign(deployment)
    deployment.marketplace.inject_fault("throttle", operation="GetEntitlements", count=1)
    register(deployment, agreement)

    answer = sweep({}, CONTEXT)

    assert answer["entitlements_left"] == 0
    assert len(held(deployment)) == 1


def test_aws_is_not_asked_where_that_is_not_chosen(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READ_ENTITLEMENTS", "false")

    register(deployment, sign(deployment))
    answer = sweep({}, CONTEXT)

    assert answer["entitlements_left"] is None
    asked = [one for one in deployment.marketplace.calls() if one.operation == "GetEntitlements"]
    assert asked == []


def test_the_entitlement_service_is_asked_in_its_own_region_wherever_the_stack_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")

    assert clients.dynamodb().meta.region_name == "eu-central-1"
    client = clients.entitlements(ENTITLEMENTS_REGION, ENTITLEMENTS_CONFIG)
    assert client.meta.region_name == "us-east-1"
