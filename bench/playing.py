"""Lets the functions work on a shape of usage as the schedule would, and counts what it costs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from bench.account import Account
from bench.deployment import Deployment, OneAfterTheOther, wired
from bench.recorder import Recorder
from bench.shapes import Customer, Drain, Shape
from bench.spending import Spent
from meterhouse.adapters.metering_api import MeteringApi
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.ports import Due, Metering

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

# The template's default schedule.
SCHEDULE = timedelta(minutes=5)
# Longer than any usage takes until AWS's deadline, and until it is accounted for.
RUNS_MAX = 600
_DUE_MAX = 10_000
_HEADS_SINCE = timedelta(days=3)
_HEADS_AHEAD = timedelta(hours=2)
_REGISTRATIONS_AT_ONCE = 8


@dataclass(slots=True)
class Play:
    """A deployment, its usage, and what the parts of its work have cost.

    Attributes:
        draining: until events are in the journal and their messages can be forgotten.
        closing: closing, freezing, sending, storing answers, carrying.
        accounting: seeing that every unit of an hour has its place.
        filing: entering what the subscriptions used into the sheets of the day.

    """

    shape: Shape
    deployment: Deployment
    recorder: Recorder
    draining: Spent = field(default_factory=Spent)
    closing: Spent = field(default_factory=Spent)
    accounting: Spent = field(default_factory=Spent)
    filing: Spent = field(default_factory=Spent)

    def drain(self, drain: Drain) -> None:
        """Let the schedule do what is due before, then drain."""
        self.run_until(drain.at)
        self.shape.clock.move_to(drain.at)
        with self.recorder.charging(self.draining):
            kept = self.deployment.drain(drain.messages)
        if kept:
            raise ValueError(f"{self.shape.name}: the drain kept {len(kept)} messages")

    def close(self) -> None:
        """Let the schedule work until every hour was closed once."""
        self._work_until(lambda: all(head.is_settled for head in self.heads()))

    def finish(self) -> None:
        """Let the schedule work until every hour is accounted for."""
        self._work_until(lambda: all(head.is_balanced for head in self.heads()))

    def file(self) -> None:
        """Let the schedule work until nothing is left to do."""
        self._work_until(lambda: not self._due(None))

    def run_until(self, moment: datetime) -> None:
        """Do the runs of the schedule before a moment that have something to do."""
        tick = _tick_after(self.shape.clock.now())
        while tick < moment:
            if self._due(tick):
                self.run_at(tick)
            tick = _tick_after(max(tick, self.shape.clock.now()))

    def run_at(self, moment: datetime) -> None:
        """Do one run of the schedule."""
        self.shape.clock.move_to(moment)
        calls_before = len(self.shape.marketplace.calls())
        spent = self._purse(moment)
        with self.recorder.charging(spent):
            self.deployment.reconcile()
        spent.calls["BatchMeterUsage"] += len(self.shape.marketplace.calls()) - calls_before

    def heads(self) -> list[Head]:
        """Return every hour that there is."""
        now = self.shape.clock.now()
        ledger = self.deployment.ports.ledger
        return list(ledger.heads_between(now - _HEADS_SINCE, now + _HEADS_AHEAD))

    def _work_until(self, is_done: Callable[[], bool]) -> None:
        for _ in range(RUNS_MAX):
            if is_done():
                return
            wanted_at = _tick_from(self._due(None)[0].due_at)
            self.run_at(max(_tick_after(self.shape.clock.now()), wanted_at))
        raise ValueError(f"{self.shape.name}: something is never finished")

    def _due(self, moment: datetime | None) -> list[Due]:
        return self.deployment.ports.ledger.due(now=moment, count_max=_DUE_MAX)

    def _purse(self, moment: datetime) -> Spent:
        """Return what pays for a run, by the first thing that it has to do."""
        due = self._due(moment)
        logs = {one.key for one in due if isinstance(one.key, LogKey)}
        heads = [head for head in self.heads() if head.log in logs]
        if len(logs) < len(due) or any(head.has_new_usage for head in heads):
            return self.closing
        return self.filing if all(head.is_balanced for head in heads) else self.accounting

    def check(self) -> None:
        """Compare what AWS bills with what was sent: a wrong result has no price."""
        ledger = self.deployment.ports.ledger
        records = [
            record
            for head in self.heads()
            for batch in ledger.batches(head.log)
            for record in batch.records
        ]
        states = {record.state for record in records}
        billed = sum((line.quantity for line in self.shape.marketplace.bill()), Decimal(0))
        if states != {RecordState.METERED} or billed != self.shape.units:
            raise ValueError(
                f"{self.shape.name}: {states}, {billed} of {self.shape.units} units billed"
            )


@contextmanager
def playing(
    shape: Shape,
    account: Account,
    recorder: Recorder,
    *,
    metering: Metering | None = None,
    is_registered: bool = True,
) -> Iterator[Play]:
    """Give a deployment to play a shape on, its customers registered."""
    with wired(
        account,
        shape.clock,
        metering=metering or market_of(shape),
        workers=OneAfterTheOther(),
        hook=recorder.watch,
    ) as deployment:
        if is_registered:
            register(deployment, shape)
        yield Play(shape, deployment, recorder)


def market_of(shape: Shape) -> Metering:
    """Return the real adapter over the marketplace of a shape."""
    return MeteringApi(cast("MarketplaceMeteringClient", shape.marketplace))


def register(deployment: Deployment, shape: Shape) -> None:
    """Make the customers of a shape known."""
    now, book = shape.clock.now(), deployment.ports.subscriptions

    def make_known(customer: Customer) -> None:
        book.upsert(customer.subscription, customer.resolved, trial=False, now=now)

    with ThreadPoolExecutor(_REGISTRATIONS_AT_ONCE) as threads:
        list(threads.map(make_known, shape.customers))


def _tick_after(moment: datetime) -> datetime:
    """Return the schedule's first tick after a moment."""
    return _tick_from(moment + timedelta(microseconds=1))


def _tick_from(moment: datetime) -> datetime:
    """Return the schedule's first tick that is not before a moment."""
    hour_at = floor_to_hour(moment)
    return hour_at + -(-(moment - hour_at) // SCHEDULE) * SCHEDULE
