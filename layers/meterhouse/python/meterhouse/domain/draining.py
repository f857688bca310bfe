"""What one drain has to write: events grouped by metering record, repeats dropped."""

from collections import defaultdict
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


@dataclass(slots=True)
class _Group:
    """What a drain found for one record, and the messages that brought it."""

    events: list[UsageEvent] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)


def plan_drain(messages: Iterable[QueueMessage], *, now: datetime) -> DrainPlan:
    """Read all messages and group their events.

    Only fully equal events are dropped here: which of two events with one id counts is decided
    once, when the record is sealed and its whole journal is known.
    """
    plan = DrainPlan()
    groups: defaultdict[RecordKey, _Group] = defaultdict(_Group)
    for message in messages:
        for member in read_message(message, now=now):
            if isinstance(member, Rejection):
                plan.rejections.append(member)
            else:
                group = groups[member.home]
                group.events.append(member)
                group.sources.add(message.message_id)
    for key, group in groups.items():
        distinct = _drop_repeats(group.events)
        plan.events[key], plan.sources[key] = distinct, group.sources
        plan.event_count += len(group.events)
        plan.repeats += len(group.events) - len(distinct)
    return plan


def _drop_repeats(events: list[UsageEvent]) -> list[UsageEvent]:
    """Return the distinct events of one record in their order."""
    # Without a repeated id nothing is repeated, and hashing ids is cheap.
    if len(events) == 1 or len({event.event_id for event in events}) == len(events):
        return events
    return list(dict.fromkeys(events))
