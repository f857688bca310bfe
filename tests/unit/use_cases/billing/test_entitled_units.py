"""Included units that rest on what AWS says, and on who is known: who waits, and who takes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.carrying import has_met
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import drain_while_others_wait, run_at
from tests.unit.use_cases.billing.including import (
    at_hour,
    contracts_of,
    entitled,
    grant,
    meterhouse,
    taken,
)
from tests.unit.use_cases.billing.leaving import say_ended

DAY = timedelta(days=1)


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


def hold(house: Meterhouse, buyer: Agreement, held: Entitlements) -> None:
    """Let it be known what AWS said before."""
    key = house.key(buyer).subscription
    known = house.subscriptions.subscriptions
    known[key] = replace(known[key], entitlements=held)


def test_what_is_known_is_not_asked_for() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = entitled(house, 80)
    expires = Entitlement("api_calls", Decimal(50), NOON + HOUR)
    hold(house, buyer, Entitlements(NOON - DAY, (expires,)))

    house.drain(house.event(buyer, quantity=60))

    assert contracts_of(house).asked == []
    assert house.billed(buyer) == {"12": Decimal(10)}


def test_what_expired_since_aws_was_asked_is_asked_for_again() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer = entitled(house, 80)
    expired = Entitlement("api_calls", Decimal(50), NOON)
    hold(house, buyer, Entitlements(NOON - DAY, (expired,)))

    house.drain(house.event(buyer, quantity=90))

    assert house.billed(buyer) == {"12": Decimal(10)}


def test_aws_is_asked_once_for_all_dimensions_of_a_buyer() -> None:
    house = meterhouse("api_calls=entitlement/month,gigabytes=entitlement/month")
    buyer = entitled(house, 50)

    house.drain(
        house.event(buyer, "e1", quantity=60),
        house.event(buyer, "e2", dimension="gigabytes", quantity=7),
    )

    assert contracts_of(house).asked == [house.key(buyer).subscription]
    assert house.billed(buyer, "gigabytes") == {"12": Decimal(7)}


def test_a_flush_asks_for_whom_it_flushes_alone() -> None:
    house = meterhouse("api_calls=entitlement/month")
    buyer, other = entitled(house, 50), entitled(house, 50)
    hold(house, buyer, Entitlements(NOON - DAY, (Entitlement("api_calls", Decimal(50)),)))
    house.clock.move_to(NOON + timedelta(minutes=40))
    drain_while_others_wait(
        house, house.event(buyer, quantity=130), house.event(other, quantity=130)
    )
    say_ended(house, buyer)

    house.clock.move_to(NOON + timedelta(minutes=55))
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(80)}
    assert contracts_of(house).asked == []


def test_what_nobody_pays_for_says_that_it_has_met_no_allowance() -> None:
    house = meterhouse("api_calls=100/month")
    stranger = house.subscribe()
    house.drain(*(house.event(stranger, f"e{n}", quantity="9999999999") for n in range(2)))
    house.clock.move_to(deadline_of(NOON))
    house.reconcile()
    house.register(stranger)

    house.reconcile(house.key(stranger))
    house.reconcile()

    carries = house.ledger.carries(LogKey(NOON, 0)).values()
    assert {one.name.partition("#")[0] for one in carries} == {"record", "rest", "redriven"}
    assert not any(has_met(one.origin) for one in carries)
