"""register_customer as API Gateway calls it."""

import traceback
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from marketplace_sandbox.testing import Agreement, Contact, NewAgreement

from functions.register_customer.app import lambda_handler
from meterhouse.errors import SettingsError
from meterhouse.runtime import clients
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import get_request, post_request, token_form

CONTACT = {"email": "ada@example.com", "company": "Engines", "name": "Ada"}
CONTEXT = FakeContext()


def call(event: dict[str, Any]) -> dict[str, Any]:
    return lambda_handler(event, CONTEXT)


def header(answer: dict[str, Any], name: str) -> str | None:
    found = {key.lower(): value for key, value in answer.get("headers", {}).items()}
    value = found.get(name.lower())
    return None if value is None else str(value)


def sell(deployment: Deployment, *, mode: str = "license") -> Agreement:
    product = deployment.marketplace.create_product(mode=mode)
    return deployment.marketplace.create_agreement(product.product_code)


def token_of(deployment: Deployment, **options: Any) -> str:
    agreement = sell(deployment)
    return deployment.marketplace.mint_token(agreement.agreement_id, **options).token


def reference_in(answer: dict[str, Any]) -> str:
    return str(answer["body"]).split('name="registration" value="')[1].split('"')[0]


@pytest.mark.usefixtures("deployment")
def test_a_visitor_gets_a_page() -> None:
    answer = call(get_request())

    assert answer["statusCode"] == 200
    assert "Set up your account" in answer["body"]
    assert header(answer, "content-type") == "text/html; charset=utf-8"


@pytest.mark.parametrize("is_base64", [True, False])
def test_a_buyer_registers_in_two_steps(deployment: Deployment, *, is_base64: bool) -> None:
    landed = call(post_request(token_form(token_of(deployment)), is_base64=is_base64))
    assert landed["statusCode"] == 200

    body = urlencode({"registration": reference_in(landed), **CONTACT})
    done = call(post_request(body, is_base64=is_base64))

    assert done["statusCode"] == 200
    assert "You are registered" in done["body"]
    (item,) = [
        item
        for item in deployment.items(deployment.subscriptions_table)
        if (item["pk"]["S"].startswith("license#"), item["sk"]["S"]) == (True, "contact")
    ]
    assert item["email"] == {"S": "ada@example.com"}
    assert deployment.metrics()["CustomersRegistered"] == 1


@pytest.mark.parametrize(
    "name", ["content-type", "Content-Type", "CONTENT-TYPE", "x-anything"], ids=repr
)
def test_a_form_is_read_whatever_the_case_of_the_headers(deployment: Deployment, name: str) -> None:
    event = post_request(token_form(token_of(deployment)))
    event["headers"] = {name: "application/x-www-form-urlencoded"}

    assert call(event)["statusCode"] == 200


def test_a_legacy_buyer_is_known_under_both_names(deployment: Deployment) -> None:
    agreement = sell(deployment, mode="legacy")
    token = deployment.marketplace.mint_token(agreement.agreement_id).token

    assert call(post_request(token_form(token)))["statusCode"] == 200

    items = deployment.items(deployment.subscriptions_table)
    keys = [item["pk"]["S"] for item in items if item["sk"]["S"] in {"state", "reference"}]
    assert sorted(key.split("#")[0] for key in keys) == ["account", "customer", "reference"]


