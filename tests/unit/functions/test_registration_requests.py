"""What register_customer takes for a registration, and what it hands out."""

from base64 import urlsafe_b64decode

import pytest

from meterhouse.web.registration import COOKIE
from tests.unit.functions.conftest import Deployment
from tests.unit.functions.lambda_events import get_request, post_request, token_form
from tests.unit.functions.test_register_customer import call, reference_in, token_of


def test_a_reference_cannot_be_guessed(deployment: Deployment) -> None:
    """Whoever has one can name himself as the contact of a subscription."""
    references = {reference_in(call(post_request(token_form(token_of(deployment))))) for _ in "ab"}

    assert len(references) == 2
    for reference in references:
        assert len(urlsafe_b64decode(reference + "=" * (-len(reference) % 4))) >= 16


@pytest.mark.parametrize("length", [4_097, 200_000])
def test_a_token_longer_than_any_of_aws_is_refused_before_aws_is_asked(
    deployment: Deployment, length: int
) -> None:
    deployment.marketplace.inject_fault("throttle", operation="ResolveCustomer", count=2)

    assert call(post_request(token_form("x" * length)))["statusCode"] == 403
    # The fault is still there for who asks AWS.
    assert call(post_request(token_form("x" * 4_096)))["statusCode"] != 403


@pytest.mark.parametrize(
    ("content_type", "status_code"),
    [
        ("application/x-www-form-urlencoded", 200),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", 200),
        ("application/json", 400),
        ("multipart/form-data; boundary=x", 400),
        ("text/plain", 400),
        ("", 200),
    ],
)
def test_only_a_form_is_read_as_one(
    deployment: Deployment, content_type: str, status_code: int
) -> None:
    event = post_request(token_form(token_of(deployment)))
    event["headers"]["content-type"] = content_type

    assert call(event)["statusCode"] == status_code


@pytest.mark.parametrize("is_apart", [True, False], ids=["cookies", "a header of cookies"])
def test_a_page_that_looks_again_is_known_by_its_cookie(
    deployment: Deployment, *, is_apart: bool
) -> None:
    reference = reference_in(call(post_request(token_form(token_of(deployment)))))
    event, cookies = get_request(), ["other=1", f"{COOKIE}={reference}"]
    event["rawQueryString"] = "status"
    if is_apart:
        event["cookies"] = cookies
    else:
        event["headers"]["cookie"] = "; ".join(cookies)

    assert "Your subscription is active" in call(event)["body"]
    assert reference not in repr(call(event))
