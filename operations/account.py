"""`account`: where every unit stands, to the last decimal, and whether any is without a place."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.journal.head import Head
from meterhouse.errors import JournalCorruptError, StorageUnavailableError
from operations.audit import Audit
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.findings import Findings, Scope
from operations.statement_document import write_document
from operations.statement_tables import print_statements
from operations.subscription_names import read_subscription_name
from operations.usage_tables import TableChoice, UsageTableAccess, find_usage_table
from sandbox.stack.layout import DEFAULT_DIRECTORY

EXIT_DIFFERENCE = 1
EXIT_NOT_DONE = 2
EXIT_INTERRUPTED = 130


def _read_subscription(name: str) -> SubscriptionKey:
    try:
        return read_subscription_name(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def account(
    *,
    table: Annotated[str | None, typer.Option(help="The UsageTable's name.")] = None,
    stack_name: Annotated[
        str | None, typer.Option(help="A deployed stack; its output names the table.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="Only hours from this one on, in UTC. Default: everything.",
        ),
    ] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, help="Only this hour and so many before it.")
    ] = None,
    subscription: Annotated[
        str | None,
        typer.Option(
            parser=_read_subscription,
            metavar="NAME",
            help="Only this subscription's meters; named as in log lines or usage events.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
    directory: Annotated[
        Path, typer.Option(help="Where `make up` keeps the local stack's files.")
    ] = DEFAULT_DIRECTORY,
) -> None:
    """Say where every unit of usage stands; name everything at fault. Nothing is written.

    A meter is one dimension of one subscription. Without --table and --stack-name the running local
    stack is read. Exits with 0 when every meter balances and nothing is at fault, with 1 when not,
    and with 2 when that could not be found out.
    """
    if table is not None and stack_name is not None:
        raise typer.BadParameter("name a table or a stack, not both")
    if since is not None and hours is not None:
        raise typer.BadParameter("give --since or --hours, not both")
    scope = Scope(
        _first_hour(since, hours), None if subscription is None else SubscriptionKey(subscription)
    )
    with _errors_as_exit():
        access = find_usage_table(TableChoice(table, stack_name, directory))
        with closing(access.client):
            findings = _audit(access, scope)
        if as_json:
            typer.echo(write_document(access.table_name, findings))
        else:
            print_statements(access.table_name, findings)
    if not findings.is_right:
        raise typer.Exit(EXIT_DIFFERENCE)


def _first_hour(since: datetime | None, hours: int | None) -> datetime | None:
    if hours is not None:
        return floor_to_hour(datetime.now(UTC) - timedelta(hours=hours))
    return None if since is None else floor_to_hour(since.replace(tzinfo=UTC))


def _audit(access: UsageTableAccess, scope: Scope) -> Findings:
    ledger = CarefulUsageTable(access.client, access.table_name)
    try:
        audit = Audit(ledger, scope, noted=ledger.noted, shards=ledger.shards())
        for head in _shown(audit.hours(datetime.now(UTC))):
            audit.read(head)
        return audit.findings()
    except (JournalCorruptError, StorageUnavailableError) as error:
        raise OperationError(f"table {access.table_name} cannot be read: {error}") from error


def _shown(heads: Sequence[Head]) -> Iterable[Head]:
    """Show on a terminal how far the reading has come."""
    console = Console(stderr=True)
    return track(
        heads,
        description="Reading hours",
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


@contextmanager
def _errors_as_exit() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("account: interrupted; nothing was written", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except OperationError as error:
        typer.echo(f"account: {error}", err=True)
        raise typer.Exit(EXIT_NOT_DONE) from error
