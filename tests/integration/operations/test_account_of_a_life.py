"""`account` of tables that the application wrote: whatever happened, nothing is at fault."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.lifecycle import RecordState
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command


@pytest.fixture
def house(books: Books) -> Meterhouse:
    """Return the whole application over a real UsageTable."""
    return Meterhouse(books.ledger)


def live_through_lateness(house: Meterhouse) -> None:
    """Repeats, late usage, a sum beyond ten digits, and hours without usage."""
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()
    most = 9_999_999_999
    house.drain(house.event(buyer, "a", quantity=most), house.event(buyer, "b", quantity=10))
    house.drain(house.event(buyer, "a", quantity=most))
    house.drain(house.event(buyer, "late", quantity="0.000001"))
    house.drain(house.event(buyer, "none", quantity=0, dimension="gigabytes"))
    for hours in (2.3, 3.3, 30):
        house.clock.move_to(NOON + timedelta(hours=hours))
        house.reconcile()


def live_through_refusals(house: Meterhouse) -> None:
    """A license that nobody knows, a bad dimension, another meter, an end, and a redrive."""
    stranger, ended, double = house.subscribe(), house.buyer(), house.buyer()
    house.marketplace.end_agreement(ended.agreement_id, ends_at=NOON - 3 * HOUR)
    house.marketplace.batch_meter_usage(
        UsageRecords=[
            {
                "Timestamp": NOON,
                "Dimension": "api_calls",
                "Quantity": 99,
                "CustomerAWSAccountId": double.customer_aws_account_id,
                "LicenseArn": double.license_arn,
            }
        ]
    )
    house.drain(
        house.event(stranger, quantity="1.5"),
        house.event(ended, quantity=2),
        house.event(double, quantity=3),
        house.event(double, quantity=4, dimension="no_such_dimension"),
    )
    house.clock.move_to(NOON + 24 * HOUR)
    house.reconcile()
    house.register(stranger)
    house.reconcile(house.key(stranger))
    house.clock.move_to(NOON + 26 * HOUR)
    house.reconcile()


def live_through_outages(house: Meterhouse) -> None:
    """No answer until the deadline, and a queue that held an hour open beyond its own."""
    silent, waiting = house.buyer(), house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(silent, quantity=4))
    house.queue.waiting = 1
    house.drain(house.event(waiting, quantity=5), sent_at=NOON)
    house.queue.waiting = 0
    for hours in (24, 30, 32):
        house.clock.move_to(NOON + hours * HOUR)
        house.reconcile()


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (live_through_lateness, {"metered", "carried"}),
        (live_through_refusals, {"metered", "carried", "rejected", "disputed"}),
        (live_through_outages, {"expired", "carried", "held"}),
    ],
    ids=["lateness", "refusals", "outages"],
)
def test_whatever_happens_every_unit_has_its_place(
    house: Meterhouse, command: Command, live: Callable[[Meterhouse], None], expected: set[str]
) -> None:
    live(house)

    outcome = command.check()

    assert outcome.faults() == set()
    assert outcome.exit_code == 0
    standings = outcome.document()["totals"]["standings"]
    assert {place for place, units in standings.items() if units != "0"} >= expected


def test_units_metered_are_the_units_that_aws_bills(house: Meterhouse, command: Command) -> None:
    live_through_lateness(house)

    totals = command.check().document()["totals"]

    billed = sum((record.quantity for record in house.marketplace.bill()), Decimal(0))
    assert Decimal(totals["standings"]["metered"]) == billed


def test_in_the_middle_of_a_run_nothing_is_at_fault_either(
    house: Meterhouse, command: Command
) -> None:
    buyer = house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(buyer, quantity=4))
    assert house.state(buyer) is RecordState.SUBMITTING

    outcome = command.check()

    assert (outcome.exit_code, outcome.faults()) == (0, set())
