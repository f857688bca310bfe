"""`account` finds what somebody, or a bug, did to the table: each test plants one thing by hand."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.records.record import MeteringRecord
from tests.fakes.meterhouse import HOUR
from tests.integration.operations.books import Books, head_of
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState, live_into_every_state

BROKEN = {"B": b"broken"}


@pytest.fixture
def keys(books: Books) -> EveryState:
    """Return the records of a table that balances, one in every state."""
    return live_into_every_state(books.house())


def billing(units: str) -> Callable[[MeteringRecord], MeteringRecord]:
    """Return the change of what is frozen in a record to other units."""

    def change(record: MeteringRecord) -> MeteringRecord:
        return replace(record, sealed=replace(record.sealed, quantity=Decimal(units)))

    return change


def test_a_segment_that_was_deleted(books: Books, keys: EveryState, command: Command) -> None:
    segment = books.keys(keys.log, "S#")[0]
    books.delete(segment)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.document()["is_right"] is False
    name = segment[1].rpartition("#")[2]
    assert outcome.faults() >= {
        (f"{keys.log}/0#{name}", "segment_missing"),
        (str(keys.metered), "difference"),
    }


def test_a_segment_that_was_replaced_by_another(
    books: Books, keys: EveryState, command: Command
) -> None:
    first, second = books.keys(keys.log, "S#")
    books.spoil(first, blob=books.contents()[second]["blob"])

    outcome = command.check()

    assert outcome.exit_code == 1
    subject = f"{keys.log}/0#{first[1].rpartition('#')[2]}"
    assert (
        "does not hold what it was named after" in outcome.details()[subject, "segment_unreadable"]
    )
    assert (str(keys.rejected), "difference") in outcome.faults()


@pytest.mark.parametrize("blob", [BROKEN, {"S": "text"}, None])
def test_a_segment_that_is_no_segment(
    books: Books, keys: EveryState, command: Command, blob: dict[str, object] | None
) -> None:
    segment = books.keys(keys.last_log, "S#")[0]
    books.spoil(segment, blob=blob)

    outcome = command.check()

    assert outcome.exit_code == 1
    name = segment[1].rpartition("#")[2]
    of_segment = {kind for subject, kind in outcome.faults() if subject.endswith(name)}
    assert of_segment == {"segment_unreadable" if blob == BROKEN else "unreadable"}


def test_a_manifest_that_was_deleted(books: Books, keys: EveryState, command: Command) -> None:
    books.delete(books.keys(keys.log, "M#")[0])

    outcome = command.check()

    assert (outcome.exit_code, outcome.faults()) == (1, {(str(keys.log), "manifest_missing")})


@pytest.mark.parametrize("names", [{"B": b"half a name"}, None])
def test_a_manifest_that_cannot_be_read(
    books: Books, keys: EveryState, command: Command, names: dict[str, object] | None
) -> None:
    manifest = books.keys(keys.log, "M#")[1]
    books.spoil(manifest, names=names)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {("/".join(manifest), "unreadable")}


def test_a_manifest_that_lacks_a_part(books: Books, keys: EveryState, command: Command) -> None:
    books.spoil(books.keys(keys.log, "M#")[0], parts={"N": "2"})

    outcome = command.check()

    assert outcome.exit_code == 1
    assert (str(keys.log), "unreadable") in outcome.faults()


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


def test_a_head_that_fell_out_of_the_index(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.spoil(head_of(keys.last_log), due_shard=None)

    assert command.check().faults() == {(str(keys.last_log), "index_wrong")}


def test_a_head_that_is_in_the_index_without_need(
    books: Books, keys: EveryState, command: Command
) -> None:
    log = LogKey(keys.log.hour_at - HOUR, 0)
    books.ledger.open_log(log, keys.log.hour_at, None)
    head = books.contents()[head_of(log)]
    assert "due_shard" in head
    books.spoil(head_of(log), due_at=None)

    assert command.check().faults() == {(str(log), "index_wrong")}


@pytest.mark.parametrize("kind", ["late#", "rest#", "record#"])
def test_a_carry_that_cannot_be_read(
    books: Books, keys: EveryState, command: Command, kind: str
) -> None:
    carry = books.keys(keys.log, f"K#{kind}")[0]
    books.spoil(carry, parts=BROKEN)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert ("/".join(carry), "unreadable") in outcome.faults()
    origin = f"{carry[0]}/{carry[1].removeprefix('K#')}"
    assert (origin, "carry_difference") in outcome.faults()


def test_a_carried_segment_that_was_deleted_where_it_went(
    books: Books, keys: EveryState, command: Command
) -> None:
    carry = next(
        one for one in books.ledger.carries(keys.log).values() if one.name.startswith("record#")
    )
    books.delete((str(carry.target), f"S#{carry.generation:06}#{carry.segment_name}"))

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.details() == {
        (carry.origin, "carry_difference"): (
            f"5 units left it for {carry.target}, none arrived there"
        )
    }
    lines = {one["subscription"]: one for one in outcome.document()["meters"]}
    line = lines[keys.carried.subscription]
    assert (line["carried_out"], line["carried_in"], line["difference"]) == ("5", "0", "5")


def test_a_carry_that_says_other_units(books: Books, keys: EveryState, command: Command) -> None:
    carry = next(
        one for one in books.ledger.carries(keys.log).values() if one.name.startswith("late#")
    )
    parts = tuple(part._replace(quantity=Decimal(3)) for part in carry.parts)
    books.rewrite_carry(replace(carry, parts=parts))

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {
        (str(keys.metered), "difference"),
        (carry.origin, "carry_difference"),
    }


def test_a_head_that_was_deleted(books: Books, keys: EveryState, command: Command) -> None:
    books.delete(head_of(keys.log))

    outcome = command.check()

    assert (outcome.exit_code, outcome.faults()) == (1, {(str(keys.log), "head_missing")})
    assert outcome.document()["totals"]["standings"]["rejected"] == "2"


@pytest.mark.parametrize("open_", [{"S": "many"}, None])
def test_a_head_that_cannot_be_read(
    books: Books, keys: EveryState, command: Command, open_: dict[str, object] | None
) -> None:
    books.spoil(head_of(keys.next_log), open=open_)

    outcome = command.check()

    assert outcome.exit_code == 1
    assert outcome.faults() == {("/".join(head_of(keys.next_log)), "unreadable")}
    assert outcome.document()["totals"]["journalled"] == "10000000170.500003"


def test_a_fault_of_one_meter_stands_beside_the_balance_of_another(
    books: Books, keys: EveryState, command: Command
) -> None:
    books.falsify(keys.rejected, billing("3"))

    outcome = command()

    assert outcome.exit_code == 1
    lines = outcome.output.splitlines()
    assert any(line.startswith(f"{keys.rejected}: difference: ") for line in lines)
    assert lines[-1] == "account: FAILED: 1 of 9 meters wrong, 1 fault named"
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
