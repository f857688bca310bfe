"""What all commands have in common: how they name a table and a subscription, and how they end."""

import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from meterhouse.domain.commands import read_commands
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.errors import CommandUnreadableError, JournalCorruptError, StorageUnavailableError
from operations.answers import Answer
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.showing import print_answer, write_json
from operations.usage_tables import find_usage_table
from sandbox.stack.layout import DEFAULT_DIRECTORY

EXIT_NOT_DONE = 2
EXIT_INTERRUPTED = 130

TableName = Annotated[str | None, typer.Option(help="The UsageTable's name.")]
StackName = Annotated[
    str | None, typer.Option(help="A deployed stack; its output names the table.")
]
Directory = Annotated[Path, typer.Option(help="Where `make up` keeps the local stack's files.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]

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


@contextmanager
def open_table(
    command: str, table: str | None, stack_name: str | None, directory: Path
) -> Iterator[CarefulUsageTable]:
    """Open the table that the options name; what fails inside ends the command with its exit code.

    Without a table or a stack the running local stack is meant.
    """
    if table is not None and stack_name is not None:
        raise typer.BadParameter("name a table or a stack, not both")
    name = table or stack_name
    try:
        client, name = find_usage_table(table, stack_name, directory)
        with closing(client):
            yield CarefulUsageTable(client, name)
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

    Its own parameters are the others. It exits with 2 when something is missing in the answer.
    """

    def command(
        *,
        table: TableName = None,
        stack_name: StackName = None,
        as_json: AsJson = False,
        directory: Directory = DEFAULT_DIRECTORY,
        **given: object,
    ) -> None:
        with open_table(find.__name__, table, stack_name, directory) as ledger:
            answer = find(ledger, **given)
        if as_json:
            typer.echo(write_json({"table": ledger.name, **asdict(answer)}))
        else:
            print_answer(ledger.name, answer)
        if answer.unreadable or not answer.is_whole:
            reason = "something cannot be read" if answer.unreadable else "there is too much"
            typer.echo(f"{find.__name__}: this is not all: {reason}", err=True)
            raise typer.Exit(EXIT_NOT_DONE)

    _, *own = inspect.signature(find).parameters.values()
    *common, _ = inspect.signature(command).parameters.values()
    command.__signature__ = inspect.Signature([*own, *common])  # type: ignore[attr-defined] # typer reads it
    command.__name__, command.__doc__ = find.__name__, find.__doc__
    return command
