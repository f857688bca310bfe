"""Buyers whose late usage waits for the record that it came too late for."""

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.meterhouse import Meterhouse
from tests.unit.use_cases.billing.hours import run_at


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
