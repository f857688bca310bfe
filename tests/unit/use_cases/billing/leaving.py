"""Buyers who leave, told up to the end of their agreement."""

from datetime import datetime, timedelta
from typing import Any

from marketplace_sandbox.testing import Agreement

from meterhouse.use_cases.reconcile_usage import ReconcileSummary
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

MINUTE = timedelta(minutes=1)
ENDED_AT = NOON + 2 * MINUTE
BEFORE = NOON - HOUR


def say_ended(house: Meterhouse, agreement: Agreement, *, closes_after: timedelta = HOUR) -> None:
    """Let AWS say now that an agreement ended."""
    house.subscriptions.end(house.key(agreement).subscription, house.clock.now(), closes_after)


def run_at(house: Meterhouse, moment: datetime, **commands: Any) -> ReconcileSummary:
    """Do one run at a moment."""
    house.clock.move_to(moment)
    return house.reconcile(**commands)


def run_until(house: Meterhouse, moment: datetime) -> None:
    """Let the schedule start a run every five minutes."""
    while house.clock.now() + 5 * MINUTE <= moment:
        run_at(house, house.clock.now() + 5 * MINUTE)


def used_at(house: Meterhouse, agreement: Agreement, moment: datetime, **more: object) -> None:
    """Drain an event that was used and sent at a moment."""
    event = house.event(agreement, f"{moment}", **{"time": moment.isoformat(), **more})
    house.drain(event, sent_at=moment)


def leave(
    house: Meterhouse, ended_at: datetime = ENDED_AT, *, closes_after: timedelta = HOUR
) -> Agreement:
    """Sell to a buyer, who uses 7 in the hour before noon and 3 in this one, and leaves."""
    buyer = house.buyer()
    used_at(house, buyer, BEFORE + 50 * MINUTE, quantity=7)
    used_at(house, buyer, NOON + MINUTE, quantity=3)
    house.clock.move_to(ended_at)
    house.marketplace.end_agreement(buyer.agreement_id)
    say_ended(house, buyer, closes_after=closes_after)
    return buyer


def just_past_noon(house: Meterhouse) -> Meterhouse:
    """Go to a minute past noon, when the hour before has not settled."""
    house.clock.move_to(NOON + MINUTE)
    return house
