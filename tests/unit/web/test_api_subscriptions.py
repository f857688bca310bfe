"""What the seller's API tells of subscriptions, and the seller's word that a product stopped."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from json import dumps
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.announcing import Announcement
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.own_facts import entitlements_fact
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.domain.subscriptions.aws_tells import deprovisioned
from tests.unit.web.api_calls import ONE, Backend, body_of, refusal

SECONDS_OF_TWO_HOURS = 7_200
UNKNOWN = (404, "subscription_unknown")


@pytest.fixture
def backend() -> Backend:
    return Backend(Meterhouse(), [])


def key_of(agreement: Agreement) -> str:
    assert agreement.license_arn is not None
    return license_key(agreement.license_arn)


def test_a_subscription_is_told_as_the_bus_told_it(backend: Backend) -> None:
    agreement = backend.house.buyer()

    answer = backend.ask(ONE, key_of(agreement))

    (*_, announced) = (
        Announcement(news, change).detail["subscription"]
        for change in backend.house.subscriptions.changes
        for news in (one.news for one in change.announcements)
    )
    assert answer.status_code == 200
    assert body_of(answer) == {"subscription": announced}


def hold(backend: Backend, agreement: Agreement, *held: Entitlement) -> None:
    """Let AWS have said now what a contract holds."""
    house = backend.house
    subscription = house.subscriptions.subscriptions[SubscriptionKey(key_of(agreement))]
    said = Entitlements(house.clock.now(), held)
    house.keeper().learn(entitlements_fact(subscription.identity, said))


def test_what_its_contract_holds_is_told_and_that_aws_never_said_what(backend: Backend) -> None:
    agreement, other = backend.house.buyer(), backend.house.buyer()
    asked_at = backend.house.clock.now()
    until = asked_at + HOUR
    seats = Entitlement("seats", Decimal("2147483647.5"), until)
    hold(backend, agreement, seats, Entitlement("sso", value=False))

    told = body_of(backend.ask(ONE, key_of(agreement)))["subscription"]["entitlements"]
    listed = body_of(backend.ask("/subscriptions", phase="active"))["subscriptions"]

    assert told["asked_at"] == asked_at.isoformat()
    assert told["all"] == [
        {
            "dimension": "seats",
            "kind": "quantity",
            "value": "2147483647.5",
            "expires_at": until.isoformat(),
        },
        {"dimension": "sso", "kind": "flag", "value": False},
    ]
    assert {one["key"]: one["entitlements"] for one in listed} == {
        key_of(agreement): told,
        key_of(other): None,
    }


def test_a_history_has_what_aws_said_that_is_held_each_time(backend: Backend) -> None:
    agreement = backend.house.buyer()
    hold(backend, agreement, Entitlement("seats", Decimal(25)))
    backend.house.clock.move_to(backend.house.clock.now() + HOUR)
    hold(backend, agreement)

    facts = body_of(backend.ask(f"{ONE}/history", key_of(agreement)))["facts"]

    said = [(one["source"], one["entitlements"]) for one in facts if one["kind"] == "entitlements"]
    assert said == [
        ("entitlement_service", [{"dimension": "seats", "kind": "quantity", "value": "25"}]),
        ("entitlement_service", []),
    ]


@pytest.mark.parametrize(
    "written",
    [
        key_of,
        lambda one: key_of(one).replace("#", "%23"),
        lambda one: one.license_arn,
    ],
    ids=["its key", "its key, encoded", "its license ARN"],
)
def test_a_subscription_is_found_by(backend: Backend, written: Callable[[Agreement], str]) -> None:
    agreement = backend.house.buyer()

    answer = backend.ask(ONE, written(agreement))

    assert body_of(answer)["subscription"]["key"] == key_of(agreement)


@pytest.mark.parametrize(
    "name",
    [
        "license#l-nobody",
        "agreement#agmt-1a2b3c4d5e6f7g8h9i0jklmno",
        "reference#abc",
        "<script>alert(1)</script>",
        "license#l-" + "9" * 3_000,
        "%",
        "\ud800",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("route", [ONE, f"{ONE}/history", f"{ONE}/usage"])
def test_whatever_is_no_subscription_has_one_answer(
    backend: Backend, route: str, name: str
) -> None:
    backend.house.buyer()

    assert refusal(backend.ask(route, name)) == UNKNOWN


def test_an_agreement_that_waits_for_its_license_is_nobodys_yet(backend: Backend) -> None:
    agreement = backend.house.buyer()

    assert refusal(backend.ask(ONE, f"agreement#{agreement.agreement_id}")) == UNKNOWN


@pytest.mark.parametrize("by", ["phase", "account"])
def test_lists_go_on_page_by_page(backend: Backend, by: str) -> None:
    agreements = [backend.house.buyer() for _ in range(60)]
    account = agreements[0].customer_aws_account_id
    query = {"phase": "active"} if by == "phase" else {"account": account}
    wanted = [one for one in agreements if by == "phase" or one.customer_aws_account_id == account]

    found = [one := body_of(backend.ask("/subscriptions", **query))]
    while "next_page" in one:
        one = body_of(backend.ask("/subscriptions", **query, page=one["next_page"]))
        found.append(one)

    keys = [told["key"] for page in found for told in page["subscriptions"]]
    assert sorted(keys) == sorted(map(key_of, wanted))
    assert max(len(page["subscriptions"]) for page in found) <= 50


def test_a_list_without_anybody_is_empty(backend: Backend) -> None:
    answer = backend.ask("/subscriptions", account="9" * 12)

    assert body_of(answer) == {"subscriptions": []}


def page_of(*said: object) -> str:
    return urlsafe_b64encode(dumps(said).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "filter_invalid"),
        ({"phase": "active", "account": "1" * 12}, "filter_invalid"),
        ({"phase": "<b>"}, "phase_unknown"),
        ({"phase": "active", "tenant": "acme"}, "filter_invalid"),
        ({"tenant": "a#b"}, "tenant_invalid"),
        ({"tenant": "acme", "page": "x"}, "page_invalid"),
        ({"account": "12"}, "account_invalid"),
        ({"account": "\u0661" * 12}, "account_invalid"),
        ({"phase": "active", "limit": "9"}, "parameter_unknown"),
    ],
    ids=str,
)
def test_a_list_is_asked_for_by_one_filter_that_there_is(
    backend: Backend, query: dict[str, str], code: str
) -> None:
    assert refusal(backend.ask("/subscriptions", **query)) == (400, code)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "x",
        "é",
        "AAAA",
        page_of("phase", "active"),
        page_of("phase", "active", "license#l-1"),
        page_of("phase", "active", "", "2026-11-22T18:00:00Z"),
        page_of("phase", "active", "license#l-1", 7),
        page_of("phase", "ended", "license#l-1", "2026-11-22T18:00:00Z"),
        page_of("account", "active", "license#l-1"),
        urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
)
def test_a_page_that_nobody_gave_out_is_refused(backend: Backend, page: str) -> None:
    answer = backend.ask("/subscriptions", phase="active", page=page)

    assert refusal(answer) == (400, "page_invalid")


def test_a_history_has_the_facts_from_the_oldest_on_and_no_documents(backend: Backend) -> None:
    agreement = backend.house.buyer()
    backend.house.keeper().learn(deprovisioned(5, agreement.license_arn or ""))

    told = body_of(backend.ask(f"{ONE}/history", key_of(agreement)))

    assert (told["subscription"], told["is_cut"]) == (key_of(agreement), False)
    assert {(one["kind"], one["source"]) for one in told["facts"]} == {
        ("registered", "registration"),
        ("license_deprovisioned", "eventbridge"),
    }
    times = [one["at"] for one in told["facts"]]
    assert times == sorted(times)
    assert not any("document" in one for one in told["facts"])


def test_the_sellers_word_is_kept_and_told(backend: Backend) -> None:
    agreement = backend.house.buyer()
    said_at = backend.house.clock.now() - HOUR

    answer = backend.say(f"{ONE}/stopped", key_of(agreement), stopped_at=said_at.isoformat())

    assert body_of(answer)["subscription"]["stopped_at"] == said_at.isoformat()
    assert backend.started == []
    # RFC 3339 writes its letters large or small.
    small = said_at.isoformat().lower().replace("+00:00", "z")
    assert backend.say(f"{ONE}/stopped", key_of(agreement), stopped_at=small) == answer


def test_a_product_that_stops_after_the_end_has_its_last_hour_billed_at_once(
    backend: Backend,
) -> None:
    agreement = backend.house.buyer()
    gone = deprovisioned(
        SECONDS_OF_TWO_HOURS, agreement.license_arn or "", id=agreement.agreement_id
    )
    backend.house.clock.move_to(gone.at + timedelta(minutes=1))
    backend.house.keeper().learn(gone)

    answer = backend.say(f"{ONE}/stopped", key_of(agreement))

    assert answer.status_code == 200
    assert body_of(answer)["subscription"]["phase"] == "ending"
    assert backend.started == [key_of(agreement)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"stopped_at": "2026-11-22T18:00:00"}, (400, "time_invalid")),
        ({"stopped_at": "<i>now</i>"}, (400, "time_invalid")),
        ({"stopped_at": 7}, (400, "time_invalid")),
        ({"stopped_at": None}, (400, "time_invalid")),
        ({"stopped_at": "0001-01-01T00:00:00+23:00"}, (400, "time_invalid")),
        ({"stopped_at": "2999-01-01T00:00:00Z"}, (422, "time_in_future")),
        ({"stoped_at": "2026-11-22T18:00:00Z"}, (400, "field_unknown")),
    ],
    ids=str,
)
def test_a_word_that_says_nothing_clear_changes_nothing(
    backend: Backend, said: dict[str, Any], expected: tuple[int, str]
) -> None:
    agreement = backend.house.buyer()
    before = backend.ask(ONE, key_of(agreement))

    assert refusal(backend.say(f"{ONE}/stopped", key_of(agreement), **said)) == expected
    assert backend.ask(ONE, key_of(agreement)) == before


def test_nobody_stops_what_there_is_not(backend: Backend) -> None:
    assert refusal(backend.say(f"{ONE}/stopped", "license#l-nobody")) == UNKNOWN
    assert backend.house.subscriptions.facts == {}
