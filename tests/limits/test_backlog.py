"""A backlog of 100,000 due records drains across runs, the oldest deadline first."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from meterhouse.adapters.metering_api import MeteringApi
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.ports import CommitResult
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, SETTLE, Meterhouse
from tests.fakes.world import InMemoryReport, VirtualClock

BUYERS, DIMENSIONS, HOURS = 50, 100, 20
RECORDS = BUYERS * DIMENSIONS * HOURS
# What template.yaml gives to a run, and a run's usual pause.
RUN_SECONDS = 240.0
RUN_EVERY = timedelta(minutes=5)
# AWS's quota is ten calls a second; a write is an eighth of that, as many go on at once.
CALL_SECONDS = 0.1
WRITE_SECONDS = 0.0005
READ_SECONDS = 0.005
RUNS_MAX = 20


class LargeLedger(InMemoryLedger):
    """The ledger with indexes, so that its cost does not grow with the backlog; time passes in it.

    Due keys stand in a heap, as the due index of the UsageTable sorts them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock: VirtualClock | None = None
        self._due: list[tuple[datetime, RecordKey]] = []
        self._of_account: dict[AccountKey, list[RecordKey]] = defaultdict(list)

    def put(self, record: MeteringRecord) -> None:
        """Put a record into the ledger as it is."""
        self.records[record.key] = record
        self._of_account[record.key.account].append(record.key)
        if record.due_at is not None:
            heapq.heappush(self._due, (record.due_at, record.key))

    def commit(
        self,
        change: Change,
        target: RecordKey | None = None,
        target_due_at: datetime | None = None,
    ) -> CommitResult:
        result = super().commit(change, target, target_due_at)
        if change.record.due_at is not None:
            heapq.heappush(self._due, (change.record.due_at, change.record.key))
        self._pass(WRITE_SECONDS)
        return result

    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey] = frozenset()
    ) -> list[RecordKey]:
        self._pass(READ_SECONDS)
        found: list[tuple[datetime, RecordKey]] = []
        while self._due and self._due[0][0] <= now and len(found) < count_max:
            due_at, key = heapq.heappop(self._due)
            if self.records[key].due_at == due_at and key not in skip:
                found.append((due_at, key))
        for one in found:
            heapq.heappush(self._due, one)
        return [key for _, key in found]

    def read_account(self, account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        self._pass(READ_SECONDS)
        for key in self._of_account[account]:
            if since is None or key.hour_at >= since:
                yield self.records[key]

    def _pass(self, seconds: float) -> None:
        assert self.clock is not None
        self.clock.pause(seconds)


class PacedApi(MeteringApi):
    """The real adapter, as fast as AWS's quota lets it be; keeps the hours that it sent."""

    def __init__(self, house: Meterhouse) -> None:
        super().__init__(house.client)
        self._clock = house.clock
        self.hours: list[int] = []
        self.sizes: Counter[int] = Counter()

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        self._clock.pause(CALL_SECONDS)
        self.hours.extend(record["Timestamp"] // 3_600 for record in records)
        self.sizes[len(records)] += 1
        return super().batch_meter_usage(product_code, records)


class BriefReport(InMemoryReport):
    """Keeps metrics, and of 200,000 log lines none."""

    def event(self, name: str, **fields: object) -> None:
        """Forget it."""


def house_with_a_backlog() -> tuple[Meterhouse, LargeLedger, PacedApi]:
    """Return a deployment that was down for a day, while usage was journalled."""
    ledger = LargeLedger()
    house = Meterhouse(ledger)
    ledger.clock = house.clock
    house.report = BriefReport()
    names = tuple(f"dimension_{number}" for number in range(DIMENSIONS))
    house.product = house.marketplace.create_product(dimensions=names)
    buyers = [house.buyer() for _ in range(BUYERS)]
    for back in range(HOURS):
        hour_at = house.hour_at - back * HOUR
        page = Page(PageKind.HOME, hour_at, hour_at, (Entry("e", Decimal("0.5"), ()),))
        due_at = seal_time_of(hour_at, SETTLE)
        for buyer in buyers:
            for name in names:
                key = house.key(buyer, name, hour_at)
                ledger.put(MeteringRecord(key, RecordState.OPEN, 1, due_at, hour_at, (page,)))
    house.metering = api = PacedApi(house)
    return house, ledger, api


def test_a_backlog_of_a_hundred_thousand_records_drains_and_leaves_nothing_behind() -> None:
    house, ledger, api = house_with_a_backlog()
    metered = [0]
    while metered[-1] < RECORDS and len(metered) <= RUNS_MAX:
        house.clock.move_to(house.clock.now() + RUN_EVERY, seconds_left=RUN_SECONDS)

        house.reconcile()

        assert house.clock.seconds_left() > 0, "the run ended within its time"
        metered.append(int(house.report.metrics["RecordsMetered"]))

    # Every run but the last did all that AWS's quota lets a run do, and there were several.
    assert 3 <= len(metered) - 1 <= 10
    assert all(later - earlier > 10_000 for earlier, later in pairwise(metered[:-1]))
    # Nothing is left behind, and nobody missed the deadline of the oldest hour.
    assert {record.state for record in ledger.records.values()} == {RecordState.METERED}
    assert house.clock.now() < deadline_of(house.hour_at - (HOURS - 1) * HOUR)
    bill = house.marketplace.bill()
    assert len(bill) == RECORDS
    assert sum(line.quantity for line in bill) == RECORDS // 2
    # The oldest deadline went first, and calls were full.
    assert api.hours == sorted(api.hours)
    assert api.sizes[25] == api.sizes.total()


def test_records_that_were_tried_lately_do_not_wait_behind_a_backlog_of_later_deadlines() -> None:
    house, ledger, api = house_with_a_backlog()
    oldest_at = house.hour_at - (HOURS - 1) * HOUR
    retried_at = house.clock.now()
    for record in [one for one in ledger.records.values() if one.key.hour_at == oldest_at]:
        ledger.put(replace(record, due_at=retried_at, version=record.version + 1))
    house.clock.move_to(house.clock.now() + RUN_EVERY, seconds_left=RUN_SECONDS)

    house.reconcile()

    first = api.hours[: BUYERS * DIMENSIONS]
    assert set(first) == {int(oldest_at.timestamp()) // 3_600}
