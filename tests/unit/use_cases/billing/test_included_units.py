"""Only what exceeds the units that a contract includes is billed, and none is included twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import filing_time_of
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.meterhouse import HOUR, NOON
from tests.regressions.accidents import WatchedLedger, nothing
from tests.unit.use_cases.billing.hours import drain_while_others_wait, run_at
from tests.unit.use_cases.billing.including import (
    at_hour,
    meterhouse,
    taken,
)
from tests.unit.use_cases.billing.leaving import say_ended

DAY = timedelta(days=1)
ADS, WEB = {"team": "ads"}, {"team": "web"}


def test_what_is_included_is_not_billed_and_what_exceeds_is() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()

    house.drain(house.event(buyer, "e1", quantity=60))
    at_hour(house, 1)
    house.drain(house.event(buyer, "e2", quantity="70.5"))
    at_hour(house, 2)
    house.drain(house.event(buyer, "e3", quantity=5))

    assert house.billed(buyer) == {"13": Decimal("30.5"), "14": Decimal(5)}
    assert [house.record(buyer, hour_at=NOON + n * HOUR).included for n in range(3)] == [60, 40, 0]
    assert house.state(buyer, hour_at=NOON) is RecordState.INCLUDED
    assert taken(house, buyer) == {"2026-11": Decimal(100)}


def test_what_is_included_entirely_is_never_sent_and_waits_for_nobody() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()

    house.drain(house.event(buyer, quantity=60))

    record = house.record(buyer)
    assert record.state is RecordState.INCLUDED
    assert (record.status.sends, int(record.units)) == (0, 0)
    assert record.status.due_at is None
    assert not record.needs_person
    assert not house.marketplace.bill()


def test_where_zeros_are_told_aws_hears_of_an_hour_that_is_included() -> None:
    house = meterhouse("api_calls=100/month")
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()

    house.drain(house.event(buyer, quantity=60))

    assert house.billed(buyer) == {"12": Decimal(0)}
    assert house.state(buyer) is RecordState.METERED
    assert house.record(buyer).included == 60


def test_meters_without_a_rule_are_billed_whole() -> None:
    house = meterhouse("api_calls=100/month,other-product:gigabytes=100/month")
    buyer = house.buyer()

    house.drain(house.event(buyer, dimension="gigabytes", quantity=7))

    assert house.billed(buyer, "gigabytes") == {"12": Decimal(7)}
    assert taken(house, buyer) == {}


def test_a_new_month_includes_its_units_anew() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", quantity=130))

    at_hour(house, 24 * 14)
    house.drain(house.event(buyer, "e2", quantity=130))

    assert taken(house, buyer) == {"2026-11": Decimal(100), "2026-12": Decimal(100)}
    assert [one.quantity for one in house.marketplace.bill()] == [30, 30]


def test_of_what_carries_tags_the_untagged_is_included_first_and_the_rest_in_their_order() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()

    house.drain(
        house.event(buyer, "e1", quantity=90, tags=WEB),
        house.event(buyer, "e2", quantity=30, tags=ADS),
        house.event(buyer, "e3", quantity=60),
    )

    (part,) = house.record(buyer).sealed.allocations
    assert (part.quantity, dict(part.tags)) == (Decimal(80), WEB)
    assert house.billed(buyer) == {"12": Decimal(80)}


def test_late_usage_takes_what_is_left() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", quantity=70))

    house.drain(house.event(buyer, "e2", quantity=50))
    at_hour(house, 2)
    house.reconcile()

    assert taken(house, buyer) == {"2026-11": Decimal(100)}
    assert sum(one.quantity for one in house.marketplace.bill()) == 20


def test_what_was_frozen_takes_nothing_where_it_is_carried_to() -> None:
    house = meterhouse("api_calls=100/month")
    buyer = house.buyer()
    house.clock.move_to(deadline_of(NOON) - timedelta(minutes=1))

    house.drain(house.event(buyer, quantity=130))
    house.reconcile()
    house.clock.move_to(NOON + DAY + 2 * HOUR)
    house.reconcile()

    assert house.state(buyer) is RecordState.CARRIED
    assert taken(house, buyer) == {"2026-11": Decimal(100)}
    assert [one.quantity for one in house.marketplace.bill()] == [30]


def test_a_flush_takes_from_the_allowance_of_whom_it_flushes_alone() -> None:
    house = meterhouse("api_calls=100/month")
    buyer, other = house.buyer(), house.buyer()
    house.clock.move_to(NOON + timedelta(minutes=40))
    drain_while_others_wait(
        house, house.event(buyer, quantity=130), house.event(other, quantity=130)
    )
    say_ended(house, buyer)

    house.clock.move_to(NOON + timedelta(minutes=55))
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(30)}
    assert taken(house, other) == {}


@pytest.mark.parametrize("others", [1, 200])
def test_as_many_meters_as_there_are_take_from_their_own(others: int) -> None:
    house = meterhouse("api_calls=100/month")
    buyers = [house.buyer() for _ in range(others)]

    house.drain(*(house.event(one, quantity=130) for one in buyers))

    assert {one.quantity for one in house.marketplace.bill()} == {Decimal(30)}
    assert len(house.marketplace.bill()) == others
    assert all(taken(house, one) == {"2026-11": Decimal(100)} for one in buyers)


def test_an_hour_with_included_units_balances() -> None:
    house = meterhouse("api_calls=100/month")
    buyer, other = house.buyer(), house.buyer()

    house.drain(house.event(buyer, quantity=130), house.event(other, quantity="0.5"))
    run_at(house, 30)

    assert house.head().is_balanced
    assert house.head().totals == (
        (Standing.METERED.value, Decimal(30)),
        (Standing.INCLUDED.value, Decimal("100.5")),
    )


def test_two_hours_that_are_closed_at_once_take_nothing_twice() -> None:
    """Both have read how much is left before either of them takes it."""
    ledger = WatchedLedger()
    house = meterhouse("api_calls=100/month", ledger)
    buyer = house.buyer()
    house.queue.waiting = 1
    house.drain(house.event(buyer, "e1", quantity=80), sent_at=house.hour_at)
    later = (NOON + timedelta(minutes=90)).isoformat()
    house.queue.waiting = 0
    house.clock.move_to(NOON + 2 * HOUR + timedelta(minutes=20))

    def close_the_other_hour() -> None:
        ledger.before_freeze = nothing
        house.drain(house.event(buyer, "e2", quantity=80, time=later))

    ledger.before_freeze = close_the_other_hour
    house.reconcile()
    run_at(house, 15)

    assert taken(house, buyer) == {"2026-11": Decimal(100)}
    assert sum(one.quantity for one in house.marketplace.bill()) == 60
    assert sorted(int(house.record(buyer, hour_at=NOON + n * HOUR).included) for n in range(2)) == [
        20,
        80,
    ]


def test_the_sheet_of_a_day_tells_what_was_included() -> None:
    house = meterhouse("api_calls=100/month")
    buyer, other = house.buyer(), house.buyer()
    house.drain(house.event(buyer, quantity=130), house.event(other, quantity=40))
    run_at(house, 30)
    house.clock.move_to(filing_time_of(LogKey(NOON, 0)) + HOUR)
    house.reconcile()

    lines = {
        (sheet.subscription, line.standing): line.units
        for one in (buyer, other)
        for sheet in house.ledger.sheets(house.key(one).subscription, NOON - DAY, NOON)
        for line in sheet.lines
    }
    assert lines == {
        (house.key(buyer).subscription, Standing.METERED): Decimal(30),
        (house.key(buyer).subscription, Standing.INCLUDED): Decimal(100),
        (house.key(other).subscription, Standing.INCLUDED): Decimal(40),
    }
