"""What all commands have in common: how they name a table and a subscription, and how they end."""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple, Protocol

import httpx
import typer
from typer.core import TyperGroup

from meterhouse.domain.operator_commands import read_commands
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import (
    CommandUnreadableError,
    JournalCorruptError,
    MeterhouseError,
    StorageUnavailableError,
)
from operations.answers import Answer
from operations.careful_ledger import usage_table_of
from operations.errors import OperationError
from operations.included_units import included_units_of
from operations.remedies import CALL_FAILURES, tell_failure
from operations.resources import find_resource, noun_of, tell_caller, tell_time
from operations.showing import print_answer, waiting, write_answer_csv, write_json

DEFAULT_DIRECTORY = Path(__file__).resolve().parents[1] / ".local"
EXIT_LEFT = 1
EXIT_NOT_DONE = 2
EXIT_INTERRUPTED = 130
# At the end of every command's help; README.md has the same.
EXIT_CODES = (
    "Exit codes: 0 it is done; 1 something is left, at fault, or was not agreed to; 2 it could not "
    "be done or found out, or was not written right; 130 it was interrupted."
)

TableName = Annotated[str | None, typer.Option("--table", help="The table's name.")]
FunctionName = Annotated[str | None, typer.Option("--function", help="The function's name.")]
QueueUrl = Annotated[str | None, typer.Option("--queue", help="The queue's URL.")]
_NAMES = {"table": TableName, "function": FunctionName, "queue": QueueUrl}
StackName = Annotated[
    str | None, typer.Option(help="A deployed stack; its outputs name what is needed.")
]
Directory = Annotated[
    Path,
    typer.Option(
        envvar="METERHOUSE_DIRECTORY", help="Where `make up` keeps the local stack's files."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]
AsCsv = Annotated[
    bool,
    typer.Option(
        "--csv", help="Write the rows as CSV; where there are several tables, with their names."
    ),
]

IsAgreed = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

# What a command is told without being asked for it, and who tells it.
_TOLD = {
    "now": tell_time,
    "caller": tell_caller,
    "table": usage_table_of,
    "show_included": included_units_of,
}

_FORMS = (
    "name it as log lines do (license#l-…, customer#<product>#<identifier>, "
    "account#<product>#<account>) or as usage events do (a license ARN, or a JSON object with "
    "product_code)"
)


def read_subscription_name(name: str) -> SubscriptionKey:
    """Read what an operator typed, as for a final flush; raises BadParameter with what to type."""
    try:
        reference = json.loads(name) if name.startswith("{") else name
        commands = read_commands({"flush": [{"subscription": reference}]}, datetime.now(UTC))
    except (CommandUnreadableError, RecursionError, ValueError) as error:
        raise typer.BadParameter(f"{name!a} names no subscription: {_FORMS}") from error
    (flush,) = commands.flushes
    return flush.subscription


SubscriptionName = Annotated[
    SubscriptionKey,
    typer.Argument(
        parser=read_subscription_name,
        metavar="NAME",
        help="The subscription, named as in log lines or usage events.",
    ),
]


def agree(question: str, *, is_agreed: bool) -> None:
    """Ask before something is written; whoever says no ends the command."""
    if not is_agreed:
        typer.confirm(question, abort=True)


def choose_form(*, as_json: bool, as_csv: bool) -> None:
    """Refuse two forms of one answer."""
    if as_json and as_csv:
        raise typer.BadParameter("give --json or --csv, not both")


class ResourceView(Protocol):
    """A table or function as a command uses it; `kind` is what the template calls it."""

    kind: ClassVar[str]
    name: str

    def __init__(self, client: Any, name: str, /) -> None: ...  # noqa: ANN401 - of any service


class Chosen(NamedTuple):
    """Which resource is meant; without a name or a stack that of the running local stack."""

    name: str | None
    stack_name: str | None
    directory: Path


class PlainGroup(TyperGroup):
    """A group of commands of which none ends with a traceback for what its user can mend."""

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer keeps its type to itself
        """Run a command; what nobody else told ends it with the remedy."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (OperationError, MeterhouseError, *CALL_FAILURES, httpx.HTTPError, OSError) as error:
            typer.echo(f"{ctx.invoked_subcommand}: {tell_failure(error)}", err=True)
            raise typer.Exit(EXIT_NOT_DONE) from error


@contextmanager
def open_resource[View: ResourceView](
    view: type[View], command: str, chosen: Chosen
) -> Iterator[View]:
    """Open the resource that is meant; what fails inside ends the command with its exit code."""
    what = noun_of(view.kind)
    if chosen.name is not None and chosen.stack_name is not None:
        raise typer.BadParameter(f"name a {what} or a stack, not both")
    name = chosen.name or chosen.stack_name
    try:
        client, name = find_resource(view.kind, *chosen)
        with closing(client):
            yield view(client, name)
    except KeyboardInterrupt:
        state = "nothing was written" if what == "table" else "what was asked for may be done"
        typer.echo(f"{command}: interrupted; {state}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except OperationError as error:
        typer.echo(f"{command}: {error}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error
    except (JournalCorruptError, StorageUnavailableError) as error:
        told = f"{what} {name} cannot be read: {tell_failure(error)}"
        typer.echo(f"{command}: {told}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error


def name_typed(context: typer.Context) -> str:
    """Return a command as its user typed it, without the program: `records list`."""
    parent = context.parent
    outer = "" if parent is None or parent.parent is None else f"{parent.info_name} "
    return f"{outer}{context.info_name}"


def answering(find: Callable[..., Answer]) -> Callable[..., None]:
    """Make a command of a function that finds an answer in a resource, which common options name.

    The type of its first parameter says in which. A parameter `now` gets the present there, and
    `caller` who calls AWS; its own are the others.
    """
    view, *others = inspect.signature(find).parameters.values()
    own = [one for one in others if one.name not in _TOLD]
    what = noun_of(view.annotation.kind)

    def command(
        *,
        context: typer.Context,
        resource: str | None = None,
        stack_name: StackName = None,
        as_json: AsJson = False,
        as_csv: AsCsv = False,
        directory: Directory = DEFAULT_DIRECTORY,
        **given: object,
    ) -> None:
        choose_form(as_json=as_json, as_csv=as_csv)
        chosen = Chosen(resource, stack_name, directory)
        with open_resource(view.annotation, name_typed(context), chosen) as opened:
            given |= {one.name: _TOLD[one.name](*chosen) for one in others if one.name in _TOLD}
            # What asks would be hidden by it.
            asks = any(one.annotation == IsAgreed for one in own)
            with nullcontext() if asks else waiting("Reading"):
                answer = find(opened, **given)
        told = (what, opened.name)
        tell_answer(name_typed(context), told, answer, as_json=as_json, as_csv=as_csv)

    context, resource, *common, _ = inspect.signature(command).parameters.values()
    named = resource.replace(annotation=_NAMES[what])
    signature = inspect.Signature([*own, named, *common, context])
    command.__signature__ = signature  # type: ignore[attr-defined] # typer reads it
    command.__name__, command.__doc__ = find.__name__, find.__doc__
    return command


def tell_answer(
    command: str, of: tuple[str, str], answer: Answer, *, as_json: bool, as_csv: bool
) -> None:
    """Tell what was found in something (what it is, and its name); raises Exit unless all is well.

    It exits with 2 when something is missing in the answer, and with 1 when something was not done.
    """
    what, name = of
    if as_json:
        typer.echo(write_json({what: name, **asdict(answer)}))
    elif as_csv:
        typer.echo(write_answer_csv(answer), nl=False)
        if answer.rest is not None:
            # Rows alone would pass for all there are.
            typer.echo(f"{command}: {answer.rest}", err=True)
    else:
        print_answer(what, name, answer)
    if answer.unreadable or not answer.is_whole:
        reason = "something cannot be read" if answer.unreadable else "there is too much"
        typer.echo(f"{command}: this is not all: {reason}", err=True)
        raise typer.Exit(EXIT_NOT_DONE)
    if not answer.is_done:
        raise typer.Exit(EXIT_INTERRUPTED if answer.is_interrupted else EXIT_LEFT)
