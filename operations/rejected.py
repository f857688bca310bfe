"""`rejected`: events that can never be billed as they are, looked at, mended, sent again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from operations.errors import OperationError
from operations.held_queue import UsageDoor
from operations.mending import mended
from operations.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Chosen,
    Directory,
    IsAgreed,
    StackName,
    agree,
    answering,
    open_resource,
)
from operations.rejected_answers import (
    RejectedEventAnswer,
    RejectedListAnswer,
    event_answer,
    list_answer,
)
from operations.rejected_queue import RejectedEvent, RejectedQueue
from operations.resources import tell_time
from operations.sending_again import (
    delete_events,
    find_events,
    plan_sending,
    read_json,
    read_value,
    send_events,
)
from operations.showing import write_json

MESSAGES_MAX = 10_000

Names = Annotated[list[str], typer.Argument(metavar="EVENT…", help="Events, as `list` names them.")]
Name = Annotated[str, typer.Argument(metavar="EVENT", help="An event, as `list` names it.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Look at events that could not be billed, mend them, send them again.",
)


@answering
def list_events(
    queue: RejectedQueue,
    *,
    limit: Annotated[int, typer.Option(min=1, help="So many messages at most.")] = MESSAGES_MAX,
) -> RejectedListAnswer:
    """List the events that could not be billed as they are, and why.

    SQS shows a message by handing it out: for a moment nobody else sees what is listed.
    """
    with queue.rejections(limit + 1) as messages:
        return list_answer(messages, limit)


@answering
def show(queue: RejectedQueue, name: Name) -> RejectedEventAnswer:
    """Show one event whole, with everything that is wrong with it."""
    with queue.rejections(MESSAGES_MAX) as messages:
        [(_, event)] = find_events(messages, [name])
    return event_answer(event)


def mend(
    name: Name,
    *,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="A field, as text or a JSON object; a.b is b in a.",
        ),
    ] = None,
    removals: Annotated[
        list[str] | None, typer.Option("--unset", metavar="FIELD", help="A field to be left out.")
    ] = None,
    replacement: Annotated[
        typer.FileBinaryRead | None, typer.Option("--replace", help="A file with the whole event.")
    ] = None,
    yes: IsAgreed = False,
    stack_name: StackName = None,
    as_json: AsJson = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Send an event again, mended, with the id that it had, and take it out of the queue.

    What is still wrong is said before anything is sent. Exits with 2 if nothing could be done.
    """
    wanted = _read_changes(changes or (), removals or ())
    whole = None if replacement is None else _typed(read_json, replacement.read())

    def send(event: RejectedEvent) -> dict[str, Any]:
        return mended(event, wanted, removals or (), whole)

    _send_again(
        "rejected mend",
        [name],
        send,
        yes=yes,
        as_json=as_json,
        chosen=Chosen(None, stack_name, directory),
    )


def resend(
    names: Names,
    *,
    yes: IsAgreed = False,
    stack_name: StackName = None,
    as_json: AsJson = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Send events again as they are, such as after LateUsageDaysMax was raised.

    They keep their ids, so that nothing is billed twice. Exits with 2 if nothing could be done.
    """
    chosen = Chosen(None, stack_name, directory)
    _send_again(
        "rejected resend",
        names,
        lambda one: mended(one, {}),
        yes=yes,
        as_json=as_json,
        chosen=chosen,
    )


def discard(
    names: Names,
    *,
    yes: IsAgreed = False,
    stack_name: StackName = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Delete events that shall not be billed, for good; each is written out first, whole."""
    chosen = Chosen(None, stack_name, directory)
    with (
        open_resource(RejectedQueue, "rejected discard", chosen) as queue,
        queue.rejections(MESSAGES_MAX) as messages,
    ):
        found = find_events(messages, names)
        for _, event in found:
            typer.echo(write_json(asdict(event)))
        agree(f"Delete {len(found)} event(s) for good, unbilled?", is_agreed=yes)
        delete_events(queue, found)
    typer.echo(f"discard: {len(found)} event(s) are deleted.", err=True)


def _send_again(
    command: str,
    names: Sequence[str],
    mend_one: Callable[[RejectedEvent], dict[str, Any]],
    *,
    yes: bool,
    as_json: bool,
    chosen: Chosen,
) -> None:
    with (
        open_resource(UsageDoor, command, chosen) as door,
        open_resource(RejectedQueue, command, chosen) as queue,
        queue.rejections(MESSAGES_MAX) as messages,
    ):
        found = find_events(messages, names)
        now = tell_time(*chosen)
        sent = plan_sending(found, mend_one, now)
        for one in sent:
            typer.echo(
                f"{one.name} becomes usage of {one.record}:\n  {json.dumps(one.event)}", err=True
            )
        agree(f"Send {len(sent)} event(s), and take them out of the queue?", is_agreed=yes)
        send_events(door, queue, found, sent)
    if as_json:
        typer.echo(write_json({"sent": [one._asdict() for one in sent]}))
    else:
        typer.echo(
            f"{len(sent)} event(s) are sent. `meterhouse records show` shows them once drained."
        )


def _read_changes(changes: Sequence[str], removals: Sequence[str]) -> dict[str, object]:
    wanted = [_read_change(one) for one in changes]
    names = [*(name for name, _ in wanted), *removals]
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(f"what becomes of {name} is said twice")
    return dict(wanted)


def _read_change(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!a} is no change: write FIELD=VALUE")
    return name, _typed(read_value, value)


def _typed[Typed: (str, bytes), Read](read: Callable[[Typed], Read], text: Typed) -> Read:
    try:
        return read(text)
    except OperationError as error:
        raise typer.BadParameter(str(error)) from error


app.command("list")(list_events)
for one in (show, mend, resend, discard):
    app.command()(one)
