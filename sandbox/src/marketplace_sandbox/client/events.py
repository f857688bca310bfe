"""Events of a served sandbox, where they go, and what happens to them on the way."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from marketplace_sandbox.client.connection import Amount, Connection, Duration
from marketplace_sandbox.control.event_documents import (
    DeliveriesDocument,
    DisturbanceDocument,
    DisturbanceListDocument,
    EventListDocument,
    ReplayDocument,
    TargetDocument,
    TargetListDocument,
)
from marketplace_sandbox.core.model.disturbances import DisturbanceKind
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.targets import TargetKind


class TargetTerms(TypedDict, total=False):
    """What else can be said of a target; what is absent or None does not narrow what goes there.

    `endpoint_url` is where EventBridge, SQS or SNS is emulated; `bus_source` is told to a bus that
    refuses AWS's own source.
    """

    endpoint_url: str | None
    region: str | None
    channels: Sequence[Channel] | None
    product_code: str | None
    name_prefix: str | None
    is_raw: bool | None
    bus_source: str | None


class DisturbanceTerms(TypedDict, total=False):
    """Which events a disturbance hits, and how; what is absent or None matches any.

    Without `count` it goes on until it is removed; `rate` is the share of events that it hits.
    """

    name_prefix: str | None
    product_code: str | None
    channel: Channel | None
    target_id: str | None
    count: int | None
    rate: Amount | None
    copies: int | None
    delay_seconds: Duration | None
    held: int | None
    seed: str | None


class EventMethods(Connection):
    """What AWS sends to the seller."""

    def list_events(
        self,
        *,
        channel: Channel | None = None,
        product_code: str | None = None,
        agreement_id: str | None = None,
        name_prefix: str | None = None,
        after: int | None = None,
    ) -> EventListDocument:
        """List what AWS sent; all that is said must hold, `after` is the last sequence seen."""
        return self._ask(
            "GET",
            "events",
            channel=channel,
            product_code=product_code,
            agreement_id=agreement_id,
            name_prefix=name_prefix,
            after=after,
        )

    def list_targets(self) -> TargetListDocument:
        """List where events go."""
        return self._ask("GET", "event-targets")

    def add_target(
        self, kind: TargetKind, address: str, **terms: Unpack[TargetTerms]
    ) -> TargetDocument:
        """Send events to a bus's name, a queue's URL, a topic's ARN or a web address from now."""
        return self._ask("POST", "event-targets", kind=kind, address=address, **terms)

    def remove_target(self, target_id: str) -> TargetListDocument:
        """Send nothing there any more, not even what waits; return the targets that are left."""
        return self._ask("DELETE", f"event-targets/{target_id}")

    def replay_events(self, target_id: str, *, after: int | None = None) -> ReplayDocument:
        """Send a target all events, or those after one of them, once more."""
        return self._ask("POST", f"event-targets/{target_id}/replay", after=after)

    def list_disturbances(self) -> DisturbanceListDocument:
        """List the disturbances that are not used up."""
        return self._ask("GET", "disturbances")

    def script_disturbance(
        self, kind: DisturbanceKind, **terms: Unpack[DisturbanceTerms]
    ) -> DisturbanceDocument:
        """Repeat, delay, mix or drop the events that are sent from now on."""
        return self._ask("POST", "disturbances", kind=kind, **terms)

    def clear_disturbances(self) -> DisturbanceListDocument:
        """Forget all disturbances; what they held back goes out."""
        return self._ask("DELETE", "disturbances")

    def remove_disturbance(self, disturbance_id: str) -> DisturbanceListDocument:
        """Forget one disturbance; what it held back goes out."""
        return self._ask("DELETE", f"disturbances/{disturbance_id}")

    def list_deliveries(self) -> DeliveriesDocument:
        """List what became of each attempt to deliver an event, and what waits."""
        return self._ask("GET", "deliveries")
