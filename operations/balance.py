"""`balance`: where every unit stands, to the last decimal, and whether any is without a place."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.audit import Audit
from operations.balance_tables import print_statements, write_document, write_table
from operations.careful_ledger import CarefulUsageTable
from operations.findings import Scope
from operations.options import (
    DEFAULT_DIRECTORY,
    EXIT_LEFT,
    AsCsv,
    AsJson,
    Chosen,
    Directory,
    StackName,
    TableName,
    choose_form,
    open_resource,
    read_subscription_name,
)
from operations.resources import tell_time
from operations.showing import shown_progress, waiting

# A hundred years; without a bound the first hour could lie before all time.
HOURS_MAX = 876_600


def balance(
    *,
    table: TableName = None,
    stack_name: StackName = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="Only hours from this one on, in UTC. Default: everything.",
        ),
    ] = None,
    hours: Annotated[
        int | None, typer.Option(min=1, max=HOURS_MAX, help="Only this hour and so many before it.")
    ] = None,
    subscription: Annotated[
        str | None,
        typer.Option(
            parser=read_subscription_name,
            metavar="NAME",
            help="Only this subscription's meters; named as in log lines or usage events.",
        ),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Say where every unit of usage stands; name everything at fault. Nothing is written.

    A meter is one dimension of one subscription. Without --table and --stack-name the running local
    stack is read. Exits with 0 when every meter balances and nothing is at fault, with 1 when not,
    and with 2 when that could not be found out.
    """
    choose_form(as_json=as_json, as_csv=as_csv)
    if since is not None and hours is not None:
        raise typer.BadParameter("give --since or --hours, not both")
    chosen = Chosen(table, stack_name, directory)
    with open_resource(CarefulUsageTable, "balance", chosen) as ledger:
        now = tell_time(*chosen)
        scope = Scope(
            _first_hour(since, hours, now),
            None if subscription is None else SubscriptionKey(subscription),
        )
        audit = Audit(ledger, scope, noted=ledger.noted, shards=ledger.shards())
        with waiting("Looking for hours"):
            heads = audit.hours(now)
        for head in shown_progress(heads, "Reading hours"):
            audit.read(head)
        findings = audit.findings()
    if as_json:
        typer.echo(write_document(ledger.name, findings))
    elif as_csv:
        typer.echo(write_table(findings), nl=False)
    else:
        print_statements(ledger.name, findings)
    if not findings.is_right:
        raise typer.Exit(EXIT_LEFT)


def _first_hour(since: datetime | None, hours: int | None, now: datetime) -> datetime | None:
    if hours is not None:
        return floor_to_hour(now - timedelta(hours=hours))
    return None if since is None else floor_to_hour(since.replace(tzinfo=UTC))
