"""What happens in the demo: usage of past hours and everything that goes wrong on its way.

Pure: the same seed, subscriptions and hour give the same scenario.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact

PRODUCERS = 3
EVENTS_PER_HOUR = 40
EVENTS_PER_MESSAGE_MAX = 24
REPEATED_DELIVERIES = 12
REPEATED_EVENTS = 30
UNKNOWN_DIMENSION = "seats"
MALFORMED_BODY = '{"id": "lost-in-transit", "quantity": '
CLOUD_EVENTS_SOURCE = "/demo/edge"
# Old enough that the settle time is over at any minute of the hour, young enough for AWS at any
# hour of the month: early on the 1st, last month's hours are accepted until 06:00.
_OLDEST_HOUR, _NEWEST_HOUR = 5, 3
_TEAMS = ("search", "checkout", "reporting")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that a product counts; `decimals` is how finely."""

    name: str
    decimals: int
    tagged: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """All usage, and the messages in which the producers report it.

    `facts` are distinct and right; `refused` names a dimension that the product does not have.
    """

    facts: tuple[UsageFact, ...]
    refused: UsageFact
    messages: tuple[tuple[str, ...], ...]
    repeated_messages: tuple[str, ...]


def demo_hours(now: datetime) -> tuple[datetime, ...]:
    """Return the hours that the demo's usage belongs to, oldest first."""
    current = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return tuple(
        current - timedelta(hours=hours) for hours in range(_OLDEST_HOUR, _NEWEST_HOUR - 1, -1)
    )


def build_scenario(
    seed: int, sold: Mapping[Subscription, Sequence[Dimension]], hours: Sequence[datetime]
) -> Scenario:
    """Invent the usage of some hours and hand it to the producers."""
    chance = random.Random(seed)  # noqa: S311 - a demo that can be repeated, not a secret
    facts = tuple(
        _invent_fact(chance, subscription, dimension, hour_at)
        for subscription, dimensions in sold.items()
        for dimension in dimensions
        for hour_at in hours
        for _ in range(EVENTS_PER_HOUR)
    )
    buyer = next(iter(sold))
    unknown = Dimension(UNKNOWN_DIMENSION, decimals=0)
    refused = _invent_fact(chance, buyer, unknown, hours[0])
    messages = _hand_out(chance, facts, refused)
    everything = [body for bodies in messages for body in bodies if body != MALFORMED_BODY]
    return Scenario(
        facts=facts,
        refused=refused,
        messages=messages,
        repeated_messages=tuple(chance.sample(everything, REPEATED_DELIVERIES)),
    )


def _invent_fact(
    chance: random.Random, subscription: Subscription, dimension: Dimension, hour_at: datetime
) -> UsageFact:
    return UsageFact(
        event_id=f"{chance.getrandbits(64):016x}",
        subscription=subscription,
        dimension=dimension.name,
        quantity=Decimal(chance.randint(1, 5_000)).scaleb(-dimension.decimals),
        used_at=hour_at + timedelta(seconds=chance.randint(1, 3_599)),
        tags=(("team", chance.choice(_TEAMS)),) if dimension.tagged else (),
    )


def _hand_out(
    chance: random.Random, facts: Sequence[UsageFact], refused: UsageFact
) -> tuple[tuple[str, ...], ...]:
    """Give every fact to one producer, some to a second one too, and let them pack messages."""
    reported: list[list[dict[str, Any]]] = [[] for _ in range(PRODUCERS)]
    cloud_fact, *plain_facts = facts
    for fact in plain_facts:
        reported[chance.randrange(PRODUCERS)].append(fact.as_event())
    for fact in chance.sample(plain_facts, REPEATED_EVENTS):
        reported[chance.randrange(PRODUCERS)].append(fact.as_event())
    reported[-1].append(refused.as_event())
    messages = [_pack(chance, events) for events in reported]
    messages[0].append(json.dumps(cloud_fact.as_cloud_event(CLOUD_EVENTS_SOURCE)))
    messages[1].insert(len(messages[1]) // 2, MALFORMED_BODY)
    for bodies in messages:
        again = chance.sample(bodies, REPEATED_DELIVERIES // PRODUCERS)
        bodies.extend(body for body in again if body != MALFORMED_BODY)
    return tuple(tuple(bodies) for bodies in messages)


def _pack(chance: random.Random, events: list[dict[str, Any]]) -> list[str]:
    """Pack events into messages of one, a few or many, as real producers do."""
    chance.shuffle(events)
    bodies = []
    while events:
        size = chance.choice((1, 5, EVENTS_PER_MESSAGE_MAX))
        taken, events = events[:size], events[size:]
        bodies.append(json.dumps(taken[0] if len(taken) == 1 else {"events": taken}))
    return bodies
