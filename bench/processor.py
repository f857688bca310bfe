"""Processor time of the drain, encoding and the SDK's work included; calls go nowhere."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import boto3

from bench.canned import cut_off, on_the_wire
from bench.deployment import REGION, Account, wired
from bench.messages import EventFields
from bench.rivals import USUAL_WAY
from bench.shapes import NOON_AT, Shape
from meterhouse.adapters.usage_table.head_items import new_head
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey

_NOWHERE = Account("usage", "subscriptions", "http://127.0.0.1:9/usage", "http://127.0.0.1:9/no")
_HEAD = on_the_wire(new_head(Head(LogKey(NOON_AT, 0), due_at=NOON_AT)))
_RUNS = 15
_USUAL_EVENTS = 200
_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class DrainTime:
    """Microseconds of processor time for an event of one drain, ours and the usual way's."""

    name: str
    events: int
    ours: float
    usual: float


def time_drain(shape: Shape) -> DrainTime:
    """Measure the first drain of a shape in a process that has drained before.

    The hour's log is open already, as it is for all drains of an hour but one. The least of some
    runs counts: other work disturbs, and never helps.
    """
    drain = next(iter(shape.drains()))
    events = [event for one in drain.messages for event in json.loads(one.body)["events"]]
    shape.market.clock.move_to(drain.at)
    with wired(_NOWHERE, shape.market.clock, hook=partial(cut_off, head=_HEAD)) as deployment:
        deployment.drain(drain.messages)  # makes the clients
        seconds = min(_cpu_seconds(partial(deployment.drain, drain.messages)) for _ in range(_RUNS))
    return DrainTime(
        name=shape.name,
        events=len(events),
        ours=seconds * _MICROSECONDS / len(events),
        usual=_time_usual_way(events[:_USUAL_EVENTS]),
    )


def _time_usual_way(events: Sequence[EventFields]) -> float:
    session = boto3.Session(region_name=REGION)
    cut_off(session.events, _HEAD)
    client = session.client("dynamodb")

    def store_all() -> None:
        for event in events:
            client.put_item(
                TableName="events",
                Item=USUAL_WAY.item_of(event),
                ConditionExpression="attribute_not_exists(pk)",
            )

    store_all()
    return _cpu_seconds(store_all) * _MICROSECONDS / len(events)


def _cpu_seconds(work: Callable[[], None]) -> float:
    """Return the processor time of all threads."""
    started = time.process_time()
    work()
    return time.process_time() - started
