"""A segment that is in a manifest, but cannot be read when records are frozen, is not lost."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.batching import LEFT_OUT_MAX
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.regressions.accidents import KilledError, kill
from tests.unit.use_cases.billing.hours import LOG, MINUTE, drain_while_others_wait, run_at
from tests.unit.use_cases.ledgers import HookedLedger, nothing, on


def hide(ledger: HookedLedger, segment: StoredSegment) -> None:
    ledger.append(LOG, replace(segment, blob=segment.blob[:-4]))


def die_after_the_manifest(house: Meterhouse, ledger: HookedLedger) -> None:
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        run_at(house, 5)
    ledger.after = nothing


def flush(house: Meterhouse, buyer: Agreement) -> None:
    house.reconcile(flushes=[Flush(house.key(buyer).subscription, house.clock.now())])


def test_usage_that_the_closer_of_another_version_counted_is_billed_in_the_end() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer, other = house.buyer(), house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"), house.event(other, "a", quantity=7))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    die_after_the_manifest(house, ledger)
    hide(ledger, hidden)

    run_at(house, 5)

    # Nobody waits for what may never be read.
    assert house.billed(buyer) == {"12": Decimal(1)}
    assert house.billed(other) == {"12": Decimal(7)}
    assert house.head().reason == "segment_unreadable"

    ledger.append(LOG, hidden)
    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11
    check_books(house)


def test_usage_of_others_that_a_flush_counted_is_billed_in_the_end() -> None:
    """Dealt with is what was flushed, and not what the others used."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    leaving, staying = house.buyer(), house.buyer()
    house.clock.move_to(NOON + 40 * MINUTE)
    drain_while_others_wait(house, house.event(leaving), house.event(staying, "a"))
    hidden = drain_while_others_wait(house, house.event(staying, "b", quantity=10))
    flush(house, leaving)
    hide(ledger, hidden)
    house.clock.move_to(NOON + HOUR + 20 * MINUTE)
    run_at(house, 0)
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(staying).values()) == 11


def test_a_flush_that_cannot_read_what_another_closer_counted_loses_nothing() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.clock.move_to(NOON + 40 * MINUTE)
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        flush(house, buyer)
    ledger.after = nothing
    hide(ledger, hidden)
    house.clock.move_to(house.clock.now() + timedelta(minutes=5))
    flush(house, buyer)
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11


def test_usage_of_a_buyer_who_was_unknown_when_its_hour_was_closed_is_not_lost() -> None:
    """Its generation is dealt with, but for what waits for the buyer's registration."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    known, unknown = house.buyer(), house.subscribe()
    drain_while_others_wait(house, house.event(known), house.event(unknown, "a"))
    hidden = drain_while_others_wait(house, house.event(unknown, "b", quantity=10))
    run_at(house, 5)
    assert house.head().done == house.head().open == 1
    hide(ledger, hidden)
    house.register(unknown)
    run_at(house, 30)
    assert house.billed(unknown) == {"12": Decimal(1)}
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(unknown).values()) == 11
    check_books(house)


def test_a_repeat_of_what_was_left_out_is_billed_once() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(
        house, house.event(buyer, "a"), house.event(buyer, "b", quantity=10)
    )
    die_after_the_manifest(house, ledger)
    hide(ledger, hidden)
    run_at(house, 5)
    house.drain(house.event(buyer, "b", quantity=10))
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11
    check_books(house)


def test_an_hour_in_which_too_much_cannot_be_read_waits_for_who_can_read_it() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "readable"))
    hidden = [
        drain_while_others_wait(house, house.event(buyer, f"e{number}"))
        for number in range(LEFT_OUT_MAX + 1)
    ]
    die_after_the_manifest(house, ledger)
    for one in hidden:
        hide(ledger, one)

    run_at(house, 5)

    assert house.billed(buyer) == {}
    assert house.head().reason == "segment_unreadable"
    assert house.report.metrics["SegmentsUnreadable"] == len(hidden)

    for one in hidden:
        ledger.append(LOG, one)
    for _ in range(4):
        run_at(house, 30)

    assert house.billed(buyer) == {"12": Decimal(1 + len(hidden))}
