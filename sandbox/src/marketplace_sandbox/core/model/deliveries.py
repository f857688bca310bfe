"""What waits to be delivered, and what became of each attempt."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace_sandbox.core.model.disturbances import Disturbance
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.targets import Target

PARCELS_MAX = 20_000  # waiting at once; what comes on top is listed as failed
DELIVERIES_KEPT_MAX = 20_000
ROUND_PARCELS_MAX = 500
REASON_LENGTH_MAX = 500
# Like a rule's target on AWS, one that cannot be reached is tried again after growing pauses, and
# given up in the end; AWS's own limit of a day would be of no use on a developer's machine.
ATTEMPTS_MAX = 8
FIRST_PAUSE = timedelta(seconds=1)
PAUSE_MAX = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One copy of one event on its way to one target.

    Attributes:
        copy: 0 is the event itself, its repeats count from 1 on.
        place_at: by which time, then number, parcels are sent.
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
class PostOffice:
    """Everything about deliveries that is remembered.

    Attributes:
        parcels: what waits to be sent, by number.
        parcels_made: how many parcels there ever were.
        planned_to: up to which event parcels were made.

    """

    targets: dict[str, Target] = field(default_factory=dict)
    disturbances: dict[str, Disturbance] = field(default_factory=dict)
    parcels: dict[int, Parcel] = field(default_factory=dict)
    outages: dict[str, Outage] = field(default_factory=dict)
    deliveries: deque[Delivery] = field(default_factory=lambda: deque(maxlen=DELIVERIES_KEPT_MAX))
    parcels_made: int = 0
    planned_to: int = 0


def pick_due(office: PostOffice, *, now: datetime, machine_now: datetime) -> list[Parcel]:
    """List what is to be sent now, in order; targets that are being given a pause are left out."""
    due = [
        parcel
        for parcel in office.parcels.values()
        if _is_due(parcel, now) and not _is_paused(office, parcel.target_id, machine_now)
    ]
    due.sort(key=lambda parcel: (parcel.place_at, parcel.number))
    return due[:ROUND_PARCELS_MAX]


def note_delivered(office: PostOffice, parcel: Parcel, *, at: datetime) -> list[Delivery]:
    """Record that a target took a parcel."""
    office.parcels.pop(parcel.number, None)
    office.outages.pop(parcel.target_id, None)
    tried = replace(parcel, attempts=parcel.attempts + 1)
    return [note(office, tried, Outcome.DELIVERED, at=at)]


def note_refused(
    office: PostOffice, parcel: Parcel, reason: str, *, at: datetime
) -> list[Delivery]:
    """Record that a target will never take a parcel: trying again would change nothing."""
    office.parcels.pop(parcel.number, None)
    tried = replace(parcel, attempts=parcel.attempts + 1)
    return [note(office, tried, Outcome.FAILED, at=at, reason=reason)]


def note_unreached(
    office: PostOffice, parcel: Parcel, reason: str, *, at: datetime, machine_now: datetime
) -> list[Delivery]:
    """Record that a target could not be reached; the last failure gives up all that waits for it.

    Pauses double from one second up to a minute.
    """
    tried = replace(parcel, attempts=parcel.attempts + 1)
    noted = [note(office, tried, Outcome.UNREACHED, at=at, reason=reason)]
    if parcel.number not in office.parcels:
        return noted  # its target was removed meanwhile
    office.parcels[parcel.number] = tried
    known = office.outages.get(parcel.target_id)
    failures = 1 if known is None else known.failures + 1
    if failures < ATTEMPTS_MAX:
        pause = min(FIRST_PAUSE * 2 ** (failures - 1), PAUSE_MAX)
        kept_reason = reason[:REASON_LENGTH_MAX]
        office.outages[parcel.target_id] = Outage(failures, machine_now + pause, kept_reason)
        return noted
    office.outages.pop(parcel.target_id, None)
    for waiting in _waiting_for(office, parcel.target_id):
        if _is_due(waiting, at):
            del office.parcels[waiting.number]
            noted.append(note(office, waiting, Outcome.FAILED, at=at, reason=reason))
    return noted


def remove_target(office: PostOffice, target_id: str) -> None:
    """Forget a known target, and what waits for it."""
    del office.targets[target_id]
    office.outages.pop(target_id, None)
    for parcel in _waiting_for(office, target_id):
        del office.parcels[parcel.number]


def post(office: PostOffice, parcel: Parcel, *, at: datetime) -> None:
    """Let a parcel wait to be sent, under the next number; beyond the limit it fails at once."""
    if len(office.parcels) >= PARCELS_MAX:
        reason = f"{PARCELS_MAX} deliveries wait already"
        note(office, parcel, Outcome.FAILED, at=at, reason=reason)
        return
    office.parcels_made += 1
    office.parcels[office.parcels_made] = replace(parcel, number=office.parcels_made)


def note(
    office: PostOffice,
    parcel: Parcel,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str | None = None,
) -> Delivery:
    """Record what became of a parcel."""
    event = parcel.event
    delivery = Delivery(
        at=at,
        sequence=event.sequence,
        event_id=event.event_id,
        name=event.name,
        target_id=parcel.target_id,
        copy=parcel.copy,
        attempt=parcel.attempts,
        outcome=outcome,
        reason=None if reason is None else reason[:REASON_LENGTH_MAX],
    )
    office.deliveries.append(delivery)
    return delivery


def _waiting_for(office: PostOffice, target_id: str) -> list[Parcel]:
    return [parcel for parcel in office.parcels.values() if parcel.target_id == target_id]


def _is_due(parcel: Parcel, now: datetime) -> bool:
    return parcel.held_by is None and (parcel.due_at is None or parcel.due_at <= now)


def _is_paused(office: PostOffice, target_id: str, machine_now: datetime) -> bool:
    outage = office.outages.get(target_id)
    return outage is not None and machine_now < outage.retry_at
