"""Histories in which spikes wait: of everybody it is known what is usual, and a person may decide.

What is drawn for them is of a stream of its own, and all other histories are as they were.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from random import Random

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, DaySheet, SheetLine
from meterhouse.domain.records.spikes import SpikeHold
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from tests.simulation.plan import Plan

DIMENSIONS = ("api_calls", "gigabytes")
_FACTORS = (1, 2, 10)


def with_spikes(seed: int, plan: Plan) -> Plan:
    """Let a history hold what is more than some times a unit an hour."""
    factor = draws_of(seed).choice(_FACTORS)
    return replace(plan, policy=replace(plan.policy, spikes=SpikeHold(Decimal(factor), Decimal(1))))


def days_before(subscription: SubscriptionKey, first_at: datetime) -> list[DaySheet]:
    """Return sheets of three days on which anybody was billed for a unit an hour."""
    days = [first_at + number * DAY for number in range(3)]
    return [
        DaySheet(
            subscription,
            day_at,
            tuple(SheetLine(day_at, one, Standing.METERED, Decimal(1)) for one in DIMENSIONS),
        )
        for day_at in days
    ]


def draws_of(seed: int) -> Random:
    """Return the stream of what is drawn for spikes."""
    return Random(f"spikes {seed}")  # noqa: S311 - a simulation, repeatable from its seed
