"""Hours that are told drain by drain, and what the log says of them."""

from datetime import timedelta

from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.meterhouse import NOON, Meterhouse

MINUTE = timedelta(minutes=1)
LOG = LogKey(NOON, 0)


def drain_while_others_wait(house: Meterhouse, *events: dict[str, object]) -> StoredSegment:
    """Drain events of an hour that is not closed yet; return their segment."""
    before = {one.name for one in house.ledger.segments(LOG, 0)}
    house.queue.waiting = 1
    assert house.drain(*events, sent_at=house.hour_at) == []
    house.queue.waiting = 0
    [found] = [one for one in house.ledger.segments(LOG, 0) if one.name not in before]
    return found


def run_at(house: Meterhouse, minutes: int) -> None:
    """Let the schedule run some minutes later."""
    house.clock.move_to(house.clock.now() + minutes * MINUTE)
    house.reconcile()


def events_named(house: Meterhouse, name: str) -> list[dict[str, object]]:
    return [fields for event, fields in house.report.events if event == name]
