"""Events, where they go, and what happens to them on the way, as JSON."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from marketplace_sandbox.core.model.deliveries import Delivery, OutboxEntry
from marketplace_sandbox.core.model.disturbances import Disturbance
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.targets import Target

_SECOND = timedelta(seconds=1)


class EventDocument(TypedDict):
    """What AWS sent: an event of EventBridge as a bus gets it, or the body of a message."""

    sequence: int
    event_id: str
    at: str
    channel: str
    name: str
    product_code: str
    agreement_id: str
    document: Mapping[str, object]


class EventListDocument(TypedDict):
    """What AWS sent, oldest first."""

    events: list[EventDocument]


class TargetDocument(TypedDict):
    """Where events go; empty channels are all that the kind can take."""

    target_id: str
    kind: str
    address: str
    endpoint_url: str | None
    region: str
    channels: list[str]
    product_code: str | None
    name_prefix: str
    is_raw: bool
    bus_source: str | None


class TargetListDocument(TypedDict):
    """All targets, oldest first."""

    event_targets: list[TargetDocument]


class ReplayDocument(TypedDict):
    """How many events are sent once more."""

    events: int


class DisturbanceDocument(TypedDict):
    """A scripted disturbance; `count` is what remains of it, null that it is never used up."""

    disturbance_id: str
    kind: str
    name_prefix: str
    product_code: str | None
    channel: str | None
    target_id: str | None
    count: int | None
    rate: str
    copies: int
    delay_seconds: int
    held: int
    seed: str


class DisturbanceListDocument(TypedDict):
    """The disturbances that are not used up, oldest first."""

    disturbances: list[DisturbanceDocument]


class DeliveryDocument(TypedDict):
    """One attempt to deliver one copy of an event."""

    at: str
    sequence: int
    event_id: str
    name: str
    target_id: str
    copy: int
    attempt: int
    outcome: str
    reason: str | None


class OutboxEntryDocument(TypedDict):
    """One copy of an event that waits; without a time, for the next round."""

    sequence: int
    event_id: str
    name: str
    target_id: str
    copy: int
    due_at: str | None
    held_by: str | None
    attempts: int


class DeliveriesDocument(TypedDict):
    """What became of each attempt, oldest first, and what waits."""

    deliveries: list[DeliveryDocument]
    waiting: list[OutboxEntryDocument]


def event_document(event: EmittedEvent) -> EventDocument:
    """Write an event."""
    return {
        "sequence": event.sequence,
        "event_id": event.event_id,
        "at": format_iso(event.at),
        "channel": str(event.channel),
        "name": event.name,
        "product_code": event.product_code,
        "agreement_id": event.agreement_id,
        "document": event.document,
    }


def target_document(target: Target) -> TargetDocument:
    """Write a target."""
    return {
        "target_id": target.target_id,
        "kind": str(target.kind),
        "address": target.address,
        "endpoint_url": target.endpoint_url,
        "region": target.region,
        "channels": [str(channel) for channel in target.channels],
        "product_code": target.product_code,
        "name_prefix": target.name_prefix,
        "is_raw": target.is_raw,
        "bus_source": target.bus_source,
    }


def disturbance_document(disturbance: Disturbance) -> DisturbanceDocument:
    """Write a disturbance."""
    return {
        "disturbance_id": disturbance.disturbance_id,
        "kind": str(disturbance.kind),
        "name_prefix": disturbance.name_prefix,
        "product_code": disturbance.product_code,
        "channel": None if disturbance.channel is None else str(disturbance.channel),
        "target_id": disturbance.target_id,
        "count": disturbance.remaining,
        "rate": format(disturbance.rate, "f"),
        "copies": disturbance.copies,
        "delay_seconds": disturbance.delay // _SECOND,
        "held": disturbance.held,
        "seed": disturbance.seed,
    }


def delivery_document(delivery: Delivery) -> DeliveryDocument:
    """Write an attempt."""
    return {
        "at": format_iso(delivery.at),
        "sequence": delivery.sequence,
        "event_id": delivery.event_id,
        "name": delivery.name,
        "target_id": delivery.target_id,
        "copy": delivery.copy,
        "attempt": delivery.attempt,
        "outcome": str(delivery.outcome),
        "reason": delivery.reason,
    }


def outbox_entry_document(entry: OutboxEntry) -> OutboxEntryDocument:
    """Write what waits."""
    return {
        "sequence": entry.event.sequence,
        "event_id": entry.event.event_id,
        "name": entry.event.name,
        "target_id": entry.target_id,
        "copy": entry.copy,
        "due_at": None if entry.due_at is None else format_iso(entry.due_at),
        "held_by": entry.held_by,
        "attempts": entry.attempts,
    }
