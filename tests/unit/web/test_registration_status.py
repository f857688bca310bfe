"""How a registration stands, told to who came with it, without a script and without asking AWS."""

from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.registration import CONTACT_FIELDS, Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.errors import StorageUnavailableError
from meterhouse.web.brand import Brand
from meterhouse.web.registration import COOKIE, RegistrationWeb, WebAnswer
from meterhouse.web.registration_pages import Pages
from tests.fakes.meterhouse import Meterhouse
from tests.unit.domain.subscriptions.aws_tells import licensed

TOKEN_FIELD = "x-amzn-marketplace-token"
CONFIRMS = "AWS confirms your subscription…"


class Nameless:
    """Resolves every token without a license, as AWS may do at first."""

    def __init__(self, agreement: Agreement) -> None:
        self.asked, self.agreement = 0, agreement
        self._customer = ResolvedCustomer(agreement.product_code, agreement.customer_aws_account_id)

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        del token
        self.asked += 1
        return self._customer


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def agreement(house: Meterhouse) -> Agreement:
    return house.subscribe()


@pytest.fixture
def aws(agreement: Agreement) -> Nameless:
    return Nameless(agreement)


def web_of(house: Meterhouse, aws: Nameless, *fields: str) -> RegistrationWeb:
    register = replace(house.register_customer(), marketplace=aws, contact_fields=frozenset(fields))
    return RegistrationWeb(
        register, Pages(Brand("Example", "support@example.com"), fields), house.report, ""
    )


@pytest.fixture
def web(house: Meterhouse, aws: Nameless) -> RegistrationWeb:
    return web_of(house, aws, *CONTACT_FIELDS)


def post(web: RegistrationWeb, **fields: str) -> WebAnswer:
    return web.submit(urlencode(fields), is_base64=False)


def register(web: RegistrationWeb) -> WebAnswer:
    landed = post(web, **{TOKEN_FIELD: "token"})
    reference = landed.body.split('name="registration" value="')[1].split('"')[0]
    return post(web, registration=reference, email="ada@example.com")


def cookie_of(answer: WebAnswer) -> str:
    (morsel,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
    return f"{morsel.key}={morsel.value}"


def confirm(house: Meterhouse, agreement: Agreement) -> None:
    """Let AWS tell of the license."""
    assert agreement.license_arn is not None
    event = licensed(
        0,
        agreement.license_arn,
        id=agreement.agreement_id,
        code=agreement.product_code,
        account=agreement.customer_aws_account_id,
    )
    house.keeper().learn(event)
    assert license_key(agreement.license_arn) in house.subscriptions.subscriptions


def test_the_page_looks_again_until_aws_has_confirmed(
    house: Meterhouse, web: RegistrationWeb, aws: Nameless, agreement: Agreement
) -> None:
    done = register(web)
    assert CONFIRMS in done.body
    assert done.headers["Refresh"] == "15; url=?status"

    waiting = web.show("status", [cookie_of(done)])
    assert (CONFIRMS in waiting.body, waiting.headers["Refresh"]) == (True, "15; url=?status")

    confirm(house, agreement)
    confirmed = web.show("status", [cookie_of(done)])
    assert "Your subscription is active" in confirmed.body
    assert "Refresh" not in confirmed.headers
    assert aws.asked == 1


def test_a_page_that_was_told_to_stop_does_not_look_again(web: RegistrationWeb) -> None:
    answer = web.show("status=still", [cookie_of(register(web))])

    assert CONFIRMS in answer.body
    assert "Refresh" not in answer.headers


def test_a_form_never_goes_away_from_under_who_fills_it_in(web: RegistrationWeb) -> None:
    landed = post(web, **{TOKEN_FIELD: "token"})

    assert CONFIRMS in landed.body
    assert landed.headers.keys().isdisjoint({"Refresh", "Set-Cookie"})


def test_where_nothing_is_asked_the_first_page_is_the_last(
    house: Meterhouse, aws: Nameless
) -> None:
    web = web_of(house, aws)

    landed = post(web, **{TOKEN_FIELD: "token"})

    assert "<form" not in landed.body
    assert CONFIRMS in landed.body
    assert CONFIRMS in web.show("status", [cookie_of(landed)]).body
    reference = cookie_of(landed).partition("=")[2]
    assert post(web, registration=reference, email="eve@example.com").status_code == 409
    assert house.subscriptions.contacts == {}


def test_what_nobody_asked_for_is_not_stored_though_somebody_sends_it(
    house: Meterhouse, aws: Nameless
) -> None:
    web = web_of(house, aws, "email")
    landed = post(web, **{TOKEN_FIELD: "token"})
    reference = landed.body.split('name="registration" value="')[1].split('"')[0]

    post(web, registration=reference, email="a@example.com", company="Engines", name="Ada")

    assert set(house.subscriptions.contacts.values()) == {Contact("a@example.com", "", "")}


def test_who_asks_is_known_by_a_cookie_that_no_script_and_no_other_site_can_use(
    web: RegistrationWeb,
) -> None:
    done = register(web)

    (morsel,) = SimpleCookie(done.headers["Set-Cookie"]).values()
    assert morsel.key == COOKIE
    # A browser keeps a cookie of this prefix under these conditions alone.
    assert morsel.key.startswith("__Host-")
    assert (morsel["secure"], morsel["path"], morsel["domain"]) == (True, "/", "")
    assert (morsel["httponly"], morsel["samesite"]) == (True, "Strict")
    assert morsel["max-age"] == "1800"
    assert morsel.value not in done.body + done.headers["Refresh"]


@pytest.mark.parametrize(
    "cookies",
    [[], ["other=1"], [f"{COOKIE}="], [f"{COOKIE}=made-up"], [f"{COOKIE}={'x' * 9_999}"], ["é"]],
    ids=["none", "another", "empty", "guessed", "long", "no ASCII"],
)
def test_who_brings_no_registration_learns_what_a_visitor_learns(
    house: Meterhouse, web: RegistrationWeb, cookies: list[str]
) -> None:
    register(web)

    answer = web.show("status", cookies)

    assert answer == web.show()
    assert house.report.metrics["RegistrationsFailed"] == 0


def test_the_page_stops_looking_when_the_reference_is_too_old(
    house: Meterhouse, web: RegistrationWeb
) -> None:
    done = register(web)
    house.clock.move_to(house.clock.now() + timedelta(minutes=30))

    assert web.show("status", [cookie_of(done)]) == web.show()


def test_a_subscription_that_is_active_needs_no_cookie(
    house: Meterhouse, web: RegistrationWeb, agreement: Agreement
) -> None:
    web = replace(web, register=house.register_customer())
    landed = post(web, **{TOKEN_FIELD: house.token_of(agreement)})
    reference = landed.body.split('name="registration" value="')[1].split('"')[0]

    done = post(web, registration=reference, email="ada@example.com")

    assert "active" in done.body
    assert done.headers.keys().isdisjoint({"Refresh", "Set-Cookie"})


def test_an_outage_while_looking_has_a_page_too(
    house: Meterhouse, web: RegistrationWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = register(web)

    def fail(*_: object) -> None:
        raise StorageUnavailableError("no answer")

    monkeypatch.setattr(house.subscriptions, "state_of", fail)

    answer = web.show("status", [cookie_of(done)])

    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
