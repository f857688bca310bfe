"""`sandbox call`: what was called, and what was refused."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, cast

import typer

from marketplace_sandbox.cli.commands import client_command, group
from marketplace_sandbox.cli.refusals import REFUSED_COLUMNS, REFUSED_PROSE
from marketplace_sandbox.cli.tables import Record
from marketplace_sandbox.cli.terminal import Terminal, show_line, show_text, show_warning
from marketplace_sandbox.client import CallDocument, SandboxClient
from marketplace_sandbox.client.calls import CallChoice
from marketplace_sandbox.core.model.calls import CallEntry, RecordOutcome
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.telling.call_words import describe_call, describe_outcome

if TYPE_CHECKING:
    from marketplace_sandbox.core.model.faults import FaultKind

call_commands = group("call", "The log of calls.")

LIMIT_DEFAULT = 100  # what fits a few screens
_PAUSE_SECONDS = 0.5
_CALLS_AT_ONCE_MAX = 1000

OfOperation = Annotated[Operation | None, typer.Option(help="Of this operation.")]
Outcome = Annotated[
    str | None, typer.Option(help="With this outcome, of the call or of one of its records.")
]
Account = Annotated[str | None, typer.Option(help="By or about this account.")]
Dimension = Annotated[str | None, typer.Option(help="With a record of this dimension.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="From this time on.")]
Limit = Annotated[int, typer.Option(help="At most so many, the latest.")]


@client_command(call_commands, "list")
def list_calls(
    terminal: Terminal,
    *,
    operation: OfOperation = None,
    outcome: Outcome = None,
    account: Account = None,
    dimension: Dimension = None,
    since: Since = None,
    limit: Limit = LIMIT_DEFAULT,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with new calls as they come, until Ctrl-C.")
    ] = False,
) -> None:
    """List the calls of AWS's API, oldest first.

    With --follow each call is a line; with --json too, a line of JSON.
    """
    chosen: CallChoice = {
        "operation": operation,
        "outcome": outcome,
        "account": account,
        "dimension": dimension,
        "since": since,
    }
    if follow:
        with suppress(KeyboardInterrupt):
            for call in _calls_as_they_come(terminal.api, chosen, limit=limit):
                if terminal.is_for_programs:
                    show_text(json.dumps(call))
                else:
                    show_line(f"{call['at']} {describe_call(_entry_of(call))}")
        return
    document = terminal.api.list_calls(**(chosen | {"limit": limit}))
    _warn_of_limit(len(document["calls"]), limit)
    terminal.show_list(
        document,
        "calls",
        (
            ("at", "at"),
            ("operation", "operation"),
            ("records", "records"),
            ("outcome", _describe_outcome),
        ),
        nothing=lambda: _say_nothing(terminal),
        prose=("outcome",),
    )


@client_command(call_commands, "cloudtrail")
def print_cloudtrail(
    terminal: Terminal,
    *,
    operation: OfOperation = None,
    since: Since = None,
    limit: Limit = LIMIT_DEFAULT,
) -> None:
    """Print the calls as CloudTrail would log them, which is JSON."""
    document = terminal.api.list_calls_as_cloudtrail(operation=operation, since=since, limit=limit)
    _warn_of_limit(len(document["Records"]), limit)
    show_text(json.dumps(document, indent=2))


@client_command(call_commands, "refusals")
def list_refusals(terminal: Terminal) -> None:
    """List what AWS's rules refused."""
    terminal.show_list(
        terminal.api.list_refusals(),
        "refusals",
        REFUSED_COLUMNS,
        nothing="nothing was refused",
        prose=REFUSED_PROSE,
    )


def _warn_of_limit(count: int, limit: int) -> None:
    if count == limit:
        show_warning(f"the latest {limit} are shown; if there are more, --limit shows them")


def _say_nothing(terminal: Terminal) -> str:
    """Tell a log that is empty from one of which nothing fits."""
    latest = terminal.api.list_calls(limit=1)["calls"]
    return f"none of the {latest[0]['sequence']} calls fits" if latest else "nothing was called"


def _calls_as_they_come(
    api: SandboxClient, chosen: CallChoice, *, limit: int
) -> Iterator[CallDocument]:
    """Yield the latest calls, then for ever those that follow, also after a reset.

    The last one that was seen is asked for again: where it is gone, calls are counted from 1 anew.
    """
    seen: CallDocument | None = None
    page = api.list_calls(**(chosen | {"limit": limit}))["calls"]
    while True:
        yield from page
        seen = page[-1] if page else seen
        after = 0 if seen is None else seen["sequence"] - 1
        page = api.list_calls(**(chosen | {"after": after, "limit": _CALLS_AT_ONCE_MAX}))["calls"]
        if seen is not None and page[:1] == [seen]:
            page = page[1:]
        elif seen is not None and (not page or page[0]["sequence"] <= seen["sequence"]):
            seen = None
            page = api.list_calls(**(chosen | {"after": 0, "limit": _CALLS_AT_ONCE_MAX}))["calls"]
        if not page:
            time.sleep(_PAUSE_SECONDS)


def _describe_outcome(call: Record) -> str:
    return describe_outcome(_entry_of(cast("CallDocument", call)))


def _entry_of(call: CallDocument) -> CallEntry:
    """Read of a document what is said about a call."""
    return CallEntry(
        at=EPOCH_AT,
        operation=call["operation"],
        records=call["records"],
        outcome=call["outcome"],
        fault=cast("FaultKind | None", call["fault"]),  # a younger sandbox may know more kinds
        product_code=call["product_code"],
        resource_id=call["resource_id"],
        http_status=call["http_status"],
        message=call["message"],
        record_outcomes=tuple(
            RecordOutcome(one["status"], None, None, one["customer"], None, None, None)
            for one in call["record_outcomes"]
        ),
    )
