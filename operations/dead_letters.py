"""`dead-letters`: what failed on every delivery, and may safely go its way once more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

import typer

from meterhouse.domain.usage.events import QueueMessage, UsageEvent, read_message
from operations.answers import Answer
from operations.held_queue import HeldMessage, HeldQueue, UsageDoor
from operations.mending import LATE_MAX
from operations.options import (
    DEFAULT_DIRECTORY,
    EXIT_LEFT,
    Chosen,
    Directory,
    IsAgreed,
    StackName,
    agree,
    answering,
    open_resource,
)

MESSAGES_MAX = 10_000
_SAFE = "all its events have ids and times of their own: those that were taken are repeats"
_UNSAFE = (
    "some of its events have no id or time of their own; SQS gives both anew, and they may be "
    "billed twice: look with `meterhouse records show` whether they were taken, and send them "
    "with ids and times"
)
_UNREADABLE = "it holds no event that could be billed: the drain rejects it, in sight"

app = typer.Typer(no_args_is_help=True, help="Look at messages that failed on every delivery.")


class UsageDeadLetters(HeldQueue):
    """Usage that could not be stored."""

    kind: ClassVar = "UsageDeadLetterQueue"


class AgreementDeadLetters(HeldQueue):
    """AWS's events that could not be stored."""

    kind: ClassVar = "AgreementEventsDeadLetterQueue"


class AgreementDoor(HeldQueue):
    """The queue of AWS's events."""

    kind: ClassVar = "AgreementEventsQueue"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message of usage that failed, and whether it may be sent again."""

    message: str
    sent_at: datetime
    events: int
    is_safe: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettersAnswer(Answer):
    """The dead letters of usage."""

    messages: tuple[DeadLetter, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what to do."""
        if not self.messages:
            yield "There are no dead letters of usage."
        elif any(one.is_safe for one in self.messages):
            yield "Once the cause is mended, `meterhouse dead-letters redrive` sends the safe ones."


@dataclass(frozen=True, slots=True)
class Way:
    """Where dead letters lie, and where they go once more; `is_safe` if all of them may."""

    source: type[HeldQueue]
    target: type[HeldQueue]
    is_safe: bool

    def safe(self, messages: Sequence[HeldMessage]) -> list[HeldMessage]:
        """Return those that may be sent again."""
        return [one for one in messages if self.is_safe or judge(one).is_safe]


AGREEMENTS = "agreements"
WAYS = {
    "usage": Way(UsageDeadLetters, UsageDoor, is_safe=False),
    # A repeated event of AWS's changes nothing.
    AGREEMENTS: Way(AgreementDeadLetters, AgreementDoor, is_safe=True),
}


@answering
def list_letters(queue: UsageDeadLetters) -> DeadLettersAnswer:
    """List the usage that failed on every delivery, and what may safely be sent again.

    SQS shows a message by handing it out: for a moment nobody else sees what is listed.
    """
    with queue.held(MESSAGES_MAX) as messages:
        return letters_answer(messages)


def redrive(
    *,
    agreements: Annotated[
        bool, typer.Option("--agreements", help="AWS's events of agreements instead of usage.")
    ] = False,
    yes: IsAgreed = False,
    stack_name: StackName = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Send again what is safe to send again, and leave the rest where it is.

    Usage whose events have ids and times of their own is; AWS's events all are, for a repeat
    changes nothing. Mend what made them fail first. Exits with 1 if something was left.
    """
    chosen = Chosen(None, stack_name, directory)
    way = WAYS[AGREEMENTS if agreements else "usage"]
    with (
        open_resource(way.target, "dead-letters redrive", chosen) as door,
        open_resource(way.source, "dead-letters redrive", chosen) as queue,
        queue.held(MESSAGES_MAX) as messages,
    ):
        safe = way.safe(messages)
        left = len(messages) - len(safe)
        if not safe:
            typer.echo(f"redrive: nothing to send; {left} message(s) are not safe to send again")
        else:
            agree(f"Send {len(safe)} message(s) again?", is_agreed=yes)
            send_letters(door, queue, safe)
            typer.echo(f"redrive: {len(safe)} message(s) are sent again; {left} are left")
    if left:
        raise typer.Exit(EXIT_LEFT)


def letters_answer(messages: Sequence[HeldMessage]) -> DeadLettersAnswer:
    """Return dead letters of usage, each judged."""
    return DeadLettersAnswer(
        messages=tuple(map(judge, messages)), is_whole=len(messages) < MESSAGES_MAX
    )


def send_letters(door: HeldQueue, queue: HeldQueue, safe: Iterable[HeldMessage]) -> None:
    """Send messages again, and take them out of the queue."""
    for one in safe:
        # Whatever interrupts it, at worst both queues have the message.
        door.send(one.body)
        queue.delete(one)


def judge(message: HeldMessage) -> DeadLetter:
    """Tell whether a message means the same when SQS gives it another id and another time."""
    read = _read(message.body, message.id, message.sent_at)
    again = _read(message.body, f"{message.id}-again", message.sent_at + timedelta(seconds=1))
    events = [one for one in read if isinstance(one, UsageEvent)]
    is_same = events == [one for one in again if isinstance(one, UsageEvent)]
    why = _UNREADABLE if not events else _SAFE if is_same else _UNSAFE
    return DeadLetter(message.id, message.sent_at, len(events), is_same, why)


def _read(body: str, message_id: str, sent_at: datetime) -> list[object]:
    message = QueueMessage(message_id, body, sent_at)
    return [*read_message(message, now=sent_at, late_max=LATE_MAX)]


app.command("list")(list_letters)
app.command()(redrive)
