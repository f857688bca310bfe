"""AWS does not say what contracts hold: it keeps nobody's usage but what rests on it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    StorageUnavailableError,
)
from tests.fakes.meterhouse import HOUR, NOON
from tests.unit.use_cases.billing.including import at_hour, contracts_of, grant, meterhouse, taken


@pytest.mark.parametrize(
    ("cause", "seconds", "buyers"),
    [(MarketplaceOutageError, 20, 50), (MarketplaceRefusedError, 1, 700)],
)
def test_however_many_wait_for_aws_others_are_billed(
    cause: type[MarketplaceError], seconds: float, buyers: int
) -> None:
    house = meterhouse("api_calls=entitlement/month")
    waiting = [house.buyer() for _ in range(buyers)]
    other = house.buyer()

    def hang(_subscription: Subscription) -> Entitlements:
        house.clock.pause(seconds)
        raise cause("no answer")

    house.ask_entitlements = hang
    house.drain(*(house.event(one) for one in waiting), house.event(other, dimension="gigabytes"))
    for hour in range(1, 4):
        at_hour(house, hour)
        house.reconcile()

    assert house.billed(other, "gigabytes") == {"12": Decimal(1)}


def test_an_answer_that_cannot_be_kept_stops_nobody_elses_usage() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer, other = house.buyer(), house.buyer()

    def cannot_keep(_subscription: Subscription) -> Entitlements:
        raise StorageUnavailableError("PutItem: AccessDeniedException")

    house.ask_entitlements = cannot_keep
    house.drain(house.event(buyer), house.event(other, dimension="gigabytes"))
    assert house.billed(other, "gigabytes") == {"12": Decimal(1)}
    assert house.is_open(buyer)

    house.clock.move_to(deadline_of(NOON) - HOUR)
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(1)}


def test_usage_in_arrears_waits_for_aws_where_it_is_carried_to() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    house.clock.move_to(deadline_of(NOON) + HOUR)

    house.drain(house.event(buyer, quantity=60))
    house.reconcile()
    grant(house, buyer, 50)
    house.clock.move_to(deadline_of(NOON) + 3 * HOUR)
    house.reconcile()

    assert taken(house, buyer) == {"2026-11": Decimal(50)}
    assert [one.quantity for one in house.marketplace.bill()] == [10]
    assert not house.report.metrics["RecordsBilledInFull"]


def test_what_nobody_is_billed_for_is_not_said_to_be_billed_in_full() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    key = house.key(buyer).subscription
    known = house.subscriptions.subscriptions
    known[key] = replace(known[key], starts_at=NOON + HOUR)

    house.drain(house.event(buyer, quantity=60))

    assert house.state(buyer) is RecordState.REJECTED
    assert not house.report.metrics["RecordsBilledInFull"]


def test_what_ends_soon_is_billed_before_aws_takes_no_more_of_it() -> None:
    """Maybe nobody tells its end: the hour in which AWS still takes records would pass."""
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    key = house.key(buyer).subscription
    known = house.subscriptions.subscriptions
    known[key] = replace(known[key], ends_at=NOON + 5 * HOUR)
    house.drain(house.event(buyer, quantity=60))
    assert house.is_open(buyer)

    for hour in range(1, 5):
        house.clock.move_to(NOON + hour * HOUR + timedelta(minutes=50))
        house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(60)}


def test_a_zero_waits_for_nothing_that_aws_may_say() -> None:
    house = meterhouse("api_calls=entitlement/month")
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()
    grant(house, buyer, 50)
    house.drain(house.event(buyer, quantity=60))
    contracts_of(house).held.clear()

    at_hour(house, 1)
    house.reconcile()
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(10), "13": Decimal(0)}


def test_what_has_met_its_allowance_waits_for_no_word_where_it_is_carried_to() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = house.buyer()
    grant(house, buyer, 50)
    house.marketplace.inject_fault("unprocessed", count=1_000_000)
    house.drain(house.event(buyer, quantity=60))
    house.clock.move_to(deadline_of(NOON))
    house.reconcile()
    house.marketplace.clear_faults()
    assert house.state(buyer) is RecordState.CARRIED
    contracts_of(house).held.clear()

    for hours in range(1, 4):
        house.clock.move_to(deadline_of(NOON) + hours * HOUR)
        house.reconcile()

    assert [one.quantity for one in house.marketplace.bill()] == [10]
    assert not house.report.metrics["RecordsBilledInFull"]
