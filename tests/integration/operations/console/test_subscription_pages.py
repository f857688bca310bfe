"""Subscriptions are found by what somebody knows of them, and each page tells a whole life."""

import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import license_key, tenant_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from operations import subscription_shelf
from tests.fakes.meterhouse import NOON
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import EveryState

ACCOUNTS = ("210987654321", "310987654321")
COUNT = 5


def arn_of(number: int) -> str:
    return f"arn:aws:license-manager::123456789012:license:l-{number:032x}"


def key_of(number: int) -> str:
    return license_key(arn_of(number))


def listed(page: Page) -> list[str]:
    links = [urlsplit(one["href"]) for one in page.all("a")]
    return [parse_qs(one.query)["name"][0] for one in links if one.path == "/subscription"]


def address_of(name: str) -> str:
    return f"/subscription?name={quote(name, safe='')}"


@pytest.fixture
def buyers(filled: FilledStack) -> FilledStack:
    for number in range(COUNT):
        account = ACCOUNTS[number % 2]
        filled.know(ResolvedCustomer("prod-1", account, license_arn=arn_of(number)))
    return filled


def keeper(filled: FilledStack) -> KeepSubscriptions:
    folders = FoldersTable(*filled.stack.found["SubscriptionsTable"])
    return KeepSubscriptions(folders, Products(), filled.house.clock, InMemoryReport())


@pytest.mark.usefixtures("buyers")
def test_they_are_found_by_phase_account_and_text(visitor: Visitor) -> None:
    assert {*listed(visitor.read("/subscriptions"))} == {*map(key_of, range(COUNT))}
    assert listed(visitor.read(f"/subscriptions?account={ACCOUNTS[1]}")) == [key_of(1), key_of(3)]
    assert listed(visitor.read("/subscriptions?text=L-" + "0" * 31 + "4")) == [key_of(4)]
    page = visitor.read("/subscriptions?phase=ended")
    assert (listed(page), "No subscription fits." in page.text) == ([], True)
    assert visitor.answer("/subscriptions?phase=nonsense").status_code == 400


@pytest.mark.usefixtures("buyers")
def test_a_long_list_goes_on_with_the_same_search(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_shelf, "_PAGE", 2)
    found: list[str] = []
    address = f"/subscriptions?text={ACCOUNTS[0]}"
    while address:
        page = visitor.read(address)
        found += listed(page)
        address = next((one["href"] for one in page.all("a") if one.get("rel") == "next"), "")
        assert not address or f"text={ACCOUNTS[0]}" in address

    assert sorted(found) == [key_of(0), key_of(2), key_of(4)]
    for place in ("nonsense", "[1]", '["active","x"]', '["nowhere"]'):
        assert visitor.answer(f"/subscriptions?after={quote(place)}").status_code == 400


def test_they_are_found_by_the_tenant_for_which_they_pay(
    visitor: Visitor, buyers: FilledStack
) -> None:
    table = buyers.stack.found["SubscriptionsTable"]
    tenants = TenantsTable(*table, InMemoryReport())
    clock = VirtualClock(NOON)
    link = LinkTenants(tenants, tenants, FoldersTable(*table), keeper(buyers), clock).link
    link(tenant_key("acme"), license_key(arn_of(1)))
    clock.move_to(NOON + timedelta(hours=1))
    link(tenant_key("acme"), license_key(arn_of(3)))

    assert listed(visitor.read("/subscriptions?tenant=acme")) == [key_of(1), key_of(3)]
    page = visitor.read(address_of(key_of(3)))
    assert "Tenant acme" in page.text
    assert "this one 2026-11-18 13:00:00" in page.text
    assert listed(page) == [key_of(1)]


def test_one_tells_its_life_with_every_fact_whole(visitor: Visitor, buyers: FilledStack) -> None:
    key = license_key(arn_of(0))
    state = FoldersTable(*buyers.stack.found["SubscriptionsTable"]).open(FolderKey(key)).state
    assert state is not None
    assert state.subscription is not None
    heard = Suspicion(state.subscription, NOON + timedelta(hours=2), is_raised=True)
    keeper(buyers).note_suspicion(heard)
    keeper(buyers).note_stopped(key, NOON + timedelta(hours=1))

    page = visitor.read(address_of(key))

    life = page.text.partition("Life Every fact")[2]
    kinds = re.findall(r"\d\d:00:00 (\w+) ([^#]+) (\w+) license#", life)
    assert kinds == [
        ("registered", "the buyer came to the registration page", "visit"),
        ("stopped", "your product sends no more usage of it", "seller"),
        ("metering_refused", "AWS refused a record of it as CustomerNotSubscribed", "metering"),
    ]
    assert arn_of(0) in life, "the registration as it came"
    assert "AWS refuses records" in page.text, "what the runbook says of the flag"
    assert "has access" in page.text
    assert f"account id {ACCOUNTS[0]}" in page.text


