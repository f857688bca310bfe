"""`subscriptions`: who has subscribed, and all that was told of one."""

import csv
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from typer.testing import CliRunner

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.identity import LicenseIdentity, license_key, tenant_key
from meterhouse.domain.subscriptions.own_facts import entitlements_fact, registration, stop
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from operations import subscription_shelf
from operations.__main__ import app
from operations.errors import OperationError
from operations.subscription_shelf import Sought, SubscriptionShelf, read_page
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.integration.operations.conftest import use_endpoint
from tests.unit.domain.builders import NOON_AT

ACCOUNTS = ("210987654321", "310987654321")
COUNT = 5


def arn_of(number: int) -> str:
    return f"arn:aws:license-manager::123456789012:license:l-{number:032x}"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table of some subscriptions, by turns of one account and the other."""

    aws: Aws
    table_name: str

    def run(self, *words: str) -> tuple[int, str, str]:
        words = ("subscriptions", *words, "--table", self.table_name)
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    def document(self, *words: str) -> dict[str, Any]:
        code, said, wrong = self.run(*words, "--json")
        assert code == 0, wrong
        found: dict[str, Any] = json.loads(said)
        return found

    def listed(self, *words: str) -> list[str]:
        return [one["subscription"] for one in self.document("list", *words)["subscriptions"]]


@pytest.fixture
def shelf(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    name = aws.create_table("SubscriptionsTable")
    folders = FoldersTable(aws.dynamodb, name)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    for number in range(COUNT):
        account = ACCOUNTS[number % 2]
        customer = ResolvedCustomer("prod-1", account, license_arn=arn_of(number))
        keep.learn(registration(customer, NOON_AT, trial=False))
    keep.learn(stop(license_key(arn_of(0)), NOON_AT + timedelta(minutes=1)))
    use_endpoint(monkeypatch, aws)
    # So that the list has several pages.
    monkeypatch.setattr(subscription_shelf, "_PAGE", 2)
    return Shelf(aws, name)


def test_all_are_listed_or_those_of_a_phase_or_an_account(shelf: Shelf) -> None:
    keys = {license_key(arn_of(number)) for number in range(COUNT)}

    assert {*shelf.listed()} == keys
    assert len(shelf.listed()) == COUNT
    assert {*shelf.listed("--phase", "active")} == keys
    assert shelf.listed("--phase", "ended") == []
    assert shelf.listed("--account", ACCOUNTS[1]) == [
        license_key(arn_of(1)),
        license_key(arn_of(3)),
    ]


def test_a_list_that_was_cut_says_so(shelf: Shelf) -> None:
    code, said, wrong = shelf.run("list", "--limit", "3", "--json")

    assert code == 2
    assert len(json.loads(said)["subscriptions"]) == 3
    assert "this is not all" in wrong


def test_a_text_is_looked_for_in_names_and_ids_whatever_its_case(shelf: Shelf) -> None:
    assert shelf.listed("--text", "L-0000000000000000000000000000000" + "3") == [
        license_key(arn_of(3))
    ]
    assert {*shelf.listed("--text", "PROD-1")} == {license_key(arn_of(n)) for n in range(COUNT)}
    assert shelf.listed("--text", "no such words") == []
    assert shelf.listed("--text", "prod-1", "--account", ACCOUNTS[1]) == [
        license_key(arn_of(1)),
        license_key(arn_of(3)),
    ]


def test_those_are_listed_that_pay_or_paid_for_a_tenant(shelf: Shelf) -> None:
    def link(tenant: str, number: int, minutes: int) -> None:
        at = NOON_AT + timedelta(minutes=minutes)
        tenants = TenantsTable(shelf.aws.dynamodb, shelf.table_name, InMemoryReport())
        folders = FoldersTable(shelf.aws.dynamodb, shelf.table_name)
        keep = KeepSubscriptions(folders, Products(), VirtualClock(at), InMemoryReport())
        linking = LinkTenants(tenants, tenants, folders, keep, VirtualClock(at))
        linking.link(tenant_key(tenant), license_key(arn_of(number)))

    link("acme", 3, 1)
    link("acme", 1, 2)
    link("other", 2, 3)

    assert shelf.listed("--tenant", "acme") == [license_key(arn_of(3)), license_key(arn_of(1))]
    assert shelf.listed("--tenant", "acme", "--text", "-00000000000000000000000000000001") == [
        license_key(arn_of(1))
    ]
    assert shelf.listed("--tenant", "nobody") == []
    assert shelf.listed("--tenant", "no tenant's id | at all") == []


def test_a_page_of_a_list_says_where_it_goes_on(shelf: Shelf) -> None:
    folders = FoldersTable(shelf.aws.dynamodb, shelf.table_name)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    nameless = ResolvedCustomer("prod-1", "410987654321")
    keep.learn(registration(nameless, NOON_AT, trial=False))
    opened = SubscriptionShelf(shelf.aws.dynamodb, shelf.table_name)

    def read(sought: Sought) -> list[int]:
        found: list[list[str]] = []
        place: tuple[str, ...] = ()
        while True:
            page = read_page(opened, sought, place)
            found.append([one.subscription for one in page.rows])
            if page.after is None:
                keys = [key for rows in found for key in rows]
                assert len({*keys}) == len(keys)
                return [len(rows) for rows in found if rows]
            place = page.after

    assert read(Sought()) == [3, 2, 1], "one is pending, the others are active"
    assert read(Sought(account=ACCOUNTS[0])) == [2, 1]
    assert sum(read(Sought(text=ACCOUNTS[1]))) == 2
    for place in (("no phase",), ("active", "x"), ("ended", "x", "y", "z")):
        with pytest.raises(OperationError, match="no place in that list"):
            read_page(opened, Sought(), place)


def test_a_page_reads_a_bounded_part_of_what_is_not_meant(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_shelf, "_READ_MAX", 4)
    opened = SubscriptionShelf(shelf.aws.dynamodb, shelf.table_name)

    page = read_page(opened, Sought(Phase.ACTIVE, text="nowhere"))

    assert page.rows == ()
    assert page.after is not None
    assert read_page(opened, Sought(Phase.ACTIVE, text="nowhere"), page.after).after is None


def test_one_is_shown_with_every_fact_that_was_told(shelf: Shelf) -> None:
    document = shelf.document("show", arn_of(0))

    assert document["subscription"]["phase"] == "active"
    assert document["subscription"]["account_id"] == ACCOUNTS[0]
    facts = [(one["kind"], one["source"], one["means"]) for one in document["facts"]]
    assert facts == [
        ("registered", "visit", "the buyer came to the registration page"),
        ("stopped", "seller", "your product sends no more usage of it"),
    ]


def hold(shelf: Shelf, number: int, *held: Entitlement) -> None:
    """Let AWS have said at noon what a contract holds."""
    folders = FoldersTable(shelf.aws.dynamodb, shelf.table_name)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    identity = LicenseIdentity(ACCOUNTS[number % 2], arn_of(number))
    keep.learn(entitlements_fact(identity, Entitlements(NOON_AT, held)))


def test_what_its_contract_holds_is_shown_to_people_scripts_and_tables(shelf: Shelf) -> None:
    until = NOON_AT + timedelta(days=1)
    hold(
        shelf,
        0,
        Entitlement("seats", Decimal("2147483647.5"), until),
        Entitlement("edition", "<b>gold", until.replace(year=9998)),
        Entitlement("sso", value=True),
    )

    document = shelf.document("show", arn_of(0))
    _, table, _ = shelf.run("show", arn_of(0), "--csv")
    _, said, _ = shelf.run("show", arn_of(0))

    assert "what the contract holds, as AWS said when it was asked" in said
    assert document["entitlements_asked_at"] == NOON_AT.isoformat()
    assert document["entitlements"] == [
        {
            "dimension": "seats",
            "kind": "quantity",
            "value": "2147483647.5",
            "expires_at": until.isoformat(),
            "is_expired": True,
        },
        {
            "dimension": "edition",
            "kind": "name",
            "value": "<b>gold",
            "expires_at": until.replace(year=9998).isoformat(),
            "is_expired": False,
        },
        {
            "dimension": "sso",
            "kind": "flag",
            "value": True,
            "expires_at": None,
            "is_expired": False,
        },
    ]
    rows = [one for one in csv.DictReader(table.splitlines()) if one["table"] == "entitlements"]
    assert [(one["dimension"], one["value"]) for one in rows] == [
        ("seats", "2147483647.5"),
        ("edition", "<b>gold"),
        ("sso", "true"),
    ]
    assert re.search(r"seats +quantity +2147483647\.5 +\S+ +yes *\n", said)
    assert re.search(r"sso +flag +yes +no *\n", said)
    assert "may have been renewed: `meterhouse sweep` asks again" in said


def test_that_nothing_is_held_and_that_aws_never_said_are_different_sentences(
    shelf: Shelf,
) -> None:
    hold(shelf, 0)

    _, nothing, _ = shelf.run("show", arn_of(0))
    _, unknown, _ = shelf.run("show", arn_of(1))

    assert "AWS says that its contract holds nothing" in nothing
    assert NOON_AT.isoformat() in nothing
    assert "AWS never said what its contract holds" in unknown
    assert "`meterhouse sweep` asks it" in unknown
    assert shelf.document("show", arn_of(1))["entitlements_asked_at"] is None


def test_who_is_not_known_is_said(shelf: Shelf) -> None:
    code, _, wrong = shelf.run("show", arn_of(99))

    assert code == 2
    assert "knows no subscription" in wrong


def test_what_cannot_be_read_is_named(shelf: Shelf) -> None:
    key: Any = {"pk": {"S": license_key(arn_of(2))}, "sk": {"S": "state"}}
    item = shelf.aws.dynamodb.get_item(TableName=shelf.table_name, Key=key)["Item"]
    shelf.aws.dynamodb.put_item(
        TableName=shelf.table_name, Item={**item, "facts": {"N": "0"}, "flags": {"L": [{"S": "?"}]}}
    )

    code, said, wrong = shelf.run("list", "--json")

    assert code == 2
    assert "something cannot be read" in wrong
    assert [one["name"] for one in json.loads(said)["unreadable"]] == [key["pk"]["S"]]
