"""Lists of records that tests ask for, and a ledger that counts what is read for them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from meterhouse.domain.keys import LogKey, RecordKey, log_of
from meterhouse.domain.records.record import Batch, BatchKey
from operations.record_filter import RecordFilter
from operations.record_list import RecordsAnswer, list_records
from operations.record_looks import ListedRecord
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

ALL = RecordFilter()
HOURS = 3
SHARDS = 4
BUYERS = 30


class CountingLedger(InMemoryLedger):
    """Notes which batches are read, and how: one, or all of a log."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def copy(self, other: InMemoryLedger) -> None:
        """Hold what another ledger holds."""
        vars(self).update({**vars(other), "read": []})

    def batches(self, log: LogKey) -> list[Batch]:
        found = super().batches(log)
        self.read += [str(one.key) for one in found]
        return found

    def batches_from(self, log: LogKey, name: str, *, page: int) -> Iterator[Batch]:
        assert page > 0
        for one in super().batches(log):
            if one.key.name >= name:
                self.read.append(str(one.key))
                yield one

    def read_batch(self, key: BatchKey) -> Batch | None:
        self.read.append(str(key))
        return super().read_batch(key)


def listing(house: Meterhouse, wanted: RecordFilter = ALL, **options: Any) -> RecordsAnswer:
    shards, now = house.policy.shards, house.clock.now()
    assert isinstance(house.ledger, InMemoryLedger)
    return list_records(house.ledger, shards, wanted, now, **options)


def pages(house: Meterhouse, wanted: RecordFilter, limit: int) -> list[list[ListedRecord]]:
    found, after = [], None
    while True:
        answer = listing(house, wanted, limit=limit, after=after)
        found.append([*answer.records])
        if answer.next is None:
            return found
        assert answer.next != after, "it goes on"
        after = answer.next


@dataclass(frozen=True, slots=True)
class Sold:
    """What thirty buyers used in some hours; `keys` are of all their records."""

    house: Meterhouse
    ledger: CountingLedger
    keys: list[RecordKey]

    def log(self, hour: int) -> LogKey:
        """The log of an hour in which the first buyer's usage is."""
        return log_of(self.keys[0]._replace(hour_at=NOON + hour * HOUR), SHARDS)


def selling(*, shards: int = SHARDS, is_known: bool = True, is_answered: bool = True) -> Sold:
    """Return a seller of thirty buyers, whom it may not know, or AWS not answer for."""
    ledger = CountingLedger()
    house = Meterhouse(ledger)
    house.policy = replace(house.policy, shards=shards)
    if not is_answered:
        house.marketplace.inject_fault("internal_error_before", count=1_000)
    buyers = [house.buyer() if is_known else house.subscribe() for _ in range(BUYERS)]
    house.clock.move_to(NOON + (HOURS + 0.4) * HOUR)
    for hour in range(HOURS):
        time = (NOON + hour * HOUR).isoformat()
        house.drain(*(house.event(buyer, f"e{hour}", time=time) for buyer in buyers))
    if not is_known:
        house.clock.move_to(NOON + 30 * HOUR)
        house.reconcile()
    keys = [house.key(one, hour_at=NOON + n * HOUR) for n in range(HOURS) for one in buyers]
    ledger.read.clear()
    return Sold(house, ledger, keys)


def file_days(house: Meterhouse) -> None:
    for hours in (30, 38, 60, 76, 80):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()
    assert not house.ledger.due(now=None, count_max=9), "everything is filed"
