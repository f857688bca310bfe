"""What looking at records and statements reads, of few records and of a million."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import boto3

from bench import market
from bench.capacity import Item, TableSchema
from bench.counting import Bench
from bench.deployment import table_definition
from bench.playing import Play, playing
from bench.recorder import Recorder
from bench.shapes import DAY_AT, HOURS_OF_A_DAY, day
from bench.shelf import Shelf
from meterhouse.adapters.usage_table.batch_items import new_batch, read_batch
from meterhouse.adapters.usage_table.documents import read_document, write_document
from meterhouse.adapters.usage_table.items import BATCH_PREFIX
from meterhouse.domain.accounting.sheets import DAY
from meterhouse.domain.hours import HOUR, format_hour
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode
from meterhouse.domain.records.record import RecordStatus
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.careful_ledger import CarefulUsageTable
from operations.monthly_usage import ReadMonth
from operations.reads import read_record
from operations.record_filter import RecordFilter
from operations.record_list import list_records

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item as TableItem

DIMENSIONS = 5
DAYS = 30
FEW_CUSTOMERS, MANY_CUSTOMERS = 3, 278
_REJECTED = RecordStatus(RecordState.REJECTED, None, AwsCode("InvalidTagException"), sends=1)
_TABLE = "UsageTable-of-many"


@dataclass(frozen=True, slots=True)
class LargeLookUp:
    """What was looked up among so many records, how many were shown, and the read units.

    `is_bounded` tells that it may not cost more among more records.
    """

    what: str
    records: int
    shown: int
    read_units: Decimal
    is_bounded: bool = True


def measure_many(
    bench: Bench, customers: int, *, days: int = DAYS, hours: int = HOURS_OF_A_DAY
) -> list[LargeLookUp]:
    """Count what looking at a month costs, of which each customer uses each dimension each hour.

    One hour is played; the others are copies of what it left in the table. Of each hour one record
    is turned into a rejected one.
    """
    shape = day(customers * DIMENSIONS, DIMENSIONS, hours=1)
    with playing(shape, *bench.account()) as play:
        play.drain_all()
        play.finish()
        items = [*_month_of(play, days, hours)]
        records = len(play.records()) * hours * days
    customer = max(one.key for one in shape.market.customers)
    return [*_look_ups(items, records, customer, DAY_AT + days * DAY)]


def _month_of(play: Play, days: int, hours: int) -> Iterator[Item]:
    """Yield what the only hour there is left behind, for every hour of a month."""
    items = play.recorder.items(play.account.usage_table)
    first_batch = min(_key(one) for one in items if _key(one)[1].startswith(BATCH_PREFIX))
    for item in items:
        partition, name = _key(item)
        if partition.startswith("SHEET#"):
            whole = _whole_sheet(item, hours)
            for number in range(days):
                yield whole | {"sk": {"S": _name_of(DAY_AT + number * DAY)}}
            continue
        # Only keys name hours: all else counts from the hour.
        first = format_hour(DAY_AT)
        for number in range(days):
            for hour in range(hours):
                at = format_hour(DAY_AT + number * DAY + hour * HOUR)
                moved = partition.replace(first, at), name.replace(first, at)
                copied = {**item, "pk": {"S": moved[0]}, "sk": {"S": moved[1]}}
                yield _with_a_rejection(copied) if (partition, name) == first_batch else copied


def _whole_sheet(item: Item, hours: int) -> dict[str, Any]:
    """Return the sheet of a day in each of whose hours the same was used."""
    document, _ = read_document(item["lines"]["B"])
    lines = [[hour, *rest] for hour in range(hours) for _, *rest in document["lines"]]
    return {**item, "lines": {"B": write_document(document | {"lines": lines})}}


def _name_of(day_at: datetime) -> str:
    return day_at.date().isoformat()


def _with_a_rejection(item: Item) -> Item:
    batch = read_batch(cast("TableItem", item))
    first, *others = batch.records
    rejected = replace(first, status=_REJECTED)
    return new_batch(replace(batch, records=(rejected, *others)))


def _look_ups(
    items: list[Item], records: int, customer: SubscriptionKey, now: datetime
) -> Iterator[LargeLookUp]:
    recorder, client = Recorder(), boto3.client("dynamodb")
    Shelf(_TABLE, TableSchema.of(table_definition("UsageTable")), items).serve(client, recorder)
    unbilled = RecordFilter(states=frozenset({RecordState.REJECTED}))
    hour = RecordKey(customer, market.DIMENSIONS[0], DAY_AT)

    def count(
        what: str, show: Callable[[CarefulUsageTable], int], *, is_bounded: bool = True
    ) -> LargeLookUp:
        ledger = CarefulUsageTable(client, _TABLE)
        with recorder.spending() as spent:
            shown = show(ledger)
        return LargeLookUp(what, records, shown, spent.read_units, is_bounded)

    def listing(wanted: RecordFilter) -> Callable[[CarefulUsageTable], int]:
        return lambda ledger: len(list_records(ledger, 1, wanted, now).records)

    def statement(ledger: CarefulUsageTable) -> int:
        return len(ReadMonth(ledger, 1)(customer, (DAY_AT, now - DAY)).rows)

    yield count("records list: a page", listing(RecordFilter(last_at=now)))
    yield count("records list: of one subscription", listing(RecordFilter(customer)))
    yield count("records list: --state REJECTED", listing(unbilled))
    yield count("statement: one subscription's month", statement)
    yield count(
        "records show, evidence: one record, with its hour",
        lambda ledger: len(read_record(ledger, 1, hour).events),
        is_bounded=False,
    )


def growth_of_reads(look_ups: Iterable[LargeLookUp]) -> Decimal:
    """Return how many times as much a bounded look costs among the most records at most."""
    of_each: dict[str, dict[int, Decimal]] = {}
    for one in look_ups:
        if one.is_bounded:
            of_each.setdefault(one.what, {})[one.records] = one.read_units
    return max(units[max(units)] / units[min(units)] for units in of_each.values())


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]
