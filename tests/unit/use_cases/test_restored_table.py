"""A table restored to an earlier moment: nothing is billed twice, and what may be lost is named.

See docs/disaster-recovery.md.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.errors import FencedError
from meterhouse.ports.ledger import StoredSegment
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.use_cases.billing.spiking import meterhouse, used_to
from tests.unit.use_cases.disaster import MINUTE, Disaster


@pytest.fixture
def disaster() -> Disaster:
    return Disaster()


def test_what_the_lost_table_billed_is_not_billed_again(disaster: Disaster) -> None:
    disaster.house.drain(disaster.event("e1", 100))
    disaster.snapshot()
    disaster.house.drain(disaster.event("e2", 7))
    disaster.pass_hours(0.5)
    assert disaster.total_billed() == 107

    disaster.restore()
    disaster.finish()

    assert disaster.total_billed() == 107
    record = disaster.house.record(disaster.buyer)
    assert (record.state, record.units) == (RecordState.METERED, Decimal(100))
    # AWS holds another quantity than this table knows of, so the record says where it is from.
    assert record.status.reason == "duplicate_of_lost_send"
    assert disaster.house.report.metrics["DuplicatesOfOwnSend"] == 1


def test_at_a_months_end_nothing_goes_to_the_next_month_a_second_time(disaster: Disaster) -> None:
    """200 units were billed for 100: METERED at 00:20, restored to 00:10, carried at 06:30."""
    house = disaster.house
    house.hour_at = datetime(2026, 11, 30, 23, tzinfo=UTC)
    house.clock.move_to(house.hour_at + 50 * MINUTE)
    house.drain(disaster.event("e1", 100))
    disaster.snapshot()
    disaster.pass_hours(0.5)
    house.clock.move_to(datetime(2026, 12, 1, 6, 0, tzinfo=UTC))

    disaster.restore()
    disaster.finish()
    for _ in range(3):
        disaster.pass_hours(1)

    assert disaster.total_billed() == 100
    assert disaster.standings() == {"expired": 100}
    assert house.record(disaster.buyer).status.reason == "table_restored"


def test_usage_that_is_sent_again_is_billed_once_with_what_was_kept(disaster: Disaster) -> None:
    disaster.house.drain(disaster.event("e1", 100))
    disaster.snapshot()
    disaster.house.drain(disaster.event("e2", 7))

    disaster.restore()
    disaster.house.drain(disaster.event("e1", 100), disaster.event("e2", 7))
    disaster.finish()

    assert disaster.house.billed(disaster.buyer) == {"12": Decimal(107)}
    check_books(disaster.house)


def test_usage_that_was_sent_again_and_billed_before_is_not_billed_again(
    disaster: Disaster,
) -> None:
    disaster.house.drain(disaster.event("e1", 100))
    disaster.snapshot()
    disaster.house.drain(disaster.event("e2", 7))
    disaster.pass_hours(0.5)

    disaster.restore()
    disaster.house.drain(disaster.event("e2", 7))
    disaster.finish()
    disaster.pass_hours(2)

    assert disaster.total_billed() == 107
    assert disaster.standings() == {"metered": 107}


def test_late_usage_that_the_lost_table_carried_stays_where_it_is(disaster: Disaster) -> None:
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    disaster.snapshot()
    late = disaster.event("late", 5)
    house.drain(late)
    for _ in range(3):
        disaster.pass_hours(1)
    assert disaster.total_billed() == 105

    disaster.restore()
    house.drain(late)
    disaster.finish()
    for _ in range(5):
        disaster.pass_hours(1)

    assert disaster.total_billed() == 105
    assert disaster.standings() == {"metered": 100, "expired": 5}
    assert house.report.metrics["UnitsWithheld"] == 5
    assert disaster.failures("usage_withheld") == 1
    assert house.report.metrics["AccountingDifferences"] == 0
    assert house.head().is_balanced


def test_late_usage_of_a_record_that_aws_had_not_accepted_is_billed_once() -> None:
    """It was billed where the lost table had carried it, and once more with its hour's record."""
    disaster = Disaster(meterhouse())
    house = disaster.house
    used_to(house, disaster.buyer, {2: 9, 3: 9, 4: 9})
    disaster.snapshot()
    sent = [disaster.event("e1", 100), disaster.event("late", 5)]
    for event in sent:
        house.drain(event)
        disaster.pass_hours(1)
    disaster.pass_hours(1)
    assert house.record(disaster.buyer).status.reason == Reason.SPIKE_HELD

    disaster.restore()
    house.drain(*sent)
    disaster.finish()
    for _ in range(24):
        disaster.pass_hours(1)

    assert disaster.total_billed() == 105


class _HalfClosedLedger(InMemoryLedger):
    """Once, a target is listed just before usage comes; it is copied before its manifest stands."""

    def __init__(self) -> None:
        super().__init__()
        self.target: LogKey | None = None
        self.copy: _HalfClosedLedger

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        if log != self.target:
            super().append(log, segment)
            return
        self.target = None
        head = self.stored_heads[log]
        self.stored_heads[log] = replace(head, open=head.open + 1)
        listed = {one.name for one in self.segments(log, head.open)}
        super().append(log, segment)
        self.copy = deepcopy(self)
        self.write_manifest(log, head.open, listed)


