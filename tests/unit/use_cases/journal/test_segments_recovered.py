"""A segment that its manifest lacks counts once in the end, whoever wrote the manifest."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.keys import LogKey
from meterhouse.domain.operator_commands import Flush
from meterhouse.ports.ledger import StoredSegment
from meterhouse.use_cases import assembly
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

NEXT_LOG = LogKey(NOON + HOUR, 0)


def cut(ledger: InMemoryLedger, log: LogKey, segment: StoredSegment) -> None:
    place = segment.generation, segment.name
    ledger.stored_segments[log][place] = replace(segment, blob=segment.blob[:-4])


def mend(ledger: InMemoryLedger, log: LogKey, segment: StoredSegment) -> None:
    ledger.stored_segments[log][segment.generation, segment.name] = segment


def test_a_segment_that_was_mended_before_anybody_noted_it_is_billed_once() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    cut(ledger, LOG, hidden)
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        run_at(house, 5)
    ledger.after = nothing
    mend(ledger, LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11
    assert house.head().aside == ()
    check_books(house)


def test_what_another_closer_found_later_is_folded_as_well() -> None:
    """Its manifest stands, and names a segment that our own listing came too early for."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    overlooked = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    del ledger.stored_segments[LOG][0, overlooked.name]

    def another_closer() -> None:
        mend(ledger, LOG, overlooked)
        names = {one.name for one in ledger.segments(LOG, 0, 0)}
        ledger.write_manifest(LOG, 0, names)

    ledger.before = on("write_manifest", another_closer)
    run_at(house, 5)

    assert house.billed(buyer) == {"12": Decimal(11)}
    check_books(house)


@pytest.mark.parametrize("is_told", [True, False])
def test_carried_usage_that_cannot_be_read_where_it_arrived_counts_once(*, is_told: bool) -> None:
    """Whether or not the hour that it came from learned that it had arrived."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    house.queue.waiting = 1
    house.drain(house.event(buyer, "late", quantity=10), sent_at=house.hour_at)
    house.queue.waiting = 0
    if not is_told:
        # Dies between the look at the target and the note that it arrived.
        ledger.after = on("open_log", kill)
    with suppress(KilledError):
        run_at(house, 5)
    ledger.after = nothing
    [carry] = ledger.carries(LOG).values()
    assert (carry.target, carry.has_arrived) == (NEXT_LOG, is_told)
    [hidden] = ledger.segments(NEXT_LOG, 0)
    cut(ledger, NEXT_LOG, hidden)
    house.clock.move_to(NOON + 2 * HOUR + 20 * MINUTE)
    assembly.submit_usage(house.ports())([NEXT_LOG])
    assert house.head(NOON + HOUR).aside == (f"0#{hidden.name}",)
    assert house.billed(buyer) == {"12": Decimal(1)}

    mend(ledger, NEXT_LOG, hidden)
    house.clock.move_to(NOON + 3 * HOUR)
    assembly.submit_usage(house.ports())([NEXT_LOG])
    for _ in range(16):
        run_at(house, 15)

    assert sum(house.billed(buyer).values()) == 11
    assert house.head(NOON + HOUR).aside == ()
    # As long as it was hidden the hour that it came from said that it was missing.
    house.report.metrics["AccountingDifferences"] = 0
    check_books(house)


def test_a_segment_that_was_deleted_is_named_by_closing_and_accounting() -> None:
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    counted = drain_while_others_wait(house, house.event(buyer, "a"))
    run_at(house, 5)
    del ledger.stored_segments[LOG][0, counted.name]

    run_at(house, 30)

    assert house.report.metrics["AccountingDifferences"] == 1
    [named] = events_named(house, "segment_unreadable")
    assert named["segment"] == f"0#{counted.name}"
    assert "no more" in str(named["error"])
    house.drain(house.event(buyer, "a"))
    assert house.head().reason == "segment_unreadable"
    assert house.billed(buyer) == {"12": Decimal(1)}


def house_whose_manifest_names_what_cannot_be_read() -> tuple[
    Meterhouse, HookedLedger, Agreement, StoredSegment
]:
    """Return a deployment whose hour another version closed, which died before it froze it."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        run_at(house, 5)
    ledger.after = nothing
    cut(ledger, LOG, hidden)
    return house, ledger, buyer, hidden


@pytest.mark.parametrize("hours", [2, 30])
def test_what_a_manifest_names_is_billed_with_the_rest_also_after_the_deadline(hours: int) -> None:
    house, ledger, _, hidden = house_whose_manifest_names_what_cannot_be_read()
    house.clock.move_to(NOON + hours * HOUR)
    house.reconcile()
    assert house.head().reason == "segment_unreadable"
    mend(ledger, LOG, hidden)

    for _ in range(12):
        run_at(house, 30)

    assert sum(line.quantity for line in house.marketplace.bill()) == 11
    check_books(house)


def test_what_a_manifest_names_and_nobody_mends_keeps_the_rest_for_a_day_at_most() -> None:
    house, _, _, _ = house_whose_manifest_names_what_cannot_be_read()
    house.clock.move_to(NOON + 30 * HOUR)

    for _ in range(30):
        run_at(house, 60)

    assert sum(line.quantity for line in house.marketplace.bill()) == 1


def test_a_flush_waits_for_what_a_manifest_names_and_not_for_long() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.clock.move_to(NOON + 40 * MINUTE)
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    flush = Flush(house.key(buyer).subscription, house.clock.now())
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        house.reconcile(flushes=[flush])
    ledger.after = nothing
    cut(ledger, LOG, hidden)

    for _ in range(6):
        house.clock.move_to(house.clock.now() + 5 * MINUTE)
        assert house.reconcile(flushes=[flush]).flush_left > 0

    assert house.billed(buyer) == {"12": Decimal(1)}


def test_what_a_manifest_names_and_nobody_mends_keeps_nothing_beyond_the_deadline() -> None:
    house, _, buyer, _ = house_whose_manifest_names_what_cannot_be_read()

    for _ in range(24 * 12):
        run_at(house, 5)

    assert house.billed(buyer) == {"12": Decimal(1)}


def test_an_hour_that_cannot_be_done_with_does_not_grow() -> None:
    """A segment that counts is damaged, and another one took effect after its manifest."""
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    counted = drain_while_others_wait(house, house.event(buyer, "a", quantity=5))
    run_at(house, 5)
    cut(ledger, LOG, counted)
    slow = drain_while_others_wait(house, house.event(buyer, "slow"))
    del ledger.stored_segments[LOG][slow.generation, slow.name]
    run_at(house, 120)
    mend(ledger, LOG, slow)
    segments, generations = len(ledger.stored_segments[LOG]), house.head().open

    for _ in range(24):
        run_at(house, 5)

    assert len(ledger.stored_segments[LOG]) <= segments + 1
    assert house.head().open < generations + 10, "it is put off for growing pauses"
