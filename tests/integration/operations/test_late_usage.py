"""Late usage that stays unbilled: `refused` finds it by the index, and `balance` what it lacks."""

from dataclasses import dataclass

import pytest

from meterhouse.adapters.usage_table.layout import hold_layout
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.books import Books, ItemKey
from tests.integration.operations.command import Command
from tests.unit.use_cases.billing.subscription_times import LOG, Told


@dataclass(frozen=True, slots=True)
class Kept:
    """The record that was billed, and the carry that says what stays beside it."""

    record: str
    carry: ItemKey


@pytest.fixture
def kept(books: Books) -> Kept:
    hold_layout(books.aws.dynamodb, books.table_name, 1)
    house = books.house()
    buyer = house.buyer()
    house.drain(house.event(buyer))
    Told(house, buyer)(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, "late", quantity="2.5"))
    (carry,) = books.keys(LOG, "K#late#")
    return Kept(str(house.key(buyer)), carry)


def test_late_usage_that_stays_is_among_what_is_refused(command: Command, kept: Kept) -> None:
    refused = command.other("refused")
    document = refused.check().document()

    assert document["records"] == []
    assert document["late"] == [{"record": kept.record, "reason": "before_start", "units": "2.5"}]
    shown = refused()
    assert shown.exit_code == 0
    assert "the runbook says by reason. Records: 1, with 2.5 units." in shown.output
    assert "before_start" in shown.output


def test_late_usage_that_cannot_be_read_is_named(
    books: Books, command: Command, kept: Kept
) -> None:
    books.spoil(kept.carry, kept={"B": b"damaged"})

    outcome = command.other("refused").check()

    assert outcome.exit_code == 2
    assert [one["name"] for one in outcome.document()["unreadable"]] == ["/".join(kept.carry)]


def test_late_usage_that_fell_out_of_the_index(books: Books, command: Command, kept: Kept) -> None:
    assert command.check().faults() == set()
    books.spoil(kept.carry, due_shard=None)

    outcome = command.check()

    assert command.other("refused").check().document()["late"] == []
    subject = f"{kept.carry[0]}/{kept.carry[1].removeprefix('K#')}"
    assert outcome.details() == {
        (subject, "index_wrong"): (
            "it is not in the index as it must be, so that nobody is shown what was not billed"
        )
    }
