"""Only what exceeds the units that a contract includes is billed, and none is included twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import drain_while_others_wait, run_at
from tests.unit.use_cases.billing.including import (
    contracts_of,
    entitled,
    grant,
    meterhouse,
    taken,
)
from tests.unit.use_cases.billing.leaving import say_ended

DAY = timedelta(days=1)
ADS, WEB = {"team": "ads"}, {"team": "web"}


def at_hour(house: Meterhouse, hours: int) -> None:
    """Go to where the hour so many hours after noon has settled."""
    house.hour_at = NOON + hours * HOUR
    house.clock.move_to(house.hour_at + HOUR + timedelta(minutes=20))


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


def test_what_aws_says_that_a_buyer_holds_is_included() -> None:
    house = meterhouse("api_calls=entitlement/agreement")
    buyer, other = entitled(house, 50), entitled(house, 0)

    house.drain(house.event(buyer, quantity=60), house.event(other, quantity=60))

    assert house.billed(buyer) == {"12": Decimal(10)}
    assert house.billed(other) == {"12": Decimal(60)}


def test_an_amendment_that_grants_more_applies_to_what_is_not_frozen_yet() -> None:
    house = meterhouse("api_calls=entitlement/agreement")
    buyer = entitled(house, 50)
    house.drain(house.event(buyer, "e1", quantity=60))
    grant(house, buyer, 80)

    at_hour(house, 1)
    house.drain(house.event(buyer, "e2", quantity=60))

    assert house.billed(buyer) == {"12": Decimal(10), "13": Decimal(30)}
    assert taken(house, buyer) == {"agreement": Decimal(80)}


def test_one_that_grants_less_than_was_taken_gives_nothing_back() -> None:
    house = meterhouse("api_calls=entitlement/agreement")
    buyer = entitled(house, 50)
    house.drain(house.event(buyer, "e1", quantity=40))
    grant(house, buyer, 30)

    at_hour(house, 1)
    house.drain(house.event(buyer, "e2", quantity=5))

    assert house.billed(buyer) == {"13": Decimal(5)}


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


def test_usage_of_nobody_takes_nothing_until_somebody_pays_for_it() -> None:
    house = meterhouse("api_calls=100/month")
    stranger = house.subscribe()
    house.drain(house.event(stranger, quantity=60))
    house.clock.move_to(deadline_of(NOON))
    house.reconcile()
    assert house.record(stranger).sealed.included is None
    assert house.record(stranger).status.reason == Reason.SUBSCRIPTION_UNKNOWN
    assert taken(house, stranger) == {}

    house.register(stranger)
    house.reconcile(house.key(stranger))
    house.clock.move_to(NOON + DAY + 2 * HOUR)
    house.reconcile()

    assert taken(house, stranger) == {"2026-11": Decimal(60)}
    assert not house.marketplace.bill()


def test_what_aws_does_not_tell_is_waited_for() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()

    house.drain(house.event(buyer, quantity=60), house.event(buyer, "g", dimension="gigabytes"))

    assert house.is_open(buyer)
    assert house.head().reason is Reason.ENTITLEMENTS_UNKNOWN
    assert dict(house.head().totals)[Standing.HELD] == 60
    assert house.billed(buyer, "gigabytes") == {"12": Decimal(1)}
    assert house.report.metrics["EntitlementsNotRead"] == 1

    grant(house, buyer, 50)
    run_at(house, 60)

    assert house.billed(buyer) == {"12": Decimal(10)}


def test_near_the_deadline_it_is_billed_in_full_and_somebody_hears_of_it() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=60))

    house.clock.move_to(deadline_of(NOON) - 2 * HOUR - timedelta(minutes=1))
    house.reconcile()
    assert house.is_open(buyer)
    house.clock.move_to(deadline_of(NOON) - HOUR)
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(60)}
    assert house.report.metrics["RecordsBilledInFull"] == 1
    assert "included_units_unknown" in house.report.failures


def test_who_leaves_is_billed_in_time_whatever_aws_tells() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=60))
    say_ended(house, buyer)

    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(60)}


def test_who_left_is_not_asked_for_since_aws_says_nothing_of_him_any_more() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = entitled(house, 50)
    say_ended(house, buyer)

    house.drain(house.event(buyer, quantity=60))
    house.reconcile()

    assert contracts_of(house).asked == []


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
