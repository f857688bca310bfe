"""Buyers whose late usage waits for the record that it came too late for."""

from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import balances_of
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import run_at

DEADLINE_AT = NOON + 24 * HOUR


def unanswered(house: Meterhouse) -> Agreement:
    """Return a buyer whose record of noon AWS does not process, with 5 units that came late."""
    buyer = house.buyer()
    arn = buyer.license_arn
    house.marketplace.inject_fault("unprocessed", license_arn=arn, count=1_000_000)
    house.drain(house.event(buyer, quantity=100))
    house.drain(house.event(buyer, "late", quantity=5))
    run_at(house, 10)
    return buyer


def refused(house: Meterhouse) -> Agreement:
    """Return a buyer whose record of noon AWS refuses for good, with 5 units that came late."""
    buyer = house.buyer()
    house.drain(house.event(buyer, dimension="unheard_of", quantity=100))
    house.drain(house.event(buyer, "late", dimension="unheard_of", quantity=5))
    run_at(house, 10)
    assert house.state(buyer, "unheard_of") is RecordState.REJECTED
    return buyer


def units_of(house: Meterhouse, standing: Standing) -> Decimal:
    """Return all units of a deployment that stand in one place."""
    return sum((one.standings[standing] for one in balances_of(house)), Decimal(0))
