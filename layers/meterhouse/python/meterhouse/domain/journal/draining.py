"""What one drain has to write: events by hour log, repeats dropped."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.keys import LogKey, log_of
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message


@dataclass(slots=True)
class DrainPlan:
    """The decisions of one drain.

    Attributes:
        events: distinct events of each log, in the order in which segments hold them.
        sources: which messages each log's events came from.
        rejections: what can never be billed as it is.
        event_count: valid events, repeats included.

    """

    events: dict[LogKey, list[UsageEvent]] = field(default_factory=dict)
    sources: dict[LogKey, set[str]] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    event_count: int = 0

    @property
    def repeats(self) -> int:
        """Events that were dropped because this drain has an equal one already."""
        return self.event_count - sum(map(len, self.events.values()))


def plan_drain(
    messages: Iterable[QueueMessage], *, now: datetime, shards: int, late_max: timedelta
) -> DrainPlan:
    """Read all messages and group their events.

    Only events that are equal in everything but their time are dropped here: which of two events
    with one id counts is decided once, when the hour is folded and its whole journal is known.
    """
    plan = DrainPlan()
    groups: defaultdict[LogKey, list[UsageEvent]] = defaultdict(list)
    sources: defaultdict[LogKey, set[str]] = defaultdict(set)
    for message in messages:
        for member in read_message(message, now=now, late_max=late_max):
            if isinstance(member, Rejection):
                plan.rejections.append(member)
                continue
            log = log_of(member.home, shards)
            groups[log].append(member)
            sources[log].add(message.message_id)
    plan.event_count = sum(map(len, groups.values()))
    plan.events = {log: distinct(events) for log, events in sorted(groups.items())}
    plan.sources = dict(sources)
    return plan


def messages_of(
    messages: Iterable[QueueMessage],
    plan: DrainPlan,
    failed: Mapping[LogKey, Sequence[UsageEvent]],
    *,
    now: datetime,
    late_max: timedelta,
) -> set[str]:
    """Return the ids of the messages that hold an event that failed, or one that equals it.

    `now` and `late_max` are those of the plan.
    """
    whole = [log for log, events in failed.items() if len(events) == len(plan.events[log])]
    found = set().union(*(plan.sources[log] for log in whole))
    lost = {one[:2] for log in failed.keys() - {*whole} for one in failed[log]}
    if lost:
        for message in messages:
            members = read_message(message, now=now, late_max=late_max)
            if any(isinstance(one, UsageEvent) and one[:2] in lost for one in members):
                found.add(message.message_id)
    return found
