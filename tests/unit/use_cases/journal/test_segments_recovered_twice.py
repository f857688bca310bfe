"""While two versions run, what one of them recovers may be set aside by the other once more."""

from dataclasses import replace
from decimal import Decimal

from meterhouse.domain.accounting.balances import balance_log
from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment
from meterhouse.use_cases import assembly
from meterhouse.use_cases.journal.read_log import read_whole_log
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import LOG, MINUTE, run_at

NEXT_LOG = LogKey(NOON + HOUR, 0)
ORIGIN = f"{LOG}/late#000001#000"


def hide(ledger: InMemoryLedger, generation: int) -> StoredSegment:
    """Make the only segment of a generation one that cannot be read; return it as it was."""
    [there] = ledger.segments(NEXT_LOG, generation, generation)
    ledger.append(NEXT_LOG, replace(there, blob=there.blob[:-4]))
    return there


def house_with_carried_usage() -> tuple[Meterhouse, InMemoryLedger]:
    """Return a deployment in which late usage has arrived in an hour that takes usage yet."""
    ledger = InMemoryLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    house.queue.waiting = 1
    house.drain(house.event(buyer, "late", quantity=10), sent_at=house.hour_at)
    house.queue.waiting = 0
    run_at(house, 5)
    assert [one.origin for one in ledger.carries(LOG).values()] == [ORIGIN]
    house.clock.move_to(NOON + 2 * HOUR + 20 * MINUTE)
    return house, ledger


def close_next_hour(house: Meterhouse) -> None:
    assembly.submit_usage(house.ports())([NEXT_LOG])
    house.clock.move_to(house.clock.now() + HOUR)


def test_carried_usage_that_is_set_aside_again_after_it_was_recovered_is_billed() -> None:
    house, ledger = house_with_carried_usage()
    hidden = hide(ledger, 0)
    close_next_hour(house)
    ledger.append(NEXT_LOG, hidden)
    close_next_hour(house)
    [recovered] = {g for (g, _) in ledger.stored_segments[NEXT_LOG]} - {0}
    hidden = hide(ledger, recovered)
    close_next_hour(house)
    ledger.append(NEXT_LOG, hidden)

    for _ in range(4):
        close_next_hour(house)

    assert sum(line.quantity for line in house.marketplace.bill()) == 11
    assert house.head(NEXT_LOG.hour_at).aside == ()


def test_carried_usage_that_stands_in_two_generations_has_arrived_once() -> None:
    house, ledger = house_with_carried_usage()
    close_next_hour(house)
    [carried] = ledger.segments(NEXT_LOG, 0)
    again = ledger.stored_heads[NEXT_LOG].open
    ledger.append(NEXT_LOG, replace(carried, generation=again))
    ledger.wake(NEXT_LOG, again, house.clock.now(), house.clock.now())
    close_next_hour(house)

    batches = ledger.batches(NEXT_LOG)
    fold = read_whole_log(ledger, NEXT_LOG, batches).fold
    [balance] = balance_log(ledger.stored_heads[NEXT_LOG], fold, batches, [])

    assert carried.name in ledger.manifests(NEXT_LOG)[again]
    assert balance.arrived == {ORIGIN: Decimal(10)}
