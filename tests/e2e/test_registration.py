"""What a buyer sees at the registration endpoint, from outside."""

import httpx
import pytest
from marketplace_sandbox.client import ContactDocument, FaultKind, MeteringMode, Operation

from local.seller.marketplace import Subscription
from local.seller.registration import TOKEN_FIELD, post_token
from local.stack.function_logs import read_function_logs
from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack

SET_UP_AGAIN = "Set up your account"
ANNA: ContactDocument = {
    "first_name": "Anna",
    "last_name": "Secret",
    "email_address": "anna@private.example",
    "company_name": '"Secret" <Söhne>',
    "country_code": "DE",
}


@pytest.fixture(scope="module")
def subscription(stack: RunningStack) -> Subscription:
    return stack.sell("registration", MeteringMode.LICENSE, "api_calls")


def post(stack: RunningStack, **request: object) -> httpx.Response:
    return httpx.post(stack.addresses.register_url, trust_env=False, timeout=60, **request)  # type: ignore[arg-type]


def test_a_visitor_without_a_token_is_told_what_the_page_is_for(stack: RunningStack) -> None:
    page = httpx.get(stack.addresses.register_url, trust_env=False, timeout=60)
    assert page.status_code == 200
    assert SET_UP_AGAIN in page.text


def test_a_post_without_a_token_is_a_bad_request(stack: RunningStack) -> None:
    page = post(stack, data={"something": "else"})
    assert page.status_code == 400
    assert SET_UP_AGAIN in page.text


def test_a_token_that_aws_does_not_know_sends_the_buyer_back_to_aws(stack: RunningStack) -> None:
    page = post_token(stack.addresses.register_url, "made-up")
    assert page.status_code == 403
    assert SET_UP_AGAIN in page.text


def test_an_expired_token_has_a_status_of_its_own(
    stack: RunningStack, subscription: Subscription
) -> None:
    token = stack.mint_token(subscription, lifetime_seconds=0)
    page = post_token(stack.addresses.register_url, token)
    assert page.status_code == 410
    assert "expired" in page.text
    assert SET_UP_AGAIN in page.text


def test_a_buyer_may_come_twice(stack: RunningStack, subscription: Subscription) -> None:
    first, second = stack.register(subscription), stack.register(subscription)
    assert first == second == "registered on the seller's page"


def test_the_token_is_found_whatever_the_case_of_the_content_type(
    stack: RunningStack, subscription: Subscription
) -> None:
    token = stack.mint_token(subscription)
    body = httpx.Request("POST", "http://x", data={TOKEN_FIELD: token}).content
    page = post(stack, content=body, headers={"CONTENT-TYPE": "application/x-www-form-urlencoded"})
    assert page.status_code == 200
    assert "<form" in page.text
    assert token not in page.text


def logged(stack: RunningStack) -> str:
    return "\n".join(line.text for line in read_function_logs(stack.aws))


def test_the_form_begins_with_whom_the_buyer_named_to_aws(
    stack: RunningStack, subscription: Subscription
) -> None:
    agreement = stack.marketplace.subscribe(subscription.product_code, contact=ANNA)
    stack.marketplace.script_fault(
        FaultKind.THROTTLE, operation=Operation.GET_AGREEMENT_CONTACTS, count=1
    )

    tokens = [stack.marketplace.issue_token(agreement["agreement_id"])["token"] for _ in range(2)]
    refused, answered = (post_token(stack.addresses.register_url, one) for one in tokens)

    assert refused.status_code == answered.status_code == 200
    assert 'value="anna@private.example"' in answered.text
    assert 'value="&quot;Secret&quot; &lt;Söhne&gt;"' in answered.text
    assert 'value="Anna Secret"' in answered.text
    assert "private.example" not in refused.text
    assert "contact_not_read" in logged(stack)
    assert "private.example" not in logged(stack)
    assert "Secret" not in logged(stack)
