"""A backlog of 100,000 due records drains across runs, the oldest deadline first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.segments import encode_events
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.records.batching import form_batches
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import (
    RECORDS_PER_BATCH_MAX,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
)
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.ports.ledger import StoredSegment
from tests.fakes.meterhouse import HOUR, SETTLE, Meterhouse
from tests.fakes.world import InMemoryReport
from tests.unit.use_cases.ledgers import WRITES, HookedLedger

BUYERS, HOURS = 50, 20
NAMES = tuple(f"dimension_{number}" for number in range(100))
RECORDS_PER_HOUR = BUYERS * len(NAMES)
RECORDS = RECORDS_PER_HOUR * HOURS
# What template.yaml gives to a run, and a run's usual pause.
RUN_SECONDS = 240.0
RUN_EVERY = timedelta(minutes=5)
# AWS's quota is ten calls a second; a write is an eighth of that, as many go on at once.
CALL_SECONDS = 0.1
WRITE_SECONDS = CALL_SECONDS / 8
READ_SECONDS = 0.005
RUNS_MAX = 20


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


def house_that_was_down() -> tuple[Meterhouse, HookedLedger, PacedApi]:
    """Return a deployment with many meters and an empty ledger, in which time passes."""
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    ledger.before = lambda method: house.clock.pause(
        WRITE_SECONDS if method in WRITES else READ_SECONDS
    )
    house.report = BriefReport()
    house.product = house.marketplace.create_product(dimensions=NAMES)
    for _ in range(BUYERS):
        house.buyer()
    house.metering = api = PacedApi(house)
    return house, ledger, api


def hours_of(house: Meterhouse) -> list[datetime]:
    """Return the hours of the backlog, the latest first."""
    return [house.hour_at - back * HOUR for back in range(HOURS)]


def keys_of(house: Meterhouse, hour_at: datetime) -> Iterator[RecordKey]:
    """Yield every meter of an hour."""
    for subscription in house.subscriptions.subscriptions:
        for name in NAMES:
            yield RecordKey(subscription, name, hour_at)


def journal_a_day(house: Meterhouse, ledger: HookedLedger) -> None:
    """Put usage of every meter and hour into logs that nobody closed."""
    for hour_at in hours_of(house):
        log = LogKey(hour_at, 0)
        events = [
            UsageEvent("e", key, Decimal("0.5"), hour_at, ()) for key in keys_of(house, hour_at)
        ]
        for segment in encode_events(hour_at, distinct(events)):
            ledger.append(log, StoredSegment(0, segment.name, segment.blob))
        ledger.open_log(log, seal_time_of(hour_at, SETTLE), None)


def freeze_a_day(house: Meterhouse, ledger: HookedLedger, due_at: dict[datetime, datetime]) -> None:
    """Put a frozen record of every meter and hour into the ledger, which waits to be sent."""
    code, known = house.product.product_code, house.subscriptions.subscriptions
    for hour_at in hours_of(house):
        status = RecordStatus(RecordState.SEALED, due_at[hour_at])
        records = [
            MeteringRecord(
                SealedRecord(key, known[key.subscription].identity, code, hour_at, Decimal("0.5")),
                status,
            )
            for key in keys_of(house, hour_at)
        ]
        batches = form_batches(LogKey(hour_at, 0), 0, records)
        ledger.stored_batches.update({batch.key: batch for batch in batches})


def test_a_backlog_of_a_hundred_thousand_records_drains_and_leaves_nothing_behind() -> None:
    house, ledger, api = house_that_was_down()
    journal_a_day(house, ledger)
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
    batches = ledger.stored_batches.values()
    assert {record.state for batch in batches for record in batch.records} == {RecordState.METERED}
    assert house.clock.now() < deadline_of(hours_of(house)[-1])
    bill = house.marketplace.bill()
    assert len(bill) == RECORDS
    assert sum(line.quantity for line in bill) == RECORDS // 2
    # The oldest deadline went first, and calls were full.
    assert api.hours == sorted(api.hours)
    assert api.sizes[RECORDS_PER_BATCH_MAX] == api.sizes.total()


def test_records_that_were_tried_lately_do_not_wait_behind_a_backlog_of_later_deadlines() -> None:
    house, ledger, api = house_that_was_down()
    oldest_at = hours_of(house)[-1]
    due_at = {hour_at: seal_time_of(hour_at, SETTLE) for hour_at in hours_of(house)}
    freeze_a_day(house, ledger, due_at | {oldest_at: house.clock.now()})
    house.clock.move_to(house.clock.now() + RUN_EVERY, seconds_left=RUN_SECONDS)

    house.reconcile()

    assert len(api.hours) > RECORDS_PER_HOUR
    first = api.hours[:RECORDS_PER_HOUR]
    assert set(first) == {int(oldest_at.timestamp()) // 3_600}
