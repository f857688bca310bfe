"""Tenants on the deployed stack: linked and unlinked by signed requests, told of on the bus."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.seller_api import Signature, call_api, error_code
from tests.e2e.listening import Mailbox, deployed
from tests.e2e.running_stack import RunningStack
from tests.e2e.test_agreement_events import wait_until

pytestmark = pytest.mark.stack


@pytest.fixture
def queue(stack: RunningStack) -> Iterator[Mailbox]:
    with deployed(stack, "queue") as found:
        yield Mailbox(stack.aws, found["SubscriptionsQueue"])


def bought(stack: RunningStack, name: str) -> Subscription:
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    return subscription


def send(stack: RunningStack, method: str, path: str) -> httpx.Response:
    auth = Signature(stack.aws.account)
    return call_api(stack.addresses.api_url, method, path, auth=auth)


def path_of(tenant: str, subscription: Subscription) -> str:
    assert subscription.license_arn is not None
    name = quote(subscription.license_arn, safe="")
    return f"/tenants/{quote(tenant, safe='')}/subscriptions/{name}"


def tenants_told(queue: Mailbox, subscription: Subscription) -> list[Any]:
    told = [one["detail"]["subscription"].get("tenant") for one in queue.told_of(subscription)]
    return [*dict.fromkeys(told)]


def test_a_tenant_is_linked_told_of_unlinked_and_free_again(
    stack: RunningStack, queue: Mailbox
) -> None:
    mine, strangers = bought(stack, "tenant-mine"), bought(stack, "tenant-strangers")

    linked = send(stack, "PUT", path_of("globex:eu", mine))
    assert linked.status_code == httpx.codes.OK, linked.text
    assert send(stack, "PUT", path_of("globex:eu", mine)).json() == linked.json()
    assert linked.json()["subscription"]["tenant"] == "globex:eu"
    wait_until(lambda: tenants_told(queue, mine) == [None, "globex:eu"])

    taken = send(stack, "PUT", path_of("globex:eu", strangers))
    assert (taken.status_code, error_code(taken)) == (409, "tenant_taken")
    elsewhere = send(stack, "PUT", path_of("hooli", mine))
    assert (elsewhere.status_code, error_code(elsewhere)) == (409, "subscription_linked")
    assert send(stack, "GET", "/tenants/hooli").status_code == httpx.codes.NOT_FOUND

    unlinked = send(stack, "DELETE", path_of("globex:eu", mine))
    assert unlinked.json()["unlinked_at"] > linked.json()["linked_at"]
    wait_until(lambda: "tenant" not in queue.told_of(mine)[-1]["detail"]["subscription"])
    assert send(stack, "PUT", path_of("globex:eu", strangers)).status_code == httpx.codes.OK

    shown = send(stack, "GET", f"/tenants/{quote('globex:eu', safe='')}").json()["links"]
    assert [one["subscription"]["license_arn"] for one in shown] == [
        mine.license_arn,
        strangers.license_arn,
    ]
    assert ["unlinked_at" in one for one in shown] == [True, False]
