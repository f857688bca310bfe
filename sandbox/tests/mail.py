"""Events of AWS's, and a target that takes, refuses or misses them as a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.targets import NewTarget, Target, TargetKind
from marketplace_sandbox.delivery.transports import UnreachedError
from marketplace_sandbox.desks.events import EventsDesk
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.in_process import counted_entropy

CREATED = "Purchase Agreement Created - Proposer"
ENDED = "Purchase Agreement Ended - Proposer"
NOON_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
QUEUE = NewTarget(TargetKind.SQS, "http://localhost/1/queue", endpoint_url="http://localhost:1")


@dataclass(slots=True)
class Mailbox:
    """Takes events in place of a network; an error that is set is raised instead.

    `misses` names a target that cannot be reached, `before` is done before anything is taken.
    """

    taken: list[tuple[str, int]] = field(default_factory=list)
    tried: int = 0
    error: Exception | None = None
    misses: str | None = None
    before: Callable[[], None] | None = None

    def send(self, event: EmittedEvent, target: Target) -> None:
        self.tried += 1
        if self.before is not None:
            self.before()
        if target.target_id == self.misses:
            raise UnreachedError("away")
        if self.error is not None:
            raise self.error
        self.taken.append((target.target_id, event.sequence))

    def sequences(self, target_id: str | None = None) -> list[int]:
        return [number for target, number in self.taken if target_id in {None, target}]


@dataclass(slots=True)
class Sender:
    """A marketplace with a movable clock that has sent nothing yet, and its post."""

    now: datetime = NOON_AT
    mailbox: Mailbox = field(default_factory=Mailbox)
    marketplace: HostedMarketplace = field(init=False)
    post: EventsDesk = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace = HostedMarketplace(
            clock=lambda: self.now, entropy=counted_entropy("mail")
        )
        self.post = EventsDesk(self.marketplace.step, send=self.mailbox.send)

    def emit(
        self,
        name: str = CREATED,
        *,
        product_code: str = "atlas",
        channel: Channel = Channel.EVENTBRIDGE,
    ) -> EmittedEvent:
        with self.marketplace.step() as step:
            state = step.state
            state.events_emitted += 1
            event = event_of(
                state.events_emitted, name, step.now, product_code=product_code, channel=channel
            )
            state.events.append(event)
            return event

    def pass_time(self, **by: float) -> None:
        self.now += timedelta(**by)


def event_of(
    sequence: int = 1,
    name: str = CREATED,
    at: datetime = NOON_AT,
    *,
    product_code: str = "atlas",
    channel: Channel = Channel.EVENTBRIDGE,
) -> EmittedEvent:
    event_id = f"00000000-0000-4000-8000-{sequence:012d}"
    document: dict[str, object] = {"action": name, "product-code": product_code}
    if channel is Channel.EVENTBRIDGE:
        document = {
            "version": "0",
            "id": event_id,
            "detail-type": name,
            "source": "aws.agreement-marketplace",
            "account": "111122223333",
            "time": "2026-11-22T12:00:00Z",
            "region": "us-east-1",
            "resources": ["arn:aws:aws-marketplace::aws:agreement:agmt-1"],
            "detail": {"agreement": {"id": "agmt-1"}},
        }
    return EmittedEvent(
        sequence=sequence,
        event_id=event_id,
        at=at,
        channel=channel,
        name=name,
        product_code=product_code,
        agreement_id="agmt-1",
        document=document,
    )
