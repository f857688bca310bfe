"""`python -m bench.month`: what a month costs three sellers, by counted units and a price file."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import boto3
import typer
from rich.console import Console

from bench import shapes
from bench.counting import Bench, Life, live
from bench.deployment import access_environment, environment
from bench.emulation import emulated_account
from bench.market import DIMENSIONS
from bench.messages import PACKED
from bench.playing import SCHEDULE, Part, Play, playing
from bench.reading import DAYS_OF_A_MONTH
from bench.rivals import rivals_beside
from bench.spending import Costs
from bench.tables import table_of
from local.stack.termination import terminate_like_an_interrupt
from meterhouse.adapters.usage_table.items import HEADS_PARTITION
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DaySheet, SheetLine
from meterhouse.domain.hours import HOUR, format_hour

PRICES = Path(__file__).with_name("prices.toml")
HOURS = DAYS_OF_A_MONTH * shapes.HOURS_OF_A_DAY
RUNS = HOURS * (HOUR // SCHEDULE)
# A run publishes the totals of so many hours, of which those of two days are not filed yet.
_HOURS_SHOWN = 72
_HOURS_UNFILED = 48
_RECEIVED_AT_ONCE = 10
_GIGABYTE = 10**9
_MILLION = 10**6
_WIDTH = 170

app = typer.Typer(add_completion=False)

type Prices = Mapping[str, Mapping[str, Decimal]]
"""The price file, by section."""


class Seller(NamedTuple):
    """A seller whose every drain, one in 30 seconds, brings so many events of steady meters."""

    name: str
    meters: int
    events_a_drain: int


SELLERS = (
    Seller("small", meters=60, events_a_drain=30),
    Seller("medium", meters=1_000, events_a_drain=1_000),
    Seller("large", meters=10_000, events_a_drain=10_000),
)


def read_prices(path: Path = PRICES) -> Prices:
    """Read a price file."""
    sections = tomllib.loads(path.read_text(), parse_float=Decimal)
    return {
        name: {key: Decimal(value) for key, value in of_section.items()}
        for name, of_section in sections.items()
    }


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a seller.

    Attributes:
        hour: the life of one hour.
        sheet: writing the sheet of one subscription and day.
        idle: a scheduled run that finds nothing to do.
        customers: who has a sheet each day.

    """

    seller: Seller
    hour: Life
    sheet: Costs
    idle: Costs
    customers: int

    @property
    def month(self) -> Costs:
        """Everything that DynamoDB and SQS do in a month."""
        filing = self.hour.parts[Part.FILING]
        # The hour was filed alone; a day's hours share their sheets.
        written = replace(filing, write_units=filing.write_units - self.customers)
        work = self.hour.whole - filing + written
        sheets = self.sheet * (self.customers * DAYS_OF_A_MONTH)
        return work * HOURS + sheets + self.idle * RUNS

    @property
    def month_bytes(self) -> int:
        """What a month adds to the table, as if every hour had sheets of its own."""
        return self.hour.stored_bytes * HOURS


def count_seller(bench: Bench, seller: Seller, drains: int = shapes.DRAINS_OF_AN_HOUR) -> Counted:
    """Play an hour of a seller's usage, and count what a month has besides its hours."""
    shape = shapes.steady(seller.meters, seller.events_a_drain, drains)
    with playing(shape, *bench.account()) as play:
        hour = live(play)
        with play.recorder.spending() as sheet:
            _write_sheet(play)
        _write_heads(play)
        with play.recorder.spending() as idle:
            play.deployment.reconcile()
        return Counted(seller, hour, sheet, idle, len(shape.market.customers))


def _write_sheet(play: Play) -> None:
    """Write the sheet of a day that has every dimension in every hour."""
    subscription = play.shape.market.customers[0].key
    lines = tuple(
        SheetLine(shapes.DAY_AT + hour * HOUR, dimension, Standing.METERED, Decimal(98_765 + hour))
        for hour in range(shapes.HOURS_OF_A_DAY)
        for dimension in DIMENSIONS[: play.shape.dimensions]
    )
    play.deployment.ports.ledger.write_sheet(DaySheet(subscription, shapes.DAY_AT, lines))


