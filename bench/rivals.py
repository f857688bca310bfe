"""The two usual ways to keep usage, reckoned on the same kind of usage beside ours.

Both keep an item per event. They are as good as they can be: an event's id makes its write
idempotent, and items are small. What they cannot do (take late usage, survive a crash between bill
and mark, wait for a backlog, keep books) costs them nothing. A sample of whole records tells what
all of them cost, item by item, by the rules that ours is counted by.

AWS's own sample has the pending index, which projects whole items, queries it every hour, and takes
each item out of it once AWS has answered (whose answer it then holds; here it is the receipt):
https://github.com/aws-samples/aws-marketplace-serverless-saas-integration
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bench.capacity import (
    Index,
    Item,
    TableSchema,
    index_entry,
    index_write_units,
    item_bytes,
    query_units,
    stored_bytes,
    table_write_units,
)
from bench.messages import Chance, EventFields
from bench.shapes import NOON_AT
from bench.spending import Costs

_SAMPLE_EVENTS = 500
_SEED = 17
_PENDING = Index("pending", ("pending",), projects_all=True)


@dataclass(frozen=True, slots=True)
class RivalCost:
    """What usage costs a rival, in all: until it is stored, until it is billed, and in bytes."""

    drain: Costs
    billing: Costs
    stored_bytes: Decimal

    @property
    def whole(self) -> Costs:
        """Everything together."""
        return self.drain + self.billing


@dataclass(frozen=True, slots=True)
class Rival:
    """A way to keep usage: one table of events.

    With `has_pending_index` billing queries the index and marks each event; without it billing
    queries each record alone and marks it once.
    """

    title: str
    has_pending_index: bool

    def item_of(self, event: EventFields) -> dict[str, dict[str, str]]:
        """Return the item that an event is written as, on the condition that it is new."""
        record = f"{event['subscription']}|{event['dimension']}|{str(event['time'])[:13]}"
        item = {
            "pk": {"S": record},
            "sk": {"S": str(event["id"])},
            "quantity": {"N": str(event["quantity"])},
            "time": {"S": str(event["time"])},
        }
        return {**item, "pending": {"S": "true"}} if self.has_pending_index else item

    def cost(self, events: int, records: int) -> RivalCost:
        """Return what so many events in so many records cost."""
        each = min(_SAMPLE_EVENTS, max(1, events // records))
        sampled: list[list[Item]] = [
            [self.item_of(event) for event in _events_of_a_record(number, each)]
            for number in range(max(1, _SAMPLE_EVENTS // each))
        ]
        items = [item for of_record in sampled for item in of_record]
        by_events = Decimal(events) / len(items)
        drain = sum((self._writing(None, item) for item in items), Costs()) * by_events
        if self.has_pending_index:
            entries = [index_entry(_SCHEMA, _PENDING, item) or {} for item in items]
            reading = query_units(map(item_bytes, entries), consistent=False)
            billed = [_billed(item) for item in items]
            marking = sum(map(self._writing, items, billed), Costs()) * by_events
        else:
            # What a query reads is rounded up for each record, as long as it is small.
            sizes = [[*map(item_bytes, of_record)] for of_record in sampled]
            reading = sum((query_units(one, consistent=True) for one in sizes), Decimal(0))
            billed, marking = items, Costs(Decimal(records), calls=Decimal(records))
        billing = Costs(read_units=reading * by_events) + marking
        return RivalCost(drain, billing, sum(map(stored_bytes, billed)) * by_events)

    def _writing(self, before: Item | None, after: Item) -> Costs:
        index = index_write_units(_SCHEMA, before, after) if self.has_pending_index else 0
        units = table_write_units(before, after) + index
        return Costs(Decimal(units), Decimal(index), calls=Decimal(1))


_SCHEMA = TableSchema(("pk", "sk"), (_PENDING,))
USUAL_WAY = Rival("one conditional write per event", has_pending_index=False)
RIVALS = (USUAL_WAY, Rival("an item per event with a pending index", has_pending_index=True))


def rivals_beside(events: int, records: int) -> dict[str, RivalCost]:
    """Return what the same usage costs each rival, by its title."""
    return {rival.title: rival.cost(events, records) for rival in RIVALS}


def _billed(item: Item) -> Item:
    kept = {name: value for name, value in item.items() if name != "pending"}
    return {**kept, "receipt": {"S": str(uuid.UUID(int=0))}}


def _events_of_a_record(number: int, count: int) -> list[EventFields]:
    chance = Chance(_SEED + number)
    license_arn = f"arn:aws:license-manager::1:license:l-{number:032x}"
    return [
        chance.event(license_arn, "dimension_0", NOON_AT + timedelta(seconds=one % 3_600))
        for one in range(count)
    ]
