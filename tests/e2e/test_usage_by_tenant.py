"""A tenant on the deployed stack: linked by the seller's API, and billed by its license."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import httpx
import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.seller_api import Signature, call_api
from local.seller.usage import UsageFact
from tests.e2e.running_stack import RunningStack, closed_hour, pack

pytestmark = pytest.mark.stack

TENANT = "acme:eu-1"


def call(stack: RunningStack, method: str, path: str, document: object = None) -> httpx.Response:
    auth = Signature(stack.aws.account)
    return call_api(stack.addresses.api_url, method, path, auth=auth, document=document)


def test_usage_that_names_a_tenant_by_queue_and_by_http_is_billed_to_its_license_once(
    stack: RunningStack,
) -> None:
    subscription = stack.sell("acme", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    at = closed_hour() + timedelta(minutes=5)
    facts = [
        UsageFact(f"acme-{n}", subscription, "api_calls", Decimal(n + 1), at) for n in range(4)
    ]
    events = [fact.as_event() | {"subscription": f"tenant:{TENANT}"} for fact in facts]
    license_path = quote(str(subscription.license_arn), safe="")
    path = f"/tenants/{quote(TENANT, safe='')}/subscriptions/{license_path}"

    assert call(stack, "PUT", path).status_code == httpx.codes.OK
    stack.send(pack(*events[:3]), pack(*events[:3]))
    answer = call(stack, "POST", "/usage", {"events": events[1:]})

    assert answer.status_code == httpx.codes.ACCEPTED
    assert stack.wait_until_billed(facts).is_exact
    assert stack.compare(facts).is_exact