def test_what_its_contract_holds_is_shown_with_what_expired_since_aws_was_asked(
    visitor: Visitor, buyers: FilledStack
) -> None:
    buyers.hold(
        key_of(1),
        Entitlement("api_calls", Decimal("22361870.5"), NOON + timedelta(days=30)),
        Entitlement("edition", "gold", NOON + timedelta(days=1)),
        Entitlement("sso", value=False),
    )
    buyers.stack.at = NOON + timedelta(days=1)

    text = visitor.read(address_of(key_of(1))).text

    held = text.partition("Entitlements What expired")[2].partition("Usage of")[0]
    assert "meterhouse sweep asks again" in held
    assert "api_calls 22,361,870.5 2026-12-18 12:00:00 edition" in held
    assert "edition gold 2026-11-19 12:00:00 expired sso no " in held
    assert "when it was asked at 2026-11-18 12:00:00" in held


def test_that_nothing_is_held_and_that_aws_never_said_are_different_sentences(
    visitor: Visitor, buyers: FilledStack
) -> None:
    buyers.hold(key_of(1))

    nothing, unknown = (visitor.read(address_of(key_of(number))).text for number in (1, 2))

    assert "AWS says that its contract holds nothing" in nothing
    assert "when it was asked at 2026-11-18 12:00:00" in nothing
    assert "AWS never said what its contract holds" in unknown
    assert "meterhouse sweep asks it" in unknown
    assert "when it was asked" not in unknown


def test_what_it_used_is_drawn_by_dimension_and_leads_to_records(
    visitor: Visitor, keys: EveryState
) -> None:
    page = visitor.read(address_of(keys.metered.subscription))

    [chart] = page.all("svg")
    assert chart["aria-label"] == "api_calls by hour, from 2026-11-18T12 to 2026-11-18T12"
    assert "Show api_calls 100.000001" in page.text
    assert "2026-11-18T13 api_calls 1 carried" in page.text, "it counts where it went"
    links = [parse_qs(urlsplit(one["href"]).query) for one in page.all("a")]
    assert {"name": [str(keys.metered)]} in links
    assert {"subscription": [keys.metered.subscription]} in links
    assert {"name": [keys.metered.subscription], "month": ["2026-11"]} in links
    other = visitor.read(f"{address_of(keys.metered.subscription)}&month=2026-10")
    assert "Nothing that it used in this month is frozen." in other.text


def test_a_stack_that_never_saw_usage_shows_its_subscriptions_all_the_same(
    visitor: Visitor, buyers: FilledStack
) -> None:
    dynamodb, name = buyers.stack.found["UsageTable"]
    key = {"pk": {"S": "LAYOUT"}, "sk": {"S": "shards"}}
    dynamodb.delete_item(TableName=name, Key=key)

    assert "Nothing that it used" in visitor.read(address_of(key_of(0))).text


@pytest.mark.usefixtures("buyers")
def test_who_is_not_known_and_a_month_that_is_none_are_said(visitor: Visitor) -> None:
    assert "knows no subscription" in visitor.read(address_of(key_of(99)), status=404).text
    for month in ("2026-13", "9999-12", "0001-01", "2026-1"):
        page = visitor.read(f"{address_of(key_of(0))}&month={month}", status=400)
        assert "the month must be one like 2026-11" in page.text


def test_what_cannot_be_read_is_named(visitor: Visitor, buyers: FilledStack) -> None:
    dynamodb, name = buyers.stack.found["SubscriptionsTable"]
    key = {"pk": {"S": key_of(2)}, "sk": {"S": "state"}}
    item = dynamodb.get_item(TableName=name, Key=key)["Item"]
    spoilt = {**item, "facts": {"N": "0"}, "flags": {"L": [{"S": "?"}]}}
    dynamodb.put_item(TableName=name, Item=spoilt)

    page = visitor.read("/subscriptions")

    assert "This is not all:" in page.text
    assert key_of(2) in page.text
    assert key_of(2) not in listed(page)
