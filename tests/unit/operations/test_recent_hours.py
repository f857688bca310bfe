"""Where the units of the last hours stand, whether they are accounted for or not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from operations import recent_hours
from operations.recent_hours import HOURS_MAX, read_recent_hours
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.lives import live_into_every_state, live_on_a_contract


def shown(house: Meterhouse, hours: int = HOURS_MAX) -> dict[str, dict[str, Decimal]]:
    answer = read_recent_hours(house.ledger, house.clock.now(), hours=hours)
    return {
        f"{one.hour_at:%d %H}": {where.value: units for where, units in one.units.items() if units}
        for one in answer.hours
    }


def test_an_hour_that_is_accounted_for_stands_as_its_head_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = Meterhouse()
    house.drain(house.event(house.buyer(), quantity="2.5"))
    house.clock.move_to(NOON + 3 * HOUR)
    house.reconcile()
    monkeypatch.setattr(house.ledger, "batches", None)

    assert shown(house) == {"18 12": {"metered": Decimal("2.5")}}
    answer = read_recent_hours(house.ledger, house.clock.now())
    assert [one.is_accounted for one in answer.hours] == [True]
    assert [*answer.sentences] == []


def test_an_hour_that_is_not_accounted_for_stands_as_its_records_do() -> None:
    house = Meterhouse()
    house.drain(house.event(house.subscribe(), quantity=7))
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(house.buyer(), quantity=3), house.event(house.buyer(), quantity=4))
    house.reconcile()

    assert shown(house) == {"18 12": {"held": Decimal(14)}}
    answer = read_recent_hours(house.ledger, house.clock.now())
    assert not answer.hours[0].is_accounted
    assert [*answer.sentences] == [
        "Hours that are not accounted for yet may hold more than their records."
    ]


def test_every_place_is_counted_in_its_hour() -> None:
    house = Meterhouse()
    live_into_every_state(house)
    totals = read_recent_hours(house.ledger, house.clock.now()).totals

    assert totals[Standing.REJECTED] == 2
    assert totals[Standing.DISPUTED] == 3
    assert totals[Standing.EXPIRED] == 4
    assert totals[Standing.PENDING] + totals[Standing.HELD] >= Decimal("13.5")


@pytest.mark.parametrize("is_accounted", [True, False])
def test_what_a_contract_includes_is_counted_beside_what_is_billed(*, is_accounted: bool) -> None:
    house = Meterhouse()
    live_on_a_contract(house)
    if is_accounted:
        house.clock.move_to(NOON + 4 * HOUR)
        house.reconcile()
    else:
        # Late usage: their books are to be balanced anew.
        house.drain(house.event(house.buyer(), quantity=1))

    answer = read_recent_hours(house.ledger, house.clock.now())

    assert answer.totals[Standing.INCLUDED] == 100
    assert answer.totals[Standing.METERED] == Decimal("30.5") + (not is_accounted)


def test_hours_further_back_are_not_read() -> None:
    house = Meterhouse()
    house.drain(house.event(house.buyer()))
    house.clock.move_to(NOON + timedelta(hours=5, minutes=30))
    house.reconcile()

    assert shown(house, hours=6) == {"18 12": {"metered": Decimal(1)}}
    assert shown(house, hours=5) == {}


def test_of_more_records_than_are_read_the_earlier_hours_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_hours, "RECORDS_MAX", 1)
    house = Meterhouse()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    for passed in range(2):
        house.hour_at = NOON + passed * HOUR
        house.clock.move_to(house.hour_at + 1.4 * HOUR)
        house.drain(house.event(house.buyer(), quantity=passed + 1))
    answer = read_recent_hours(house.ledger, house.clock.now())

    assert answer.unread == (NOON,)
    assert answer.totals[Standing.HELD] + answer.totals[Standing.PENDING] == 2
    assert "2026-11-18T12" in next(answer.sentences)
