"""What buyers live through in the second act, what they use meanwhile, and what must come of it.

Pure. AWS bills by license, so what is used before and after a renewal are two lives.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from local.seller.comparison import Comparison, format_units
from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.state import Phase, State

DIMENSION = "gb_hours"
_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Life:
    """One license: what was used under it, what AWS would bill, and what is known of it at last."""

    subscription: Subscription
    facts: Sequence[UsageFact]
    comparison: Comparison
    state: State | None
    ends_as: Phase


@dataclass(frozen=True, slots=True)
class Lives:
    """All that was seen in the second act.

    Attributes:
        early: what was known of the first buyer before its registration.
        missed: what AWS's events alone did not bring about.

    """

    lives: Sequence[Life]
    early: State | None
    missed: Sequence[str]


def use(
    chance: random.Random, subscription: Subscription, hour_at: datetime, minutes: Iterable[int]
) -> tuple[UsageFact, ...]:
    """Invent one usage event in each minute, counted from the hour in which the act plays."""
    return tuple(
        UsageFact(
            event_id=f"{chance.getrandbits(64):016x}",
            subscription=subscription,
            dimension=DIMENSION,
            quantity=Decimal(chance.randint(1, 5_000)).scaleb(-_DECIMALS),
            used_at=hour_at + timedelta(minutes=minute, seconds=chance.randint(0, 59)),
        )
        for minute in minutes
    )


def describe(state: State | None) -> str:
    """Say what is known of a subscription, in a few words."""
    if state is None:
        return "not known"
    words = [state.phase.value, "may use the product" if state.has_access else "no access"]
    registered = state.registered_at
    words.append(f"registered at {registered:%H:%M}" if registered else "never registered")
    if state.ended_at is not None:
        words.append(f"ended at {state.ended_at:%H:%M}")
    return ", ".join(words)


def find_problems_of_lives(seen: Lives) -> list[str]:
    """Name everything of the second act that is not as it must be."""
    problems = list(seen.missed)
    early = seen.early
    if early is None or early.phase is not Phase.ACTIVE or early.registered_at is not None:
        problems.append("the early buyer was not known and active before it registered")
    for life in seen.lives:
        name, state = life.subscription.name, life.state
        if any(row.difference for row in life.comparison.rows):
            problems.append(f"units of {name} are not billed in the hours in which they were used")
        phase = "unknown" if state is None else state.phase
        if phase != life.ends_as:
            problems.append(f"{name} is {phase} instead of {life.ends_as}")
    return problems


def line_of_lives(seen: Lives) -> str:
    """Say what was billed by each license, and what part AWS's events had in it."""
    ended = [life for life in seen.lives if life.ends_as is not Phase.ACTIVE]
    going_on = [life for life in seen.lives if life.ends_as is Phase.ACTIVE]
    return (
        f"last hours billed by AWS's events alone: {_counted(ended)}; "
        f"first known by them: {_counted(going_on)}"
    )


def _counted(lives: Iterable[Life]) -> str:
    return ", ".join(
        f"{life.subscription.name} {len(life.facts)} events "
        f"{format_units(life.comparison.billed, grouped=False)} units"
        for life in lives
    )
