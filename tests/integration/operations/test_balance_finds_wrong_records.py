"""`balance` finds what was done to records and their batches, by hand or by a bug."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.records.record import MeteringRecord
from tests.fakes.meterhouse import HOUR
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState

BROKEN = {"B": b"broken"}


def billing(units: str) -> Callable[[MeteringRecord], MeteringRecord]:
    """Return the change of what is frozen in a record to other units."""

    def change(record: MeteringRecord) -> MeteringRecord:
        return replace(record, sealed=replace(record.sealed, quantity=Decimal(units)))

    return change


def test_units_of_a_billed_record_that_were_changed(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.falsify(keys.metered, billing("100"))

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.details() == {
        (str(keys.metered), "difference"): (
            "its journal holds 101.000001 units, it accounts for 101"
        )
    }
    assert outcome.document()["totals"]["difference"] == "0.000001"


def test_a_state_without_what_belongs_to_it(
    books: Books, keys: EveryState, command: Command
) -> None:
    def deny(record: MeteringRecord) -> MeteringRecord:
        return replace(record, status=replace(record.status, sends=0, metering_record_id=None))

    books.falsify(keys.metered, deny)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.details() == {
        (str(keys.metered), "state_impossible"): (
            "it is METERED and was never sent; is METERED and has no receipt of AWS"
        )
    }


@pytest.mark.parametrize(
    "spoiled", [{"frozen": BROKEN}, {"statuses": BROKEN}, {"through": None}], ids=str
)
def test_a_batch_that_cannot_be_read(
    books: Books, keys: EveryState, command: Command, spoiled: dict[str, dict[str, object] | None]
) -> None:
    batch = books.batch_of(keys.metered)
    books.spoil(batch, **spoiled)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert ("/".join(batch), "unreadable") in outcome.faults()
    # Nobody knows where the units of its records stand, and nobody says that they wait.
    assert outcome.details()[str(keys.rejected), "difference"] == (
        "2 units may be in a batch that cannot be read"
    )
    lines = {one["subscription"]: one for one in outcome.document()["meters"]}
    line = lines[keys.rejected.subscription]
    assert (line["unplaced"], line["standings"]["pending"]) == ("2", "0")


def test_everything_else_of_an_hour_is_read_beside_a_broken_batch(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.spoil(books.batch_of(keys.submitting), frozen=BROKEN)

    outcome = command.check()

    lines = {one["subscription"]: one for one in outcome.document()["meters"]}
    assert lines[keys.metered.subscription]["is_right"] is True
    assert lines[keys.submitting.subscription]["is_right"] is False
    # It waits in the same hour, and is known to be in no batch.
    assert lines[keys.held.subscription]["standings"]["held"] == "6.5"
    assert lines[keys.held.subscription]["is_right"] is True


def test_a_batch_that_was_deleted(books: Books, keys: EveryState, command: Command) -> None:
    books.delete(books.batch_of(keys.metered))

    outcome = command.check()

    assert outcome.exit_code == 1
    assert (str(keys.rejected), "difference") in outcome.faults()


@pytest.mark.parametrize("attribute", ["due_at", "due_shard"])
def test_a_batch_that_fell_out_of_the_index(
    books: Books, keys: EveryState, command: Command, attribute: str
) -> None:
    batch = books.batch_of(keys.submitting)
    books.spoil(batch, **{attribute: None})

    outcome = command.check()

    assert outcome.exit_code == 1
    name = f"{batch[0]}/{batch[1].removeprefix('B#')}"
    assert outcome.details() == {
        (name, "index_wrong"): (
            "it is not in the index as it must be, so that nothing will look at it"
        )
    }


def test_a_batch_that_ended_unbilled_and_is_shown_to_nobody(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.spoil(books.batch_of(keys.rejected), due_at=None, due_shard=None)

    ((_, kind), detail), *others = command.check().details().items()

    assert (kind, others) == ("index_wrong", [])
    assert "nobody is shown what was not billed" in detail


def test_a_fault_of_one_meter_stands_beside_the_balance_of_another(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.falsify(keys.rejected, billing("3"))

    outcome = command()

    assert outcome.exit_code == 1
    lines = outcome.output.splitlines()
    assert any(line.startswith(f"{keys.rejected}: difference: ") for line in lines)
    assert lines[-1] == "balance: FAILED: 1 of 9 meters wrong, 1 fault named"
    meters = {one["subscription"]: one for one in command.check().document()["meters"]}
    assert meters[keys.metered.subscription]["is_right"] is True
    assert meters[keys.rejected.subscription]["is_right"] is False


def test_a_fault_before_the_period_is_not_looked_for(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.falsify(keys.metered, billing("100"))
    first_at = keys.log.hour_at

    assert command("--since", f"{first_at:%Y-%m-%dT%H}").exit_code == 1
    assert command("--since", f"{first_at + HOUR:%Y-%m-%dT%H}").exit_code == 0
