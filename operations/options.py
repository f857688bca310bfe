"""What all commands have in common: how they name a table and a subscription, and how they end."""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple, Protocol

import typer

from meterhouse.domain.operator_commands import read_commands
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import CommandUnreadableError, JournalCorruptError, StorageUnavailableError
from operations.answers import Answer
from operations.errors import OperationError
from operations.showing import print_answer, write_json
from operations.tables import find_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DEFAULT_DIRECTORY = Path(__file__).resolve().parents[1] / ".local"
EXIT_NOT_DONE = 2
EXIT_INTERRUPTED = 130

TableName = Annotated[str | None, typer.Option(help="The UsageTable's name.")]
StackName = Annotated[
    str | None, typer.Option(help="A deployed stack; its output names the table.")
]
Directory = Annotated[Path, typer.Option(help="Where `make up` keeps the local stack's files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]

IsAgreed = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

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


class TableView(Protocol):
    """A table as a command uses it; `kind` is what the template calls it."""

    kind: ClassVar[str]
    name: str

    def __init__(self, client: "DynamoDBClient", table_name: str, /) -> None: ...


class Chosen(NamedTuple):
    """Which table is meant; without a name or a stack that of the running local stack."""

    table: str | None
    stack_name: str | None
    directory: Path


@contextmanager
def open_table[View: TableView](view: type[View], command: str, chosen: Chosen) -> Iterator[View]:
    """Open the table that is meant; what fails inside ends the command with its exit code."""
    if chosen.table is not None and chosen.stack_name is not None:
        raise typer.BadParameter("name a table or a stack, not both")
    name = chosen.table or chosen.stack_name
    try:
        client, name = find_table(view.kind, *chosen)
        with closing(client):
            yield view(client, name)
    except KeyboardInterrupt:
        typer.echo(f"{command}: interrupted; nothing was written", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except OperationError as error:
        typer.echo(f"{command}: {error}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error
    except (JournalCorruptError, StorageUnavailableError) as error:
        typer.echo(f"{command}: table {name} cannot be read: {error}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error


def answering(find: Callable[..., Answer]) -> Callable[..., None]:
    """Make a command of a function that finds an answer in a table, which common options name.

    The type of its first parameter says in which. Its own parameters are the others. It exits with
    2 when something is missing in the answer.
    """
    view, *own = inspect.signature(find).parameters.values()

    def command(
        *,
        table: TableName = None,
        stack_name: StackName = None,
        as_json: AsJson = False,
        directory: Directory = DEFAULT_DIRECTORY,
        **given: object,
    ) -> None:
        chosen = Chosen(table, stack_name, directory)
        with open_table(view.annotation, find.__name__, chosen) as opened:
            answer = find(opened, **given)
        if as_json:
            typer.echo(write_json({"table": opened.name, **asdict(answer)}))
        else:
            print_answer(opened.name, answer)
        if answer.unreadable or not answer.is_whole:
            reason = "something cannot be read" if answer.unreadable else "there is too much"
            typer.echo(f"{find.__name__}: this is not all: {reason}", err=True)
            raise typer.Exit(EXIT_NOT_DONE)

    *common, _ = inspect.signature(command).parameters.values()
    command.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined] # typer reads it
    command.__name__, command.__doc__ = find.__name__, find.__doc__
    return command
