"""The registration page as HTTP: forms in, pages and redirects out."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from meterhouse import errors
from meterhouse.domain.subscriptions.registration import KnownContact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import MeterhouseError, TokenMissingError
from meterhouse.web.brand import Brand
from meterhouse.web.registration import RegistrationWeb, WebAnswer
from meterhouse.web.registration_pages import Pages
from tests.fakes.meterhouse import Meterhouse

TOKEN_FIELD = "x-amzn-marketplace-token"
CONTACT = {"email": "ada@example.com", "company": "Engines", "name": "Ada"}


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def web(house: Meterhouse) -> RegistrationWeb:
    pages = Pages(Brand("Example", "support@example.com"))
    return RegistrationWeb(house.register_customer(), pages, house.report, "")


def form(**fields: str) -> str:
    return urlencode(fields)


def post(web: RegistrationWeb, body: str) -> WebAnswer:
    return web.submit(body, is_base64=False)


def token_form(house: Meterhouse, **more: str) -> str:
    token = house.marketplace.mint_token(house.subscribe().agreement_id).token
    return form(**{TOKEN_FIELD: token}, **more)


def reference_in(answer: WebAnswer) -> str:
    return answer.body.split('name="registration" value="')[1].split('"')[0]


def test_a_visitor_without_a_token_is_told_what_this_is(web: RegistrationWeb) -> None:
    answer = web.show()

    assert answer.status_code == 200
    assert "Set up your account" in answer.body


def test_a_buyer_lands_confirms_and_is_done(house: Meterhouse, web: RegistrationWeb) -> None:
    landed = post(web, token_form(house))
    assert landed.status_code == 200

    done = post(web, form(registration=reference_in(landed), **CONTACT))

    assert done.status_code == 200
    assert "You are registered" in done.body
    assert "support@example.com" in done.body


def test_with_a_sign_up_page_the_buyer_continues_there(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    body = token_form(house)
    web = replace(web, signup_url="https://example.com/signup?plan=a")

    answer = post(web, body)

    assert (answer.status_code, answer.body) == (303, "")
    location = urlsplit(answer.headers["Location"])
    assert location.netloc == "example.com"
    assert set(parse_qs(location.query)) == {"plan", "registration"}
    assert parse_qs(body)[TOKEN_FIELD][0] not in answer.headers["Location"]


class Knowing:
    """AWS knows the buyer of every agreement, by a name that no page may take for markup."""

    def known_contact(self, agreement_id: str) -> KnownContact:
        del agreement_id
        return KnownContact("ada@private.example", '"><script>Engines', "Ada 'L")


def knowing(web: RegistrationWeb) -> RegistrationWeb:
    return replace(web, register=replace(web.register, contacts=Knowing()))


def test_the_form_begins_with_what_aws_knows_of_the_buyer(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    landed = post(knowing(web), token_form(house))

    assert 'value="ada@private.example"' in landed.body
    assert 'value="&quot;&gt;&lt;script&gt;Engines"' in landed.body
    assert 'value="Ada &#x27;L"' in landed.body
    assert "What AWS Marketplace knows of you" in landed.body
    assert "private.example" not in repr(landed.headers) + repr(house.report.events)
    assert "What AWS Marketplace knows of you" not in post(web, token_form(house)).body


def test_a_sign_up_page_is_told_nothing_of_what_aws_knows(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    answer = post(replace(knowing(web), signup_url="https://example.com"), token_form(house))

    assert set(parse_qs(urlsplit(answer.headers["Location"]).query)) == {"registration"}
    assert "private.example" not in repr(answer)


def test_a_body_in_base64_is_the_same_form(house: Meterhouse, web: RegistrationWeb) -> None:
    body = b64encode(token_form(house).encode()).decode()

    assert web.submit(body, is_base64=True).status_code == 200


def test_a_token_is_decoded_exactly_once(web: RegistrationWeb) -> None:
    asked: list[str] = []

    class Listening:
        def resolve_customer(self, token: str) -> ResolvedCustomer:
            asked.append(token)
            return ResolvedCustomer("code", "111122223333")

    listening = replace(web, register=replace(web.register, marketplace=Listening()))
    post(listening, form(**{TOKEN_FIELD: "a+b/c==%2B d&e"}))

    assert asked == ["a+b/c==%2B d&e"]


def test_a_trial_is_noticed(house: Meterhouse, web: RegistrationWeb) -> None:
    post(web, token_form(house, **{"x-amzn-marketplace-offer-type": "free-trial"}))

    assert house.report.events[-1][1]["trial"] is True


def test_form_fields_that_anybody_can_write_are_never_believed(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    body = token_form(
        house,
        **{"x-amzn-marketplace-product-id": "prod-evil", "x-amzn-marketplace-agreement-id": "a"},
    )

    assert post(web, body).status_code == 200
    states = [state for _, state in house.subscriptions.states.values()]
    assert {state.product_code for state in states} == {house.product.product_code}
    assert "a" not in {state.agreement_id for state in states}


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        ("", False),
        ("hello", False),
        (f"{TOKEN_FIELD}=", False),
        (f"{TOKEN_FIELD}=%20", False),
        ("&" * 10_000, False),
        ("&".join(f"f{n}=1" for n in range(1_000)), False),
        ('{"x-amzn-marketplace-token": "json"}', False),
        ("not base64!", True),
        ("/////w==", True),
        ("é", True),
        (b64encode(b"hello").decode(), True),
    ],
)
def test_a_body_without_a_token_is_the_visitors_to_mend(
    web: RegistrationWeb, body: str, *, is_base64: bool
) -> None:
    answer = web.submit(body, is_base64=is_base64)

    assert answer.status_code == 400
    assert "Set up your account" in answer.body


@pytest.mark.parametrize(
    ("error", "status_code", "retry"),
    [
        (errors.TokenInvalidError, 403, False),
        (errors.TokenExpiredError, 410, False),
        (errors.MarketplaceThrottledError, 503, True),
        (errors.MarketplaceOutageError, 502, True),
        (errors.MarketplaceRefusedError, 500, False),
        (errors.StorageUnavailableError, 503, True),
    ],
)
def test_every_trouble_has_its_status_and_a_sentence_to_act_on(
    web: RegistrationWeb, error: type[MeterhouseError], status_code: int, *, retry: bool
) -> None:
    answer = post(failing(web, error), form(**{TOKEN_FIELD: "the-token"}))

    assert answer.status_code == status_code
    assert ("Retry-After" in answer.headers) is retry
    assert error.public_message.split("“")[0] in answer.body
    assert "the-token" not in answer.body + repr(answer.headers)


def every_error(root: type[MeterhouseError]) -> list[type[MeterhouseError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in every_error(child))]


@pytest.mark.parametrize(
    "error", [*every_error(MeterhouseError), KeyError, ValueError, RecursionError, OSError]
)
def test_no_error_at_all_leaves_the_buyer_without_a_page(
    web: RegistrationWeb, house: Meterhouse, error: type[Exception]
) -> None:
    answer = post(failing(web, error), form(**{TOKEN_FIELD: "the-token"}))

    assert 400 <= answer.status_code < 600
    assert "<h1>" in answer.body
    assert "the-token" not in repr(house.report.events)
    # Who brings no token was no buyer.
    assert house.report.metrics["RegistrationsFailed"] == (error is not TokenMissingError)


def failing(web: RegistrationWeb, error: type[Exception]) -> RegistrationWeb:
    class Failing:
        def resolve_customer(self, token: str) -> Any:
            if issubclass(error, MeterhouseError):
                raise error("cause")
            raise error(token)

    return replace(web, register=replace(web.register, marketplace=Failing()))


def test_a_mistyped_address_comes_back_with_everything_that_was_typed(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    reference = reference_in(post(web, token_form(house)))

    answer = post(web, form(registration=reference, email="ada@", company="<b>", name="Ada"))

    assert answer.status_code == 422
    assert reference_in(answer) == reference
    assert "&lt;b&gt;" in answer.body
    assert post(web, form(registration=reference, **CONTACT)).status_code == 200


def test_a_used_reference_is_a_conflict(house: Meterhouse, web: RegistrationWeb) -> None:
    reference = reference_in(post(web, token_form(house)))
    post(web, form(registration=reference, **CONTACT))

    assert post(web, form(registration=reference, **CONTACT)).status_code == 200
    other = form(registration=reference, **{**CONTACT, "name": "Eve"})
    assert post(web, other).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        lambda reference: form(registration=reference + "x", **CONTACT),
        lambda _: form(registration="", **CONTACT),
        lambda _: form(registration="\x00'\"<script>", **CONTACT),
        lambda _: form(registration="x" * 100_000, **CONTACT),
        lambda _: "registration=%ff%fe&email=ada%40example.com",
    ],
    ids=["wrong", "empty", "hostile", "long", "not UTF-8"],
)
def test_a_form_with_a_reference_of_nobody_is_a_conflict(
    house: Meterhouse, web: RegistrationWeb, change: Callable[[str], str]
) -> None:
    reference = reference_in(post(web, token_form(house)))

    answer = post(web, change(reference))

    assert answer.status_code == 409
    assert "<script" not in answer.body


def test_of_a_field_that_is_given_twice_the_first_counts(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    body = token_form(house)

    assert post(web, f"{body}&{TOKEN_FIELD}=another").status_code == 200
    assert post(web, f"{TOKEN_FIELD}=another&{body}").status_code == 403


def test_every_answer_forbids_caching_and_foreign_content(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    answers = [web.show(), post(web, ""), post(web, token_form(house))]

    for answer in answers:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