def test_with_a_sign_up_url_the_buyer_is_sent_on_with_a_reference(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNUP_URL", "https://example.com/signup?plan=a")
    token = token_of(deployment)

    answer = call(post_request(token_form(token)))

    assert answer["statusCode"] == 303
    location = header(answer, "location") or ""
    assert urlsplit(location).netloc == "example.com"
    assert set(parse_qs(urlsplit(location).query)) == {"plan", "registration"}
    assert token not in location


@pytest.mark.parametrize(
    ("chosen", "fault", "email"),
    [("true", None, "anna@private.example"), ("true", "throttle", ""), ("false", None, "")],
    ids=["chosen", "chosen, but AWS refuses", "not chosen"],
)
def test_the_form_begins_with_whom_the_buyer_named_to_aws_where_that_is_chosen(
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
    *,
    chosen: str,
    fault: str | None,
    email: str,
) -> None:
    monkeypatch.setenv("ASK_AGREEMENT_CONTACTS", chosen)
    marketplace = deployment.marketplace
    contact = Contact("Anna", "Secret", "anna@private.example", "Engines", "DE")
    new = NewAgreement(marketplace.create_product().product_code, contact=contact)
    agreement = marketplace.desks.agreements.subscribe(new)
    if fault:
        marketplace.inject_fault(fault, operation="GetAgreementContacts", count=1)

    landed = call(post_request(token_form(marketplace.mint_token(agreement.agreement_id).token)))

    assert landed["statusCode"] == 200
    assert f'\n value="{email}">' in landed["body"]
    assert deployment.metrics().get("ContactsNotRead", 0) == (fault is not None)
    stored = repr(deployment.items(deployment.subscriptions_table))
    assert "private.example" not in stored + deployment.printed()
    assert "Secret" not in stored + deployment.printed()
    # Whoever does not ask does not wait for the client either.
    asked = [one for one in marketplace.calls() if one.operation == "GetAgreementContacts"]
    assert clients.agreements.cache_info().currsize == len(asked) == (chosen == "true")


@pytest.mark.parametrize(
    ("fault", "status_code"),
    [("throttle", 503), ("internal_error_before", 502), ("access_denied", 500)],
)
def test_our_trouble_has_a_status_of_its_own(
    deployment: Deployment, fault: str, status_code: int
) -> None:
    token = token_of(deployment)
    deployment.marketplace.inject_fault(fault, operation="ResolveCustomer", count=2)

    answer = call(post_request(token_form(token)))

    assert answer["statusCode"] == status_code
    assert "<h1>" in answer["body"]
    assert deployment.metrics()["RegistrationsFailed"] == 1
    assert token not in deployment.printed()


def test_missing_invalid_and_expired_tokens_are_told_apart(deployment: Deployment) -> None:
    expired = token_of(deployment, lifetime=timedelta(seconds=1))
    deployment.marketplace.desks.clock.set_offset(60)

    statuses = [
        call(post_request(body))["statusCode"]
        for body in ("", token_form("made up"), token_form(expired))
    ]

    assert statuses == [400, 403, 410]


def test_the_token_appears_nowhere_but_in_the_call_to_aws(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNUP_URL", "https://example.com/signup")
    tokens = [token_of(deployment), "made-up-token-that-aws-refuses", "token%with+odd/chars=="]
    answers = [call(post_request(token_form(token))) for token in tokens]

    kept = [
        deployment.printed(),
        repr(deployment.items(deployment.subscriptions_table)),
        repr(answers),
    ]
    assert [answer["statusCode"] for answer in answers] == [303, 403, 403]
    for token in tokens:
        for place in kept:
            assert token not in place


def test_the_reference_is_stored_and_logged_by_nobody(deployment: Deployment) -> None:
    reference = reference_in(call(post_request(token_form(token_of(deployment)))))
    call(post_request(urlencode({"registration": reference, **CONTACT})))

    assert reference not in repr(deployment.items(deployment.subscriptions_table))
    assert reference not in deployment.printed()
    assert "ada@example.com" not in deployment.printed()


@pytest.mark.parametrize(
    "body",
    [
        "registration=<script>&email=<script>alert(1)</script>@example.com",
        "registration=x&email=ada%40example.com%0d%0aSet-Cookie:%20a=b",
        "registration=%00&email=%00",
        f"x-amzn-marketplace-token={'x' * 20_000}",
        "x-amzn-marketplace-token=%0d%0aLocation:%20https://evil.example.com",
        "&&&===;;;%%%",
        "a=1&" * 5_000,
        "\udcff",
    ],
    ids=["script", "line break", "NUL", "long", "header", "noise", "many fields", "surrogate"],
)
def test_hostile_forms_get_a_page_without_script_and_no_header_of_their_own(
    deployment: Deployment, body: str
) -> None:
    answer = call(post_request(body, is_base64=False))

    assert 400 <= answer["statusCode"] < 500
    assert "<script" not in answer["body"]
    assert header(answer, "location") is None
    assert header(answer, "set-cookie") is None
    assert deployment.items(deployment.subscriptions_table) == []


@pytest.mark.parametrize("body", [None, ""])
def test_a_post_without_a_body_is_the_visitors_to_mend(
    deployment: Deployment, body: str | None
) -> None:
    event = post_request("", is_base64=False) | {"body": body}

    assert call(event)["statusCode"] == 400
    # Nobody came from AWS Marketplace, and nobody needs to be woken.
    assert "RegistrationsFailed" not in deployment.metrics()


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize("before", ["/prod", "/v1/buyers"])
def test_the_page_is_found_behind_a_stage_or_a_mapping(before: str) -> None:
    event = get_request()
    event["requestContext"]["http"]["path"] = f"{before}/register"

    assert call(event)["statusCode"] == 200


def test_an_address_that_nobody_serves_is_not_found(deployment: Deployment) -> None:
    event = get_request() | {"rawPath": "/other"}
    event["requestContext"]["http"]["path"] = "/other"

    assert call(event)["statusCode"] == 404
    assert deployment.items(deployment.subscriptions_table) == []


def test_log_lines_are_json_with_the_request_id(deployment: Deployment) -> None:
    call(post_request(token_form(token_of(deployment))))

    (line,) = [line for line in deployment.log_lines() if line["message"] == "customer_registered"]
    assert line["function_request_id"] == "request-1"
    assert line["level"] == "INFO"


def test_without_its_table_the_buyer_is_asked_to_come_back(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBSCRIPTIONS_TABLE", "no-such-table")

    answer = call(post_request(token_form(token_of(deployment))))

    assert answer["statusCode"] == 503
    assert header(answer, "retry-after") == "30"


@pytest.mark.parametrize("name", ["SUBSCRIPTIONS_TABLE", "SUPPORT_CONTACT", "SELLER_NAME"])
def test_a_missing_setting_is_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(name)

    token = token_of(deployment)

    with pytest.raises(SettingsError, match=name) as caught:
        call(post_request(token_form(token)))

    assert token not in "".join(traceback.format_exception(caught.value))
    assert token not in deployment.printed()
