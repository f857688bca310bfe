"""CPU time of the drain: by itself, and with the SDK's work around calls that go nowhere."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import boto3

from bench.canned import cut_off
from bench.deployment import REGION, Account, wired
from bench.shapes import Shape
from bench.usual_way import store_events
from meterhouse.ports import JournalResult, JournalWrite, UsageLedger

NOWHERE = Account("usage", "subscriptions", "http://127.0.0.1:9/usage", "http://127.0.0.1:9/no")
USUAL_EVENTS = 2_000
_RUNS = 3
_MICROSECONDS = 1e6


@dataclass(frozen=True, slots=True)
class DrainTime:
    """CPU microseconds per event, of all threads.

    Attributes:
        own: of the drain itself: parsing, checking, grouping, and cutting into pages.
        with_sdk: the same, and the pages' encoding and boto3 up to the socket.
        usual_way: parsing and one put per event, with boto3 up to the socket.

    """

    own: float
    with_sdk: float
    usual_way: float


class FreeLedger:
    """Takes every page at no cost; a drain of an open hour asks a ledger for nothing else."""

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        """Write nothing."""
        return [JournalResult.WRITTEN] * len(writes)


def time_drain(shape: Shape) -> DrainTime:
    """Measure the drain of a shape three times over."""
    with wired(NOWHERE, shape.clock, hook=cut_off) as drain:
        free = replace(drain, ledger=cast("UsageLedger", FreeLedger()))
        drain(shape.drains[0][:1])  # makes the clients

        def run_free() -> None:
            _must_keep_none([message for batch in shape.drains for message in free(batch)])

        def run_whole() -> None:
            _must_keep_none([message for batch in shape.drains for message in drain(batch)])

        # A function that runs every minute knows its customers; other work disturbs, never helps.
        own = min(_cpu_seconds(run_free) for _ in range(_RUNS))
        with_sdk = _cpu_seconds(run_whole)
    usual_count = min(USUAL_EVENTS, shape.event_count)
    usual = _cpu_seconds(lambda: _drain_usual_way(shape, usual_count))
    return DrainTime(
        own * _MICROSECONDS / shape.event_count,
        with_sdk * _MICROSECONDS / shape.event_count,
        usual * _MICROSECONDS / usual_count,
    )


def _drain_usual_way(shape: Shape, count: int) -> None:
    session = boto3.Session(region_name=REGION)
    cut_off(session.events)
    messages = (message for batch in shape.drains for message in batch)
    store_events(session.client("dynamodb"), "events", messages, count)


def _cpu_seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _must_keep_none(kept: Sequence[str]) -> None:
    if kept:
        raise ValueError(f"the drain kept {len(kept)} messages, so its time tells nothing")
