"""Events, where they go, and what happens to them on the way, as JSON."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict

from marketplace_sandbox.control.documents import declare
from marketplace_sandbox.core.model.deliveries import Delivery, OutboxEntry
from marketplace_sandbox.core.model.disturbances import Disturbance
from marketplace_sandbox.core.model.events import EmittedEvent
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


declare(EventDocument, EmittedEvent)
declare(TargetDocument, Target)
declare(
    DisturbanceDocument,
    Disturbance,
    count=lambda disturbance: disturbance.remaining,
    delay_seconds=lambda disturbance: disturbance.delay // _SECOND,
)
declare(DeliveryDocument, Delivery)
declare(
    OutboxEntryDocument,
    OutboxEntry,
    sequence=lambda entry: entry.event.sequence,
    event_id=lambda entry: entry.event.event_id,
    name=lambda entry: entry.event.name,
)
