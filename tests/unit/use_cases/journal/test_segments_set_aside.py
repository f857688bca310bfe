"""A segment that cannot be read is set aside, named, and billed once it can be read again."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.regressions.accidents import KilledError, kill
from tests.unit.use_cases.billing.hours import (
    LOG,
    MINUTE,
    drain_while_others_wait,
    events_named,
    run_at,
)
from tests.unit.use_cases.ledgers import HookedLedger, nothing, on

TOO_LATE_AT = NOON + 24 * HOUR + MINUTE


def in_memory(house: Meterhouse) -> InMemoryLedger:
    assert isinstance(house.ledger, InMemoryLedger)
    return house.ledger


def damage(house: Meterhouse, segment: StoredSegment, *, cut: int = 4) -> None:
    found = in_memory(house).stored_segments[LOG]
    found[segment.generation, segment.name] = replace(segment, blob=segment.blob[:-cut])


def restore(house: Meterhouse, segment: StoredSegment) -> None:
    in_memory(house).stored_segments[LOG][segment.generation, segment.name] = segment


def house_with_a_hidden_segment() -> tuple[Meterhouse, Agreement, Agreement, StoredSegment]:
    """Return a deployment whose hour was closed while one of its segments could not be read.

    The first buyer has usage in both segments, the second in the hidden one only.
    """
    house = Meterhouse()
    first, second = house.buyer(), house.buyer()
    drain_while_others_wait(house, house.event(first, "a"))
    hidden = drain_while_others_wait(
        house,
        house.event(first, "b", quantity=10, tags={"team": "ads"}),
        house.event(second, "b", quantity=20),
    )
    damage(house, hidden)
    run_at(house, 5)
    return house, first, second, hidden


def test_a_segment_that_cannot_be_read_is_set_aside_and_its_neighbours_are_billed() -> None:
    house, first, second, hidden = house_with_a_hidden_segment()

    assert house.billed(first) == {"12": Decimal(1)}
    assert house.billed(second) == {}
    assert house.head().aside == (f"0#{hidden.name}",)
    assert hidden.name not in house.ledger.manifests(LOG)[0]


def test_a_segment_that_cannot_be_read_is_named_until_somebody_mends_it() -> None:
    house, _, _, hidden = house_with_a_hidden_segment()

    assert house.report.metrics["SegmentsUnreadable"] == 1
    [named] = events_named(house, "segment_unreadable")
    assert (named["log"], named["segment"]) == (str(LOG), f"0#{hidden.name}")
    assert "damaged" in str(named["error"])
    assert house.head().reason == "segment_unreadable"

    house.clock.move_to(NOON + 20 * HOUR)
    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1
    risks = events_named(house, "hour_at_risk")
    assert {(one["log"], one["reason"]) for one in risks} == {(str(LOG), "segment_unreadable")}


def test_a_segment_that_stays_unreadable_is_named_by_every_run_that_looks_for_it() -> None:
    house, _, _, hidden = house_with_a_hidden_segment()

    for _ in range(3):
        run_at(house, 60)

    named = events_named(house, "segment_unreadable")
    assert [one["segment"] for one in named] == [f"0#{hidden.name}"] * 4
    assert house.report.metrics["SegmentsUnreadable"] == 4


@pytest.mark.parametrize("hours", [3, 22])
def test_a_segment_that_can_be_read_again_is_billed_once(hours: int) -> None:
    house, first, second, hidden = house_with_a_hidden_segment()
    house.clock.move_to(NOON + hours * HOUR)
    restore(house, hidden)

    for _ in range(8):
        run_at(house, 30)

    # Who had a record pays the rest in the hour in which it came to light; who had none in noon.
    assert house.billed(first)["12"] == 1
    assert sum(house.billed(first).values()) == 11
    assert house.billed(second) == {"12": Decimal(20)}
    assert house.head().aside == ()
    assert house.head().reason is None
    check_books(house)


def test_a_segment_that_can_be_read_after_the_deadline_is_carried_once() -> None:
    house, _, second, hidden = house_with_a_hidden_segment()
    house.clock.move_to(TOO_LATE_AT)
    house.reconcile()
    restore(house, hidden)

    for _ in range(8):
        run_at(house, 30)

    # A day later there is an hour 12 again: what the schedule carried went to that.
    assert sum(line.quantity for line in house.marketplace.bill()) == 31
    assert sum(house.billed(second).values()) == 20
    assert house.state(second) is RecordState.CARRIED
    check_books(house)


def test_a_segment_that_was_never_mended_keeps_the_hour_from_being_called_balanced() -> None:
    house, _, _, _ = house_with_a_hidden_segment()

    house.clock.move_to(NOON + 60 * HOUR)
    house.reconcile()

    assert not house.head().is_balanced
    assert house.head().due_at is not None


def test_what_a_hidden_segment_holds_is_not_billed_twice_when_it_was_delivered_again() -> None:
    house, first, second, hidden = house_with_a_hidden_segment()
    house.drain(
        house.event(first, "b", quantity=10, tags={"team": "ads"}),
        house.event(second, "b", quantity=20),
    )
    restore(house, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(first).values()) == 11
    assert house.billed(second) == {"12": Decimal(20)}
    check_books(house)


def test_while_a_segment_that_counts_cannot_be_read_nothing_is_taken_for_late() -> None:
    house = Meterhouse()
    buyer, newcomer = house.buyer(), house.buyer()
    counted = drain_while_others_wait(house, house.event(buyer, "a", quantity=5))
    run_at(house, 5)
    damage(house, counted)

    # A repeat of what was billed looks like late usage now.
    house.drain(
        house.event(buyer, "a", quantity=5),
        house.event(buyer, "late", quantity=3),
        house.event(newcomer, "a", quantity=7),
    )

    assert house.head().reason == "segment_unreadable"
    assert house.ledger.carries(LOG) == {}
    assert house.billed(newcomer) == {"12": Decimal(7)}

    restore(house, counted)
    for _ in range(6):
        run_at(house, 30)

    assert house.billed(buyer)["12"] == 5
    assert sum(house.billed(buyer).values()) == 8
    check_books(house)


@pytest.mark.parametrize("method", ["write_manifest", "freeze", "release"])
def test_a_run_that_dies_after_it_set_a_segment_aside_does_not_forget_it(method: str) -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    damage(house, hidden)
    ledger.before = on(method, kill) if method == "release" else nothing
    ledger.after = on(method, kill) if method != "release" else nothing
    with suppress(KilledError):
        run_at(house, 5)
    ledger.before = ledger.after = nothing

    run_at(house, 5)
    assert house.head().aside == (f"0#{hidden.name}",)
    restore(house, hidden)
    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11
    check_books(house)
