"""The two usual ways to keep usage, measured on the same events beside ours.

Both keep an item per event. They are as good as they can be: an event's id makes its write
idempotent, and items are small. What they cannot do (take late usage, survive a crash between bill
and mark, wait for a backlog) costs them nothing. A sample of whole records tells what all cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

import boto3

from bench.account import REGION
from bench.capacity import QUERY_BYTES_MAX, TableSchema, stored_bytes
from bench.messages import Chance, EventFields
from bench.recorder import Recorder
from bench.shapes import NOON_AT, Market
from bench.spending import Costs

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SAMPLE_EVENTS = 100
_SEED = 17


class Rival(Protocol):
    """A way to keep usage: one table of events.

    `asks_by_record` tells whether every record is queried for alone, or all in one query;
    `marks_events` whether each event is marked as billed, or each record.
    """

    title: str
    schema: TableSchema
    records_per_call: int
    asks_by_record: bool
    marks_events: bool

    def create(self, client: "DynamoDBClient", table: str) -> None:
        """Create the table."""
        ...

    def store(self, client: "DynamoDBClient", table: str, event: EventFields) -> None:
        """Write an event, unless it is there already."""
        ...

    def sum(self, client: "DynamoDBClient", table: str, records: Sequence[str]) -> int:
        """Read the events of records; return their units together."""
        ...

    def mark(
        self,
        client: "DynamoDBClient",
        table: str,
        records: Sequence[str],
        events: Sequence[EventFields],
    ) -> None:
        """Mark what was billed."""
        ...


@dataclass(frozen=True, slots=True)
class RivalCost:
    """What usage costs a rival, in all.

    Attributes:
        drain: until the events are stored.
        billing: summing, sending and marking.
        stored_bytes: of the table afterwards.

    """

    drain: Costs
    billing: Costs
    stored_bytes: Decimal

    @property
    def whole(self) -> Costs:
        """Everything together."""
        return self.drain + self.billing


class _Sample:
    """Whole records with as many events each as a shape has, or the first events of one record."""

    def __init__(self, events: int, records: int) -> None:
        each = max(1, events // records)
        count = max(1, SAMPLE_EVENTS // each)
        chance = Chance(_SEED)
        self.units = 0
        self.events: list[EventFields] = []
        for customer in Market.of(count).customers:
            for _ in range(min(each, SAMPLE_EVENTS)):
                at = NOON_AT + timedelta(seconds=chance.below(3_600))
                event = chance.event(customer.license_arn, "dimension_0", at)
                self.events.append(event)
                self.units += int(str(event["quantity"]))
        self.records = list(dict.fromkeys(map(record_of, self.events)))


def count_rival(
    rival: Rival, watched: "Watched", table: str, *, events: int, records: int
) -> RivalCost:
    """Count what so many events in so many records cost a rival."""
    sample, client, recorder = _Sample(events, records), watched.client, watched.recorder
    rival.create(client, table)
    recorder.add_table(table, rival.schema)
    with recorder.spending() as in_drain:
        for event in sample.events:
            rival.store(client, table, event)
    with recorder.spending() as in_sum:
        units = rival.sum(client, table, sample.records)
    with recorder.spending() as in_mark:
        rival.mark(client, table, sample.records, sample.events)
    if units != sample.units:
        raise ValueError(f"{rival.title}: {units} of {sample.units} units")
    by_events = Decimal(events) / len(sample.events)
    by_records = Decimal(records) / len(sample.records)
    stored = sum(map(stored_bytes, recorder.items(table))) * by_events
    # What a record is asked for comes in pages of 1 MB.
    queries = max(records if rival.asks_by_record else 1, -(-int(stored) // QUERY_BYTES_MAX))
    calls = queries + -(-records // rival.records_per_call)
    read = Costs.of(in_sum) * by_events
    marked = Costs.of(in_mark) * (by_events if rival.marks_events else by_records)
    return RivalCost(
        drain=Costs.of(in_drain) * by_events,
        billing=replace(read, calls=Decimal(calls)) + marked,
        stored_bytes=stored,
    )


class Watched(NamedTuple):
    """A client, and the recorder that watches it."""

    client: "DynamoDBClient"
    recorder: Recorder


def watched_client() -> Watched:
    """Return a client of the emulator whose calls are counted."""
    session = boto3.Session(region_name=REGION)
    recorder = Recorder(session.client("dynamodb"))
    client = session.client("dynamodb")
    recorder.watch(client.meta.events)
    return Watched(client, recorder)


def record_of(event: EventFields) -> str:
    """Return the metering record that an event belongs to."""
    return f"{event['subscription']}|{event['dimension']}|{str(event['time'])[:13]}"
