"""What one drain has to write: events grouped by metering record, repeats dropped."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from meterhouse.domain.events import QueueMessage, Rejection, UsageEvent, read_message
from meterhouse.domain.keys import RecordKey


@dataclass(slots=True)
class DrainPlan:
    """The decisions of one drain.

    Attributes:
        events: distinct events of each record.
        sources: which messages each record's events came from.
        rejections: what can never be billed as it is.
        event_count: valid events, repeats included.
        repeats: events dropped because this drain has an equal one already.

    """

    events: dict[RecordKey, list[UsageEvent]] = field(default_factory=dict)
    sources: dict[RecordKey, set[str]] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    event_count: int = 0
    repeats: int = 0


def plan_drain(messages: Iterable[QueueMessage], *, now: datetime) -> DrainPlan:
    """Read all messages and group their events.

    Only fully equal events are dropped here: which of two events with one id counts is decided
    once, when the record is sealed and its whole journal is known.
    """
    plan = DrainPlan()
    seen: set[UsageEvent] = set()
    for message in messages:
        for member in read_message(message, now=now):
            if isinstance(member, Rejection):
                plan.rejections.append(member)
                continue
            plan.event_count += 1
            plan.sources.setdefault(member.home, set()).add(message.message_id)
            if member in seen:
                plan.repeats += 1
                continue
            seen.add(member)
            plan.events.setdefault(member.home, []).append(member)
    return plan
