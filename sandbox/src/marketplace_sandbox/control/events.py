"""Events, where they go, and what happens to them on the way, over the control API."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from marketplace_sandbox.control.answers import Document, created, refusals
from marketplace_sandbox.control.event_documents import (
    DeliveriesDocument,
    DisturbanceDocument,
    DisturbanceListDocument,
    EventListDocument,
    ReplayDocument,
    TargetDocument,
    TargetListDocument,
)
from marketplace_sandbox.control.field_types import (
    TEXT_LENGTH_MAX,
    Amount,
    Command,
    Seconds,
    Text,
    Truth,
    Whole,
    seconds,
)
from marketplace_sandbox.control.marketplace_in_use import Marketplace
from marketplace_sandbox.core.model.callers import REGION_DEFAULT
from marketplace_sandbox.core.model.disturbances import DELAY_MAX, DisturbanceKind, NewDisturbance
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from marketplace_sandbox.desks.events import EventFilter
from marketplace_sandbox.hosted import HostedMarketplace

router = APIRouter(tags=["events"])

_DELAY_SECONDS_MAX = int(DELAY_MAX.total_seconds())
SEQUENCE_MAX = 2**53  # what every JSON reader can count to
TargetId = Annotated[str, Path(description="The target's id.", max_length=TEXT_LENGTH_MAX)]
DisturbanceId = Annotated[
    str, Path(description="The disturbance's id.", max_length=TEXT_LENGTH_MAX)
]


class EventQuery(Command):
    """Which events: all that is said must hold; `after` is the last sequence that was seen."""

    channel: Annotated[Channel | None, Field(description="Only what is sent so.")] = None
    product_code: Annotated[Text | None, Field(description="About this product.")] = None
    agreement_id: Annotated[Text | None, Field(description="About this agreement.")] = None
    name_prefix: Annotated[
        Text, Field(description="With what the detail-type, or a message's action, begins.")
    ] = ""
    after: Annotated[
        int, Field(ge=0, le=SEQUENCE_MAX, description="After the event of this sequence.")
    ] = 0

    def to_core(self) -> EventFilter:
        """Return what the desk calls it."""
        return EventFilter(**self.said())


class TargetCommand(Command):
    """Send events somewhere, from the next one on.

    `address` is a bus's name, a queue's URL, a topic's ARN, or the web address to POST to;
    `endpoint_url` is where EventBridge, SQS or SNS is emulated. Both lie on this machine.
    `bus_source` is told to a bus that refuses `aws.agreement-marketplace`, as AWS's does.
    """

    kind: TargetKind
    address: Text
    endpoint_url: Text | None = None
    region: Text = REGION_DEFAULT
    channels: Annotated[tuple[Channel, ...], Field(max_length=len(Channel))] = ()
    product_code: Text | None = None
    name_prefix: Text = ""
    is_raw: Truth = False
    bus_source: Text | None = None

    def to_core(self) -> NewTarget:
        """Return what the core calls it."""
        return NewTarget(**self.said())


class ReplayCommand(Command):
    """Send a target all events after one of them once more."""

    after: Annotated[Whole, Field(ge=0, le=SEQUENCE_MAX)] = 0


class DisturbanceCommand(Command):
    """Disturb the events that are emitted from now on; what is absent matches any.

    It concerns `count` events; without a count, or with null, it goes on until it is removed.
    `rate` is the share of the events that are disturbed, above 0 and at most 1.
    """

    kind: DisturbanceKind
    name_prefix: Text = ""
    product_code: Text | None = None
    channel: Channel | None = None
    target_id: Text | None = None
    count: Whole | None = None
    rate: Amount = Decimal(1)
    copies: Whole = 1
    delay_seconds: Annotated[Seconds, Field(ge=0, le=_DELAY_SECONDS_MAX)] = 0
    held: Whole = 2
    seed: Text | None = None

    def to_core(self) -> NewDisturbance:
        """Return what the core calls it."""
        said = self.said()
        return NewDisturbance(delay=seconds(said.pop("delay_seconds")), **said)


Events = Annotated[EventQuery, Query()]


@router.get("/events", response_model=EventListDocument, responses=refusals())
def list_events(chosen: Events, marketplace: Marketplace) -> Document:
    """List what AWS sent, whether or not anybody was there to take it."""
    return Document({"events": marketplace.desks.events.events(chosen.to_core())})


@router.get("/event-targets", response_model=TargetListDocument, responses=refusals())
def list_targets(marketplace: Marketplace) -> Document:
    """List where events go."""
    return _targets(marketplace)


@router.post(
    "/event-targets",
    response_model=TargetDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.CONFLICT),
)
def add_target(command: TargetCommand, marketplace: Marketplace) -> Document:
    """Send events somewhere, from the next one on."""
    return created(marketplace.desks.events.add_target(command.to_core()))


@router.delete(
    "/event-targets/{target_id}",
    response_model=TargetListDocument,
    responses=refusals(HTTPStatus.NOT_FOUND),
)
def remove_target(target_id: TargetId, marketplace: Marketplace) -> Document:
    """Send nothing there any more, not even what waits."""
    marketplace.desks.events.remove_target(target_id)
    return _targets(marketplace)


@router.post(
    "/event-targets/{target_id}/replay",
    response_model=ReplayDocument,
    responses=refusals(HTTPStatus.NOT_FOUND),
)
def replay_events(
    target_id: TargetId, command: ReplayCommand, marketplace: Marketplace
) -> Document:
    """Send a target all events after one of them once more."""
    return Document({"events": marketplace.desks.events.replay(target_id, after=command.after)})


@router.get("/disturbances", response_model=DisturbanceListDocument, responses=refusals())
def list_disturbances(marketplace: Marketplace) -> Document:
    """List the disturbances that are not used up."""
    return _disturbances(marketplace)


@router.post(
    "/disturbances",
    response_model=DisturbanceDocument,
    status_code=HTTPStatus.CREATED,
    responses=refusals(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def script_disturbance(command: DisturbanceCommand, marketplace: Marketplace) -> Document:
    """Repeat, delay, mix or drop events on their way."""
    return created(marketplace.desks.events.script_disturbance(command.to_core()))


@router.delete("/disturbances", response_model=DisturbanceListDocument, responses=refusals())
def clear_disturbances(marketplace: Marketplace) -> Document:
    """Forget all disturbances; what they held back goes out."""
    marketplace.desks.events.clear_disturbances()
    return _disturbances(marketplace)


@router.delete(
    "/disturbances/{disturbance_id}",
    response_model=DisturbanceListDocument,
    responses=refusals(HTTPStatus.NOT_FOUND),
)
def remove_disturbance(disturbance_id: DisturbanceId, marketplace: Marketplace) -> Document:
    """Forget one disturbance; what it held back goes out."""
    marketplace.desks.events.remove_disturbance(disturbance_id)
    return _disturbances(marketplace)


@router.get("/deliveries", response_model=DeliveriesDocument, responses=refusals())
def list_deliveries(marketplace: Marketplace) -> Document:
    """List what became of each attempt to deliver an event, and what waits."""
    desk = marketplace.desks.events
    return Document(
        {
            "deliveries": desk.deliveries(),
            "waiting": desk.waiting(),
        }
    )


def _targets(marketplace: HostedMarketplace) -> Document:
    return Document({"event_targets": marketplace.desks.events.targets()})


def _disturbances(marketplace: HostedMarketplace) -> Document:
    return Document({"disturbances": marketplace.desks.events.disturbances()})
