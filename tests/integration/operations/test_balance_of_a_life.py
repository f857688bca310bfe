"""`balance` of tables that the application wrote: whatever happened, nothing is at fault."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.fakes.meterhouse import Meterhouse
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.unit.operations.lives import (
    live_through_flushes,
    live_through_lateness,
    live_through_outages,
    live_through_refusals,
)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (live_through_lateness, {"metered", "carried"}),
        (live_through_refusals, {"metered", "carried", "rejected", "disputed"}),
        (live_through_outages, {"expired", "carried", "held"}),
        (live_through_flushes, {"metered", "carried"}),
    ],
    ids=["lateness", "refusals", "outages", "flushes"],
)
def test_whatever_happens_every_unit_has_its_place(
    books: Books, command: Command, live: Callable[[Meterhouse], None], expected: set[str]
) -> None:
    live(books.house())

    outcome = command.check()

    assert outcome.faults() == set()
    assert outcome.exit_code == 0
    standings = outcome.document()["totals"]["standings"]
    assert {place for place, units in standings.items() if units != "0"} >= expected


def test_units_metered_are_the_units_that_aws_bills(books: Books, command: Command) -> None:
    house = books.house()
    live_through_lateness(house)

    totals = command.check().document()["totals"]

    billed = sum((record.quantity for record in house.marketplace.bill()), Decimal(0))
    assert Decimal(totals["standings"]["metered"]) == billed > 0
