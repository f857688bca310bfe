"""An item of the table that cannot be read harms no other, is visible, and counts as at risk."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import JournalCorruptError
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import LOG, MINUTE, events_named, run_at

OTHER_LOG = LogKey(NOON - HOUR, 0)


class DamagedLedger(InMemoryLedger):
    """Cannot read the head, or the batches, of some logs."""

    def __init__(self) -> None:
        super().__init__()
        self.bad_heads: set[LogKey] = set()
        self.bad_batches: set[LogKey] = set()

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        _refuse(self.bad_heads.intersection(logs))
        return super().heads(logs)

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        for head in super().heads_between(first_at, last_at):
            _refuse(self.bad_heads & {head.log})
            yield head

    def batches(self, log: LogKey) -> list[Batch]:
        _refuse(self.bad_batches & {log})
        return super().batches(log)

    def read_batch(self, key: BatchKey) -> Batch | None:
        _refuse(self.bad_batches & {key.log})
        return super().read_batch(key)


def _refuse(bad: set[LogKey]) -> None:
    if bad:
        raise JournalCorruptError(f"{min(bad)} cannot be read")


def house_with_two_hours() -> tuple[Meterhouse, DamagedLedger]:
    """Return a deployment with an event in each of two hours, to be closed by the next run."""
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.queue.waiting = 1
    house.drain(
        house.event(buyer),
        house.event(buyer, time=OTHER_LOG.hour_at.isoformat(), quantity=5),
        sent_at=house.hour_at,
    )
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=5))
    return house, ledger


def test_a_head_that_cannot_be_read_keeps_no_other_hour_waiting_and_is_at_risk() -> None:
    house, ledger = house_with_two_hours()
    ledger.bad_heads.add(LOG)

    summary = house.reconcile()

    assert [line.quantity for line in house.marketplace.bill()] == [Decimal(5)]
    assert summary.left == 1
    assert summary.pending == 1
    assert {one["work"] for one in events_named(house, "work_left")} == {str(LOG)}
    assert house.report.metrics["SubmissionsFailed"] >= 1

    house.clock.move_to(NOON + 20 * HOUR)
    house.report.metrics.clear()
    house.reconcile()
    assert house.report.metrics["RecordsAtRisk"] == 1
    assert house.report.metrics["ItemsUnreadable"] >= 1
    assert {one["item"] for one in events_named(house, "item_unreadable")} == {str(LOG)}


def test_a_batch_that_cannot_be_read_counts_as_at_risk_and_hides_no_other() -> None:
    house, ledger = house_with_two_hours()
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.reconcile()
    ledger.bad_batches.add(LOG)
    house.clock.move_to(NOON + 20 * HOUR)

    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 2
    assert house.report.metrics["UnitsAtRisk"] == 5
    assert [one["item"] for one in events_named(house, "item_unreadable")]
    assert house.report.metrics["ItemsUnreadable"] >= 1


def test_an_hour_that_is_too_large_to_account_for_is_named_and_looked_at_later() -> None:
    house, _ = house_with_two_hours()
    house.reconcile()
    house.fold_events_max = 0
    house.clock.move_to(house.clock.now() + HOUR)

    house.reconcile()

    assert house.report.metrics["FoldsRefused"] == 2
    assert house.head().reason == "fold_too_large"
    due_at = house.head().due_at
    assert due_at is not None
    assert due_at > house.clock.now()

    house.fold_events_max = 9
    house.clock.move_to(house.clock.now() + 2 * HOUR)
    house.reconcile()
    assert house.head().is_balanced


def test_a_drain_keeps_only_the_messages_of_an_hour_that_cannot_be_read() -> None:
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "first"))
    ledger.bad_heads.add(LOG)
    events = [house.event(buyer, "a"), house.event(buyer, "b", time=OTHER_LOG.hour_at.isoformat())]

    kept = house.drain_messages(
        [
            QueueMessage(f"m{place}", json.dumps(event), house.clock.now())
            for place, event in enumerate(events)
        ]
    )

    assert kept == ["m0"]


def test_neither_a_head_nor_a_batch_of_an_hour_before_stops_the_heartbeat() -> None:
    house, ledger = house_with_two_hours()
    house.policy = replace(house.policy, heartbeat=True)
    ledger.bad_heads.add(LogKey(NOON - 2 * HOUR, 0))
    ledger.bad_batches.add(LogKey(NOON - 2 * HOUR, 0))

    house.reconcile()

    assert {line.quantity for line in house.marketplace.bill() if line.quantity} == {1, 5}


def test_usage_of_the_first_year_is_billed_under_a_heartbeat_too() -> None:
    house = Meterhouse()
    first_at = datetime(1, 1, 1, tzinfo=UTC)
    # No setting takes such usage any more; what stands in the journal is billed in any case.
    house.policy = replace(house.policy, heartbeat=True, late_max=house.clock.now() - first_at)
    buyer = house.buyer()
    house.drain(house.event(buyer, time="0001-01-01T00:30:00Z"))

    for _ in range(8):
        run_at(house, 30)

    assert sum(house.billed(buyer).values()) == 1
    assert house.report.metrics["SubmissionsFailed"] == 0


def test_a_flush_bills_what_it_can_and_is_not_done_beside_an_hour_that_cannot_be_read() -> None:
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    ledger.bad_heads.add(LOG)
    house.clock.move_to(NOON + 2 * HOUR + 10 * MINUTE)
    house.drain(house.event(buyer, "b", time=(NOON + 2 * HOUR).isoformat()))

    summary = house.reconcile(flushes=[Flush(house.key(buyer).subscription, house.clock.now())])

    assert house.billed(buyer)["14"] == 1
    assert summary.flush_left >= 1


def test_a_record_that_cannot_be_carried_now_keeps_no_other_of_its_batch_waiting() -> None:
    ledger = DamagedLedger()
    house = Meterhouse(ledger)
    buyers = house.buyer(), house.buyer()
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.drain(*map(house.event, buyers))
    house.marketplace.clear_faults()
    [batch] = ledger.batches(LOG)
    first, second = batch.records
    carried = replace(first.status, state=RecordState.CARRIED, due_at=house.clock.now())
    assert ledger.store(batch.with_statuses({0: carried}))
    house.clock.move_to(NOON + 2 * HOUR)
    ledger.bad_heads.add(LogKey(NOON + 2 * HOUR, 0))

    for _ in range(4):
        run_at(house, 5)

    states = {record.key: record.state for record in house.records()}
    assert states == {first.key: RecordState.CARRIED, second.key: RecordState.METERED}
    assert {one["record"] for one in events_named(house, "carry_left")} == {str(first.key)}
