"""Late usage of a table restored to an earlier moment: billed once, or withheld and named.

See docs/disaster-recovery.md.
"""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.reasons import Reason
from meterhouse.ports.ledger import StoredSegment
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.unit.use_cases.billing.spiking import meterhouse, used_to
from tests.unit.use_cases.disaster import Disaster
from tests.unit.use_cases.ledgers import HookedLedger, on


@pytest.fixture
def disaster() -> Disaster:
    return Disaster()


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


@pytest.mark.parametrize("method", ["take", "write_manifest"])
def test_what_has_arrived_counts_where_it_is_whenever_that_is_closed(method: str) -> None:
    """The copy is of the moment before its target is closed, or has a manifest."""
    ledger = HookedLedger()
    disaster = Disaster(Meterhouse(ledger))
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    house.drain(disaster.event("late", 5))
    disaster.pass_hours(0)
    ledger.before = on(method, disaster.snapshot)
    disaster.pass_hours(1)
    assert disaster.total_billed() == 105

    disaster.restore()
    disaster.finish()

    assert disaster.standings() == {"metered": 100, "carried": 5}
    assert disaster.standings(house.hour_at + HOUR) == {"metered": 5}
    assert disaster.total_billed() == 105


def test_what_was_on_its_way_counts_in_a_target_that_is_closed_after_the_loss(
    disaster: Disaster,
) -> None:
    """So it did in the lost table: whoever closes an hour later lists what stands in it."""
    house = disaster.house
    house.drain(disaster.event("e1", 100))
    disaster.pass_hours(0.5)
    house.drain(disaster.event("late", 5))
    disaster.pass_hours(0)
    disaster.snapshot()
    ((place, carry),) = disaster.kept.stored_carries.items()
    disaster.kept.stored_carries[place] = replace(carry, has_arrived=False, version=1)
    head = disaster.kept.stored_heads[carry.log]
    later_at = house.clock.now() + 6 * HOUR
    disaster.kept.stored_heads[carry.log] = replace(head, done=head.done - 1, due_at=later_at)
    disaster.pass_hours(1)
    assert disaster.total_billed() == 105

    disaster.restore()
    disaster.finish()
    disaster.pass_hours(6)

    assert disaster.standings() == {"metered": 100, "carried": 5}
    assert disaster.total_billed() == 105


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
