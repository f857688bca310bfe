"""`subscriptions`: who has subscribed, and all that was told of one."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.own_facts import registration, stop
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from operations import subscriptions
from operations.__main__ import app
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
    monkeypatch.setattr(subscriptions, "_PAGE", 2)
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


def test_one_is_shown_with_every_fact_that_was_told(shelf: Shelf) -> None:
    document = shelf.document("show", arn_of(0))

    assert document["subscription"]["phase"] == "active"
    assert document["subscription"]["account_id"] == ACCOUNTS[0]
    facts = [(one["kind"], one["source"]) for one in document["facts"]]
    assert facts == [("registered", "visit"), ("stopped", "seller")]


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
