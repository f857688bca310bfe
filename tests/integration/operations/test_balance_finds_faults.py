"""`balance` finds what was done to hours and to what was carried between them, by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from tests.fakes.meterhouse import HOUR
from tests.integration.operations.books import Books, head_of
from tests.integration.operations.command import Command
from tests.unit.operations.lives import EveryState

BROKEN = {"B": b"broken"}


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
