"""A deployment that holds spikes, and buyers of whom it knows what is usual."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, DaySheet, SheetLine, day_of
from meterhouse.domain.records.spikes import SpikeHold
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, Meterhouse


def meterhouse(factor: int = 10, ledger: InMemoryLedger | None = None) -> Meterhouse:
    """Return a deployment that holds what is more than ten times its norm, from 50 units on."""
    house = Meterhouse(ledger)
    spikes = SpikeHold(Decimal(factor), Decimal(50))
    house.policy = replace(house.policy, spikes=spikes)
    return house


def used_to(
    house: Meterhouse,
    agreement: Agreement,
    units: Mapping[int, int],
    *,
    standing: Standing = Standing.METERED,
) -> None:
    """Write what a buyer used in one hour of so many days ago, as its days were filed."""
    subscription = house.key(agreement).subscription
    for days_ago, quantity in units.items():
        day_at = day_of(house.hour_at) - days_ago * DAY
        line = SheetLine(day_at + 9 * HOUR, "api_calls", standing, Decimal(quantity))
        house.ledger.write_sheet(DaySheet(subscription, day_at, (line,)))


def steady_buyer(house: Meterhouse) -> Agreement:
    """Return a buyer who uses up to ten units an hour."""
    buyer = house.buyer()
    used_to(house, buyer, {2: 10, 3: 8, 4: 9})
    return buyer