def _write_heads(play: Play) -> None:
    """Write the heads of three days of hours like the one that was played, two of them unfiled."""
    client, table = boto3.client("dynamodb"), play.account.usage_table
    now = play.shape.market.clock.now()
    [head] = [item for item in play.recorder.items(table) if item["pk"]["S"] == HEADS_PARTITION]
    unfiled = {"due_shard": {"S": "due"}, "due_at": {"N": str(int((now + HOUR).timestamp()))}}
    for ago in range(1, _HOURS_SHOWN + 1):
        due = unfiled if ago <= _HOURS_UNFILED else {}
        name = {"sk": {"S": f"{format_hour(now - ago * HOUR)}#00"}}
        client.put_item(TableName=table, Item={**head, **name, **due})


def dynamodb_bill(
    prices: Prices, costs: Costs, added_bytes: Decimal | int
) -> tuple[Decimal, Decimal]:
    """Return the price of units, and that of storing so much for a month."""
    of_table = prices["dynamodb"]
    writes = costs.write_units * of_table["million_write_units"]
    reads = costs.read_units * of_table["million_read_units"]
    storage = Decimal(added_bytes) / _GIGABYTE * of_table["gigabyte_month"]
    return (writes + reads) / _MILLION, storage


def bill_of(counted: Counted, prices: Prices) -> dict[str, Decimal]:
    """Return what a month costs, by service."""
    hour, assumed = counted.hour, prices["assumed"]
    events, month = hour.events * HOURS, counted.month
    drains = hour.drains * HOURS
    busy = (
        month.calls * assumed["seconds_a_call"]
        + events * assumed["drain_microseconds_an_event"] / _MILLION
        # An hour is folded when it is closed, and when it is accounted for.
        + 2 * events / assumed["fold_events_a_second"]
        + hour.metering_calls * HOURS / assumed["calls_a_second"]
    )
    messages = drains * -(-counted.seller.events_a_drain // PACKED)
    # Each is sent alone; ten are received and deleted at once.
    requests = messages * (1 + Decimal(2) / _RECEIVED_AT_ONCE) + assumed["empty_receives"]
    units, storage = dynamodb_bill(prices, month, counted.month_bytes)
    gigabyte_seconds = busy * assumed["memory_gigabytes"]
    invocations = (drains + RUNS) * prices["lambda"]["million_requests"] / _MILLION
    return {
        "DynamoDB units": units,
        "first month's storage": storage,
        "Lambda": invocations + gigabyte_seconds * prices["lambda"]["gigabyte_second"],
        "SQS": requests * prices["sqs"]["million_requests"] / _MILLION,
    }


@app.command()
def main() -> None:
    """Say what a month costs three sellers, and what DynamoDB would cost the usual ways."""
    terminate_like_an_interrupt()
    prices = read_prices()
    table = table_of(
        "A month of steady usage, in US dollars",
        *("seller", "meters", "events", "write units", "read units", "GB stored"),
        *("DynamoDB units", "first month's storage", "Lambda", "SQS", "all"),
        *("DynamoDB, a write per event", "DynamoDB, pending index"),
    )
    with emulated_account() as url, environment(access_environment(url, None)):
        bench = Bench()
        for seller in SELLERS:
            table.add_row(*_cells(count_seller(bench, seller), prices))
    Console(width=_WIDTH).print(
        table,
        f"Prices and assumptions are those of {PRICES.name}; look them up. Logs, metrics and "
        "alarms of CloudWatch are not in it, nor is what the usual ways cost besides DynamoDB.",
    )


def _cells(counted: Counted, prices: Prices) -> Iterator[str]:
    hour, month = counted.hour, counted.month
    yield counted.seller.name
    for number in (counted.seller.meters, hour.events * HOURS, month.write_units, month.read_units):
        yield f"{number:,.0f}"
    yield f"{counted.month_bytes / _GIGABYTE:.2f}"
    bill = bill_of(counted, prices)
    for dollars in (*bill.values(), sum(bill.values(), Decimal(0))):
        yield f"{dollars:,.2f}"
    for one in rivals_beside(hour.events, hour.records).values():
        yield f"{sum(dynamodb_bill(prices, one.whole, one.stored_bytes)) * HOURS:,.2f}"


if __name__ == "__main__":
    app(prog_name="python -m bench.month")
