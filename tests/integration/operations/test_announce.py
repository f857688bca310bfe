"""Every living subscription is told of as it stands, once for each time that somebody asks."""

import time
from dataclasses import dataclass
from typing import Any

import pytest

from meterhouse.adapters.subscriptions_table.changes import read_changes
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.states import is_listed
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.integration.operations.command import Command
from tests.integration.operations.conftest import use_endpoint
from tests.unit.domain.builders import NOON_AT

LICENSES = [f"arn:aws:license-manager::123456789012:license:l-{n:032x}" for n in range(3)]


@dataclass(frozen=True, slots=True)
class Table:
    aws: Aws
    name: str

    def states(self) -> dict[str, dict[str, Any]]:
        found = self.aws.dynamodb.scan(TableName=self.name, ConsistentRead=True)["Items"]
        return {one["pk"]["S"]: dict(one) for one in found if one["sk"]["S"] == "state"}


@pytest.fixture
def table(aws: Aws) -> Table:
    name = aws.create_table("SubscriptionsTable")
    clock = VirtualClock(NOON_AT)
    keep = KeepSubscriptions(FoldersTable(aws.dynamodb, name), Products(), clock, InMemoryReport())
    for account, license_arn in enumerate(LICENSES):
        customer = ResolvedCustomer("prod-1", f"{account:012}", license_arn=license_arn)
        keep.learn(registration(customer, NOON_AT, trial=False))
    return Table(aws, name)


@pytest.fixture
def announce(table: Table, monkeypatch: pytest.MonkeyPatch) -> Command:
    use_endpoint(monkeypatch, table.aws)
    return Command("--table", table.name, "--yes", "--per-second", "200", name="announce")


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what the stream gives to tell of what was written between the two."""
    records = [
        {
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_348_260.0,
                "Keys": {"pk": item["pk"], "sk": item["sk"]},
                "SequenceNumber": "1",
                "NewImage": item,
                "OldImage": before[key],
            }
        }
        for key, item in after.items()
        if item != before[key]
    ]
    changes = read_changes(records, InMemoryReport())
    return [f"{one.news} {one.subscription}" for change in changes for one in change.announcements]


def test_each_is_told_of_as_it_stands_and_nothing_else_of_it_changes(
    table: Table, announce: Command
) -> None:
    before = table.states()
    keys = sorted(key for key, item in before.items() if is_listed(item))

    outcome = announce()

    after = table.states()
    assert outcome.exit_code == 0
    assert sorted(told(before, after)) == [f"current {key}" for key in keys]
    assert [one | {"news": None} for one in after.values()] == [
        before[key] | {"news": None} for key in after
    ]


def test_whoever_asks_later_is_told_again(table: Table, announce: Command) -> None:
    announce("--asked-at", "2026-11-22T12:00:00")
    before = table.states()

    announce("--asked-at", "2026-11-22T13:00:00")

    assert len(told(before, table.states())) == len(LICENSES)


def test_who_goes_on_tells_of_nobody_twice(
    table: Table, announce: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    before = table.states()
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", interrupt)
        broken_off = announce("--asked-at", "2026-11-22T12:00:00")
    first = table.states()
    went_on = announce("--asked-at", "2026-11-22T12:00:00", "--json")

    assert broken_off.exit_code == 130
    assert "--asked-at 2026-11-22T12:00:00" in broken_off.output
    assert len(told(before, first)) == 1
    assert (went_on.document()["told"], went_on.document()["told_before"]) == (2, 1)
    assert len(told(first, table.states())) == 2


def test_nobody_is_told_without_a_yes(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    use_endpoint(monkeypatch, table.aws)
    before = table.states()

    outcome = Command("--table", table.name, name="announce")()

    assert outcome.exit_code != 0
    assert table.states() == before
