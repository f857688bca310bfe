"""A usage table that was restored: fenced by its name, opened by commands, and reported on."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.adapters.usage_table.layout import LaidOutUsageTable, Layout
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.integration.adapters.table_items import items_of
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command

MINUTE = timedelta(minutes=1)
LAYOUT = "LAYOUT", "shards"


@dataclass(slots=True)
class Restored:
    """A house whose table was lost after AWS had billed 107 units, and restored without 7 of them.

    `late` came late, and was carried and billed with the 107, from the lost table only.
    """

    house: Meterhouse
    buyer: Agreement
    late: dict[str, object]
    books: Books
    restored_to: str
    stopped_at: str

    def hold(self) -> Layout:
        """Return what the functions of a deployment find at their start, and use it."""
        table = LaidOutUsageTable(self.books.aws.dynamodb, self.books.table_name, 1)
        layout = table.hold()
        self.house.policy = replace(
            self.house.policy, is_fenced=layout.is_fenced, lost_until=layout.lost_until
        )
        return layout

    def run_for(self, hours: int) -> None:
        for _ in range(hours):
            self.house.clock.move_to(self.house.clock.now() + HOUR)
            self.house.reconcile()

    def total_billed(self) -> Decimal:
        return sum((line.quantity for line in self.house.marketplace.bill()), Decimal(0))


@pytest.fixture
def restored(books: Books) -> Restored:
    lost_name = books.aws.create_table("UsageTable")
    lost = LaidOutUsageTable(books.aws.dynamodb, lost_name, 1)
    lost.hold()
    house = Meterhouse(lost)
    house.clock.move_to(house.hour_at + 50 * MINUTE)
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", quantity=100))
    house.clock.move_to(house.hour_at + HOUR + 20 * MINUTE)
    house.reconcile()
    restored_to = house.clock.now()
    for item in items_of(books.aws, lost_name).values():
        books.aws.dynamodb.put_item(TableName=books.table_name, Item=item)
    late = house.event(buyer, "late", quantity=7)
    house.drain(late)
    for _ in range(3):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
    house.ledger = books.ledger
    stopped_at = house.clock.now().isoformat()
    return Restored(house, buyer, late, books, restored_to.isoformat(), stopped_at)


def begin(command: Command, restored: Restored, *more: str) -> Any:
    times = ("--restored-to", restored.restored_to, "--stopped-at", restored.stopped_at)
    return command.other("restore-begin")(*times, "--yes", *more)


def test_a_table_with_another_name_than_it_was_written_for_is_fenced(restored: Restored) -> None:
    assert restored.hold().is_fenced

    restored.run_for(2)

    assert restored.total_billed() == 107
    assert not restored.house.report.metrics["RecordsMetered"] > 2


def test_a_restored_table_bills_nothing_twice_and_names_what_only_aws_knows(
    restored: Restored, command: Command
) -> None:
    outcome = begin(command, restored)
    assert outcome.exit_code == 0
    assert "It is fenced" in outcome.output
    layout = restored.hold()
    assert layout.is_fenced
    assert layout.lost_until == restored.house.clock.now() + 5 * MINUTE

    restored.house.drain(restored.late)
    outcome = command.other("restore-finish")("--yes")
    assert (outcome.exit_code, "It is open" in outcome.output) == (0, True)
    assert not restored.hold().is_fenced
    restored.run_for(5)

    assert restored.total_billed() == 107
    assert restored.house.state(restored.buyer) is RecordState.METERED
    report = command.other("restore-report").check()
    assert report.exit_code == 0
    assert report.document()["records"] == []
    (withheld,) = report.document()["withheld"]
    assert withheld["record"] == str(restored.house.key(restored.buyer))
    assert withheld["units"] == "7"
    account = command.check()
    assert (account.exit_code, account.faults()) == (0, set())


def test_records_that_are_unsure_are_reported_with_why(
    restored: Restored, command: Command
) -> None:
    stranger = restored.house.buyer()
    begin(command, restored)
    restored.hold()
    restored.house.drain(restored.house.event(stranger, "e1", quantity=3))
    restored.house.clock.move_to(restored.house.hour_at + 25 * HOUR)
    command.other("restore-finish")("--yes")
    restored.hold()
    restored.run_for(1)

    (record,) = command.other("restore-report").check().document()["records"]

    assert (record["state"], record["reason"]) == ("EXPIRED", "table_restored")
    assert "CloudTrail" in command.other("restore-report")().output


def test_what_is_read_though_its_place_in_the_index_is_wrong_is_reported(
    restored: Restored, command: Command
) -> None:
    begin(command, restored)
    table = restored.books.table_name
    batches = [one for one in items_of(restored.books.aws, table).values() if "B#" in str(one)]
    wrong = {**batches[0], "due_shard": {"S": "due"}, "due_at": {"N": "0"}}
    restored.books.aws.dynamodb.put_item(TableName=table, Item=wrong)

    assert command.other("restore-report").check().document()["unreadable"] == []


def test_nothing_is_written_without_a_yes(
    restored: Restored, command: Command, books: Books
) -> None:
    before = books.contents()
    times = ("--restored-to", restored.restored_to, "--stopped-at", restored.stopped_at)

    outcome = command.other("restore-begin")(*times)

    assert outcome.exit_code != 0
    assert "perhaps billed" in outcome.output
    assert books.contents() == before


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("2026-11-18T13:00:00Z", "2026-11-18T12:00:00Z"), "lies after"),
        (("2026-11-18T13:00:00Z", "2999-11-18T12:00:00Z"), "in the future"),
        (("2026-11-18T13:00:00", "2026-11-18T14:00:00Z"), "offset"),
    ],
)
def test_times_that_cannot_be_are_refused(
    restored: Restored, command: Command, times: tuple[str, str], said: str
) -> None:
    before = restored.books.contents()

    outcome = command.other("restore-begin")(
        "--restored-to", times[0], "--stopped-at", times[1], "--yes"
    )

    assert outcome.exit_code == 2
    assert said in outcome.errors
    assert restored.books.contents() == before


def test_a_table_in_use_is_not_fenced_by_mistake(restored: Restored, command: Command) -> None:
    begin(command, restored)
    command.other("restore-finish")("--yes")

    outcome = begin(command, restored)

    assert outcome.exit_code == 2
    assert "in use under its own name" in outcome.errors
    assert not restored.hold().is_fenced


def test_a_table_that_was_not_used_yet_is_fenced_once_its_shards_are_said(
    restored: Restored, command: Command, books: Books
) -> None:
    books.delete(LAYOUT)

    outcome = begin(command, restored)
    assert (outcome.exit_code, "add --shards" in outcome.errors) == (2, True)
    assert begin(command, restored, "--shards", "1").exit_code == 0

    assert restored.hold().is_fenced


def test_what_was_rejected_may_have_been_redriven_from_the_lost_table(
    restored: Restored, command: Command
) -> None:
    stranger = restored.house.subscribe()
    restored.house.drain(restored.house.event(stranger, "e1", quantity=3))
    restored.house.policy = replace(restored.house.policy, is_fenced=False)
    restored.house.clock.move_to(restored.house.hour_at + 25 * HOUR)
    restored.house.reconcile()
    assert restored.house.state(stranger) is RecordState.REJECTED
    begin(command, restored)

    records = command.other("restore-report").check().document()["records"]

    assert [one["state"] for one in records] == ["REJECTED"]


def test_to_finish_comes_after_to_begin(restored: Restored, command: Command) -> None:
    outcome = command.other("restore-finish")("--yes")

    assert outcome.exit_code == 2
    assert "restore-begin comes first" in outcome.errors
    assert restored.hold().is_fenced

    begin(command, restored)
    assert command.other("restore-finish")("--yes").exit_code == 0
    again = command.other("restore-finish")("--yes")
    assert (again.exit_code, "nothing to finish" in again.errors) == (2, True)


def test_a_second_restore_forgets_nothing_of_the_first(
    restored: Restored, command: Command
) -> None:
    begin(command, restored)
    first = restored.hold()
    earlier = "2026-11-18T12:30:00Z"

    outcome = command.other("restore-begin")(
        "--restored-to", earlier, "--stopped-at", earlier, "--yes"
    )

    assert outcome.exit_code == 0
    second = restored.hold()
    assert second.lost_until == first.lost_until
    assert second.restored_to == restored.house.hour_at + 30 * MINUTE


def test_a_table_that_was_never_restored_says_so(books: Books, command: Command) -> None:
    LaidOutUsageTable(books.aws.dynamodb, books.table_name, 1).hold()

    assert "never restored" in command.other("restore-report")().output
