"""A table restored to an earlier moment: nothing is billed twice, and what may be lost is named.

See docs/disaster-recovery.md.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.errors import FencedError
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR
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
