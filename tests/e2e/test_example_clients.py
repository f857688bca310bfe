"""The example clients as a product would use them, on the deployed stack."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, closed_hour
from tests.integration.clients.example_clients import (
    Caller,
    PythonClient,
    RefusedError,
    TypeScriptClient,
    project_in,
)

pytestmark = pytest.mark.stack


@pytest.fixture(params=["python", "typescript"])
def client(stack: RunningStack, request: pytest.FixtureRequest, tmp_path: Path) -> Caller:
    """Return a client with the stack's keys."""
    account, url = stack.aws.account, stack.addresses.api_url
    keys = (account.access_key_id, account.secret_access_key, account.region)
    if request.param == "python":
        return PythonClient(url, *keys)
    return TypeScriptClient(url, *keys, project_in(tmp_path))


def test_usage_that_a_client_sends_is_billed_and_the_rest_is_named(
    stack: RunningStack, client: Caller
) -> None:
    name = type(client).__name__
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    at = closed_hour() + timedelta(minutes=5)
    facts = [
        UsageFact(f"{name}-{n}", subscription, "api_calls", Decimal("0.5"), at)
        for n in range(2_100)
    ]
    events = [fact.as_event() for fact in facts]
    events[2_050]["quantity"] = -1

    results = client.call("send_usage", events)
    again = client.call("send_usage", events)

    assert again == results
    assert [result["position"] for result in results] == list(range(len(events)))
    refused = [result for result in results if result["status"] == "rejected"]
    assert [
        (result["position"], [fault["code"] for fault in result["faults"]]) for result in refused
    ] == [(2_050, ["quantity_negative"])]
    taken = [fact for fact in facts if fact.event_id != f"{name}-2050"]
    assert stack.wait_until_billed(taken).is_exact


def test_a_client_finds_a_subscription_by_its_key_and_by_its_license_arn(
    stack: RunningStack, client: Caller
) -> None:
    subscription = stack.sell(
        f"found-by-{type(client).__name__}", MeteringMode.LICENSE, "api_calls"
    )
    stack.register(subscription)
    assert subscription.license_arn is not None
    key = license_key(subscription.license_arn)

    found = [client.call("subscription", name) for name in (key, subscription.license_arn)]

    assert [one["key"] for one in found] == [key, key]
    assert found[0]["has_access"]


def test_a_client_links_a_tenant_whose_usage_is_billed_to_the_subscription(
    stack: RunningStack, client: Caller
) -> None:
    name = f"tenant-of-{type(client).__name__}"
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    assert subscription.license_arn is not None
    key = license_key(subscription.license_arn)
    at = closed_hour() + timedelta(minutes=5)
    fact = UsageFact(name, subscription, "api_calls", Decimal(3), at)

    linked = client.call("link", name, subscription.license_arn)
    event = fact.as_event() | {"subscription": f"tenant:{name}"}
    (result,) = client.call("send_usage", [event])
    assert (linked["tenant"], linked["subscription"]["key"]) == (name, key)
    assert result == {"position": 0, "status": "accepted", "id": name}
    assert stack.wait_until_billed([fact]).is_exact

    used = client.call("usage", key, at.isoformat(), (at + timedelta(hours=1)).isoformat())
    assert [one["quantity"] for one in used["totals"]] == ["3"]
    assert key in [one["key"] for one in client.call("subscriptions", {"phase": "active"})]
    assert "unlinked_at" in client.call("unlink", name, key)
    assert [one["subscription"]["key"] for one in client.call("tenant", name)["links"]] == [key]
    assert client.call("stopped", key)["subscription"]["stopped_at"]


def test_a_client_raises_what_the_api_refuses(client: Caller) -> None:
    with pytest.raises(RefusedError) as refused:
        client.call("subscription", "license#l-nobody")

    assert (refused.value.status, refused.value.code) == (404, "subscription_unknown")


def test_whom_api_gateway_lets_not_through_is_told_so(client: Caller) -> None:
    client.access_key_id = "nobody0s0key"

    with pytest.raises(RefusedError) as refused:
        client.call("send_usage", [{"id": "e1"}])

    assert refused.value.status == 403
