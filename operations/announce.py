"""`announce`: have the seller's systems told of every living subscription, as it stands."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from meterhouse.adapters.subscriptions_table.listing import ask_to_tell
from meterhouse.domain.subscriptions.state import Phase, State
from operations.answers import Answer
from operations.options import IsAgreed, agree, answering
from operations.showing import waiting
from operations.subscription_shelf import Sought, SubscriptionShelf, sought_states

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIVING = (Phase.SCHEDULED, Phase.PENDING, Phase.ACTIVE, Phase.ENDING)
# EventBridge takes hundreds of events a second in the smallest of its regions:
# https://docs.aws.amazon.com/general/latest/gr/ev.html. Systems that listen may take fewer.
PER_SECOND = 10
PER_SECOND_MAX = 200

AskedAt = Annotated[
    datetime | None,
    typer.Option(help="Go on with what was asked for then: who was told of since is left out."),
]
PerSecond = Annotated[
    int, typer.Option(min=1, max=PER_SECOND_MAX, help="How many subscriptions a second.")
]


class TellingShelf(SubscriptionShelf):
    """A SubscriptionsTable whose stream tells what is asked for."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        super().__init__(client, table_name)
        self._client = client

    def living(self) -> Iterator[State]:
        """Yield the subscriptions that did not end, of which anything is told at all."""
        for phase in LIVING:
            yield from sought_states(self, Sought(phase))

    def ask(self, state: State, asked_at: str) -> bool:
        """Have a subscription told of; tell whether that was not asked for before."""
        return ask_to_tell(self._client, self.name, state.folder, asked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedAnswer(Answer):
    """How many subscriptions the stack tells of now, and how many it was asked for before."""

    asked_at: str
    told: int
    told_before: int
    is_interrupted: bool = False

    @property
    def is_done(self) -> bool:
        """Whether all were asked for."""
        return not self.is_interrupted

    @property
    def sentences(self) -> Iterator[str]:
        """Say what follows, or how to go on."""
        if self.is_interrupted:
            yield f"Interrupted: go on with --asked-at {self.asked_at}"
        else:
            yield "Each comes as “Subscription Current” within a minute or so."


@answering
def announce(
    shelf: TellingShelf,
    *,
    per_second: PerSecond = PER_SECOND,
    asked_at: AskedAt = None,
    yes: IsAgreed = False,
) -> AnnouncedAnswer:
    """Have every living subscription told of on the bus, as it stands, for who listens since."""
    since = (asked_at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S")
    agree("Tell all systems on the bus of every living subscription again?", is_agreed=yes)
    told = told_before = 0
    interrupted = False
    try:
        with waiting("Subscriptions told of") as show:
            for state in shelf.living():
                show(told + told_before)
                if shelf.ask(state, since):
                    told += 1
                    time.sleep(1 / per_second)
                else:
                    told_before += 1
    except KeyboardInterrupt:
        interrupted = True
    return AnnouncedAnswer(
        asked_at=since,
        told=told,
        told_before=told_before,
        is_interrupted=interrupted,
        unreadable=shelf.unreadable,
    )
