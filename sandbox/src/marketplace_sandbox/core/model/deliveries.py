"""What waits to be delivered, and what became of each attempt."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace_sandbox.core.model.disturbances import Disturbance
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.targets import Target

ENTRIES_MAX = 20_000  # waiting at once; what comes on top is listed as failed
DELIVERIES_KEPT_MAX = 20_000
ROUND_ENTRIES_MAX = 500
REASON_LENGTH_MAX = 500
# Like a rule's target on AWS, one that cannot be reached is tried again after growing pauses, and
# given up in the end; AWS's own limit of a day would be of no use on a developer's machine.
ATTEMPTS_MAX = 8
FIRST_PAUSE = timedelta(seconds=1)
PAUSE_MAX = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One copy of one event on its way to one target.

    Attributes:
        copy: 0 is the event itself, its repeats count from 1 on.
        place_at: by which time, then number, entries are sent.
        due_at: not before that, in the sandbox's time; None is at once.
        held_by: the disturbance that holds it back, to mix it with others.
        lot: what decides about its place among them.
        attempts: how often it was tried to deliver it.

    """

    number: int
    target_id: str
    event: EmittedEvent
    copy: int
    place_at: datetime
    due_at: datetime | None = None
    held_by: str | None = None
    lot: int = 0
    attempts: int = 0


class Outcome(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    UNREACHED = "unreached"  # it will be tried again
    FAILED = "failed"  # it was given up
    DROPPED = "dropped"  # a disturbance lost it on the way


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver one copy of an event; `at` is the sandbox's time."""

    at: datetime
    sequence: int
    event_id: str
    name: str
    target_id: str
    copy: int
    attempt: int
    outcome: Outcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A target that cannot be reached; `retry_at` is the machine's time, for targets live by it."""

    failures: int
    retry_at: datetime
    reason: str


@dataclass(slots=True)
class Outbox:
    """Everything about deliveries that is remembered.

    Attributes:
        entries: what waits to be sent, by number.
        entries_made: how many entries there ever were.
        planned_to: up to which event entries were made.

    """

    targets: dict[str, Target] = field(default_factory=dict)
    disturbances: dict[str, Disturbance] = field(default_factory=dict)
    entries: dict[int, OutboxEntry] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=DELIVERIES_KEPT_MAX))
    entries_made: int = 0
    planned_to: int = 0


def pick_due(outbox: Outbox, *, now: datetime, machine_now: datetime) -> list[OutboxEntry]:
    """List what is to be sent now, in order; targets that are being given a pause are left out."""
    due = [
        entry
        for entry in outbox.entries.values()
        if _is_due(entry, now) and not _is_paused(outbox, entry.target_id, machine_now)
    ]
    due.sort(key=lambda entry: (entry.place_at, entry.number))
    return due[:ROUND_ENTRIES_MAX]


def note_delivered(outbox: Outbox, entry: OutboxEntry, *, at: datetime) -> list[Delivery]:
    """Record that a target took an entry."""
    outbox.entries.pop(entry.number, None)
    outbox.outages.pop(entry.target_id, None)
    tried = replace(entry, attempts=entry.attempts + 1)
    return [note(outbox, tried, Outcome.DELIVERED, at=at)]


def note_refused(
    outbox: Outbox, entry: OutboxEntry, reason: str, *, at: datetime
) -> list[Delivery]:
    """Record that a target will never take an entry: trying again would change nothing."""
    outbox.entries.pop(entry.number, None)
    tried = replace(entry, attempts=entry.attempts + 1)
    return [note(outbox, tried, Outcome.FAILED, at=at, reason=reason)]


def note_unreached(
    outbox: Outbox, entry: OutboxEntry, reason: str, *, at: datetime, machine_now: datetime
) -> list[Delivery]:
    """Record that a target could not be reached; the last failure gives up all that waits for it.

    Pauses double from one second up to a minute.
    """
    tried = replace(entry, attempts=entry.attempts + 1)
    noted = [note(outbox, tried, Outcome.UNREACHED, at=at, reason=reason)]
    if entry.number not in outbox.entries:
        return noted  # its target was removed meanwhile
    outbox.entries[entry.number] = tried
    known = outbox.outages.get(entry.target_id)
    failures = 1 if known is None else known.failures + 1
    if failures < ATTEMPTS_MAX:
        pause = min(FIRST_PAUSE * 2 ** (failures - 1), PAUSE_MAX)
        kept_reason = reason[:REASON_LENGTH_MAX]
        outbox.outages[entry.target_id] = Outage(failures, machine_now + pause, kept_reason)
        return noted
    outbox.outages.pop(entry.target_id, None)
    for waiting in _waiting_for(outbox, entry.target_id):
        if _is_due(waiting, at):
            del outbox.entries[waiting.number]
            noted.append(note(outbox, waiting, Outcome.FAILED, at=at, reason=reason))
    return noted


def remove_target(outbox: Outbox, target_id: str) -> None:
    """Forget a known target, and what waits for it."""
    del outbox.targets[target_id]
    outbox.outages.pop(target_id, None)
    for entry in _waiting_for(outbox, target_id):
        del outbox.entries[entry.number]


def enqueue(outbox: Outbox, entry: OutboxEntry, *, at: datetime) -> None:
    """Let an entry wait to be sent, under the next number; beyond the limit it fails at once."""
    if len(outbox.entries) >= ENTRIES_MAX:
        reason = f"{ENTRIES_MAX} deliveries wait already"
        note(outbox, entry, Outcome.FAILED, at=at, reason=reason)
        return
    outbox.entries_made += 1
    outbox.entries[outbox.entries_made] = replace(entry, number=outbox.entries_made)


def note(
    outbox: Outbox,
    entry: OutboxEntry,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str | None = None,
) -> Delivery:
    """Record what became of an entry."""
    event = entry.event
    delivery = Delivery(
        at=at,
        sequence=event.sequence,
        event_id=event.event_id,
        name=event.name,
        target_id=entry.target_id,
        copy=entry.copy,
        attempt=entry.attempts,
        outcome=outcome,
        reason=None if reason is None else reason[:REASON_LENGTH_MAX],
    )
    outbox.deliveries.append(delivery)
    return delivery


def _waiting_for(outbox: Outbox, target_id: str) -> list[OutboxEntry]:
    return [entry for entry in outbox.entries.values() if entry.target_id == target_id]


def _is_due(entry: OutboxEntry, now: datetime) -> bool:
    return entry.held_by is None and (entry.due_at is None or entry.due_at <= now)


def _is_paused(outbox: Outbox, target_id: str, machine_now: datetime) -> bool:
    outage = outbox.outages.get(target_id)
    return outage is not None and machine_now < outage.retry_at
