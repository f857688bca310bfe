"""The seller's API on the deployed stack: signed requests alone, and one form of errors."""

from urllib.parse import quote

import httpx
import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.seller_api import Signature, call_api, error_code
from local.stack.aws_clients import AwsAccount
from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack


def get(
    stack: RunningStack, path: str, account: AwsAccount | None = None, **query: str
) -> httpx.Response:
    auth = Signature(account or stack.aws.account)
    return call_api(stack.addresses.api_url, "GET", path, auth=auth, params=query)


@pytest.fixture
def known(stack: RunningStack) -> str:
    """Register a buyer; return the path of the subscription."""
    subscription = stack.sell("asks", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    assert subscription.license_arn is not None
    license_id = subscription.license_arn.rpartition(":")[2].rpartition("/")[2]
    return f"/subscriptions/{quote(f'license#{license_id}', safe='')}"


def test_a_signed_request_reads_a_subscription(stack: RunningStack, known: str) -> None:
    answer = get(stack, known)

    assert answer.status_code == httpx.codes.OK
    assert answer.json()["subscription"]["registered_at"]


def test_an_unknown_subscription_has_the_form_of_errors(stack: RunningStack) -> None:
    answer = get(stack, "/subscriptions/license%23l-nobody")

    assert (answer.status_code, error_code(answer)) == (404, "subscription_unknown")
