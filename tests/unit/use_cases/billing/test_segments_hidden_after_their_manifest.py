"""A segment that is in a manifest, but cannot be read when records are frozen, is not lost."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from meterhouse.domain.commands import Flush
from sandbox.marketplace.core.sales.agreements import Agreement
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.regressions.accidents import KilledError, kill
from tests.unit.use_cases.billing.hours import LOG, MINUTE, drain_while_others_wait, run_at
from tests.unit.use_cases.ledgers import HookedLedger, nothing, on


def flush(house: Meterhouse, buyer: Agreement) -> None:
    house.reconcile(flushes=[Flush(house.key(buyer).subscription, house.clock.now())])


def test_usage_that_the_closer_of_another_version_counted_is_billed_in_the_end() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    drain_while_others_wait(house, house.event(buyer, "a"))
    hidden = drain_while_others_wait(house, house.event(buyer, "b", quantity=10))
    ledger.after = on("write_manifest", kill)
    with suppress(KilledError):
        run_at(house, 5)
    ledger.after = nothing
    ledger.append(LOG, replace(hidden, blob=hidden.blob[:-4]))
    run_at(house, 5)
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11


def test_usage_of_others_that_a_flush_counted_is_billed_in_the_end() -> None:
    """Dealt with is what was flushed, and not what the others used."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    leaving, staying = house.buyer(), house.buyer()
    house.clock.move_to(NOON + 40 * MINUTE)
    drain_while_others_wait(house, house.event(leaving), house.event(staying, "a"))
    hidden = drain_while_others_wait(house, house.event(staying, "b", quantity=10))
    flush(house, leaving)
    ledger.append(LOG, replace(hidden, blob=hidden.blob[:-4]))
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
    ledger.append(LOG, replace(hidden, blob=hidden.blob[:-4]))
    house.clock.move_to(house.clock.now() + timedelta(minutes=5))
    flush(house, buyer)
    ledger.append(LOG, hidden)

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 11
