"""Lets the functions work on a shape of usage as the schedule would, and counts what it costs."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from bench.deployment import Account, Deployment, OneAfterTheOther, wired
from bench.market import Customer, Market
from bench.recorder import Recorder
from bench.shapes import Drain, Shape
from bench.spending import Costs
from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import MeteringRecord
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.ports.ledger import Due
from meterhouse.ports.marketplace import Metering
from meterhouse.runtime import clients
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions

if TYPE_CHECKING:
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

# The template's default schedule.
SCHEDULE = timedelta(minutes=5)
# Longer than any usage takes until AWS's deadline, and until it is accounted for.
_RUNS_MAX = 600
_DUE_MAX = 10_000
_HEADS_SINCE = timedelta(days=4)
_HEADS_UNTIL = timedelta(hours=2)
_REGISTRATIONS_AT_ONCE = 8


class Part(StrEnum):
    """A part of the life of usage."""

    DRAIN = "drain"
    """Until events are in the journal and their messages can be forgotten."""
    CLOSING = "closing and sending"
    """Closing, freezing, sending, storing answers, carrying."""
    ACCOUNTING = "accounting"
    """Seeing that every unit of an hour has its place."""
    FILING = "sheets"
    """Entering what the subscriptions used into the sheets of the day."""


@dataclass(slots=True)
class Play:
    """A deployment, its usage, and what the parts of its work have cost."""

    shape: Shape
    account: Account
    deployment: Deployment
    recorder: Recorder
    costs: dict[Part, Costs] = field(default_factory=lambda: {part: Costs() for part in Part})

    def drain_all(self, drains: Iterable[Drain] | None = None) -> int:
        """Drain everything in time, with what is due before; return the number of drains.

        `drains` are the shape's own, unless something else was done to their messages.
        """
        count = 0
        for drain in self.shape.drains() if drains is None else drains:
            self.run_until(drain.at)
            self.shape.market.clock.move_to(drain.at)
            with self.recorder.charging(self.costs[Part.DRAIN]):
                self.deployment.drain(drain.messages)
            count += 1
        return count

    def close(self) -> None:
        """Let the schedule work until every hour was closed once."""
        self._work_until(lambda: all(head.is_settled for head in self.heads()))

    def account_for(self) -> None:
        """Let the schedule work until every hour is accounted for."""
        self._work_until(lambda: all(head.is_balanced for head in self.heads()))

    def finish(self) -> None:
        """Let the schedule work until nothing is left to do, and see that all of it was billed."""
        self._work_until(lambda: not self._due(None))
        self._check()

    def run_until(self, moment: datetime) -> None:
        """Do the runs of the schedule before a moment that have something to do."""
        clock = self.shape.market.clock
        tick = _tick_after(clock.now())
        while tick < moment:
            if self._due(tick):
                self._run_at(tick)
            tick = _tick_after(max(tick, clock.now()))

    def heads(self) -> list[Head]:
        """Return every hour that there is."""
        now = self.shape.market.clock.now()
        ledger = self.deployment.ports.ledger
        return list(ledger.heads_between(now - _HEADS_SINCE, now + _HEADS_UNTIL))

    def records(self) -> list[MeteringRecord]:
        """Return every record that there is."""
        ledger = self.deployment.ports.ledger
        return [
            record
            for head in self.heads()
            for batch in ledger.batches(head.log)
            for record in batch.records
        ]

    def _run_at(self, moment: datetime) -> None:
        """Do one run of the schedule."""
        self.shape.market.clock.move_to(moment)
        with self.recorder.charging(self.costs[self._part_of_run(moment)]):
            self.deployment.reconcile()

    def _work_until(self, is_done: Callable[[], bool]) -> None:
        for _ in range(_RUNS_MAX):
            if is_done():
                return
            wanted_at = tick_from(self._due(None)[0].due_at, SCHEDULE)
            self._run_at(max(_tick_after(self.shape.market.clock.now()), wanted_at))
        raise ValueError(f"{self.shape.name}: something is never finished")

    def _due(self, moment: datetime | None) -> list[Due]:
        return self.deployment.ports.ledger.due(now=moment, count_max=_DUE_MAX)

    def _part_of_run(self, moment: datetime) -> Part:
        """Return what a run is charged to, by the first thing that it has to do."""
        due = self._due(moment)
        logs = {one.key for one in due if isinstance(one.key, LogKey)}
        heads = [head for head in self.heads() if head.log in logs]
        if len(logs) < len(due) or any(head.has_new_usage for head in heads):
            return Part.CLOSING
        return Part.FILING if all(head.is_balanced for head in heads) else Part.ACCOUNTING

    def _check(self) -> None:
        """Compare what AWS bills with what was sent: a wrong result has no price."""
        states = {record.state for record in self.records()}
        bill = self.shape.market.marketplace.bill()
        billed = sum((line.quantity for line in bill), Decimal(0))
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
        shape.market.clock,
        metering=metering or metering_of(shape.market),
        workers=OneAfterTheOther(),
        hook=recorder.watch,
    ) as deployment:
        if is_registered:
            table = account.subscriptions_table
            register(deployment, table, shape.market.customers, shape.market.clock.now())
        yield Play(shape, account, deployment, recorder)


def metering_of(market: Market) -> Metering:
    """Return the real adapter over a marketplace in this process."""
    return MeteringApi(cast("MarketplaceMeteringClient", market.marketplace))


def register(
    deployment: Deployment, table: str, customers: tuple[Customer, ...], now: datetime
) -> None:
    """Make customers known."""
    ports = deployment.ports
    folders = FoldersTable(clients.dynamodb(), table)
    keep = KeepSubscriptions(folders, Products(), ports.clock, ports.report)

    def make_known(customer: Customer) -> None:
        keep.learn(registration(customer.resolved, now, trial=False))

    with ThreadPoolExecutor(_REGISTRATIONS_AT_ONCE) as threads:
        list(threads.map(make_known, customers))


def tick_from(moment: datetime, schedule: timedelta) -> datetime:
    """Return the first run of a schedule that is not before a moment."""
    hour_at = floor_to_hour(moment)
    return hour_at + -(-(moment - hour_at) // schedule) * schedule


def _tick_after(moment: datetime) -> datetime:
    return tick_from(moment + timedelta(microseconds=1), SCHEDULE)