def test_what_a_lost_table_may_have_sent_elsewhere_is_not_listed_anew() -> None:
    ledger = _HalfClosedLedger()
    disaster = Disaster(Meterhouse(ledger))
    house = disaster.house
    other = house.buyer()
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    late, now = disaster.event("late", 5), house.clock.now()
    house.drain(house.event(other, "t", quantity=1, time=now.isoformat()))
    ledger.target = LogKey(house.hour_at + HOUR, 0)
    house.drain(late)
    for _ in range(5):
        disaster.pass_hours(1)
    assert disaster.total_billed() == 106

    disaster.kept = ledger.copy
    disaster.restore()
    house.drain(late)
    disaster.finish()
    for _ in range(5):
        disaster.pass_hours(1)

    assert disaster.total_billed() == 106
    assert disaster.standings() == {"metered": 100, "expired": 5}
    assert house.report.metrics["UnitsWithheld"] == 5


def test_a_sheet_says_what_is_withheld(disaster: Disaster) -> None:
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    disaster.snapshot()
    disaster.restore()
    house.drain(disaster.event("late", 5))
    disaster.finish()
    while house.head().due_at is not None:
        disaster.pass_hours(6)

    used = ReadUsage(house.ledger, 1)(house.key(disaster.buyer).subscription, *[house.hour_at] * 2)

    assert [(line.standing, line.units) for line in used.lines] == [
        (Standing.EXPIRED, Decimal(5)),
        (Standing.METERED, Decimal(100)),
    ]


def test_a_carry_that_was_on_its_way_goes_on_if_its_segment_is_there(disaster: Disaster) -> None:
    """The target counts what stands in its journal, and so did the lost table's."""
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    house.drain(disaster.event("late", 5))
    disaster.pass_hours(0)
    ledger = house.ledger
    assert isinstance(ledger, InMemoryLedger)
    [(place, carry)] = ledger.stored_carries.items()
    disaster.snapshot()
    disaster.kept.stored_carries[place] = replace(carry, has_arrived=False, version=1)
    log = disaster.kept.stored_heads[carry.log]
    disaster.kept.stored_heads[carry.log] = replace(log, done=log.done - 1)

    disaster.restore()
    disaster.finish()
    disaster.pass_hours(2)

    assert disaster.total_billed() == 105
    assert disaster.standings() == {"metered": 100, "carried": 5}


@pytest.mark.parametrize(("hours", "state"), [(0, RecordState.METERED), (30, RecordState.EXPIRED)])
def test_a_record_that_was_to_be_sent_again_may_have_been(
    disaster: Disaster, hours: float, state: RecordState
) -> None:
    """Within the deadline AWS knows; after it nothing is carried."""
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    record = house.record(disaster.buyer)
    ledger = house.ledger
    assert isinstance(ledger, InMemoryLedger)
    [batch] = ledger.stored_batches.values()
    disaster.snapshot()
    waiting = replace(
        record.status,
        state=RecordState.SEALED,
        due_at=house.clock.now(),
        reason=Reason.UNPROCESSED,
        metering_record_id=None,
    )
    disaster.kept.stored_batches[batch.key] = replace(
        batch, records=(replace(record, status=waiting),)
    )

    house.clock.move_to(house.clock.now() + hours * HOUR)
    disaster.restore()
    disaster.finish()
    disaster.pass_hours(2)

    assert disaster.total_billed() == 100
    assert house.state(disaster.buyer) is state


def test_a_rejected_record_that_is_past_its_deadline_cannot_be_redriven(
    disaster: Disaster,
) -> None:
    house = disaster.house
    stranger = house.subscribe()
    house.drain(house.event(stranger, "e1", quantity=3))
    disaster.pass_hours(25)
    assert house.state(stranger) is RecordState.REJECTED
    disaster.snapshot()
    house.register(stranger)
    disaster.restore()
    disaster.finish()

    house.reconcile(house.key(stranger))

    assert house.state(stranger) is RecordState.REJECTED
    (said,) = [fields for name, fields in house.report.events if name == "redrive_refused"]
    assert "billed before the table was restored" in str(said["cause"])


def test_a_fenced_table_takes_usage_and_bills_nothing(disaster: Disaster) -> None:
    house = disaster.house
    disaster.snapshot()
    disaster.restore()

    assert house.drain(disaster.event("e1", 100)) == []
    disaster.pass_hours(1)

    assert disaster.total_billed() == 0
    assert house.report.metrics["RecordsPending"] == 1
    assert disaster.failures("runs_fenced") == house.report.metrics["RunsFenced"] == 3

    disaster.finish()

    assert house.billed(disaster.buyer) == {"12": Decimal(100)}


def test_a_command_to_a_fenced_table_is_refused_aloud(disaster: Disaster) -> None:
    disaster.snapshot()
    disaster.restore()

    with pytest.raises(FencedError, match="disaster-recovery"):
        disaster.house.reconcile(disaster.house.key(disaster.buyer))


def test_hours_that_begin_later_are_billed_as_ever(disaster: Disaster) -> None:
    house = disaster.house
    disaster.snapshot()
    disaster.restore()
    disaster.finish()
    later_at = house.hour_at + 2 * HOUR
    time = (later_at + 30 * MINUTE).isoformat()
    house.clock.move_to(later_at + 40 * MINUTE)
    house.drain(disaster.event("e1", 2, time=time))
    disaster.pass_hours(1)
    house.drain(disaster.event("late", 3, time=time))
    disaster.pass_hours(2)

    assert disaster.total_billed() == 5
    assert house.record(disaster.buyer, hour_at=later_at).status.reason is None
    assert house.ledger.carries(LogKey(later_at, 0))
