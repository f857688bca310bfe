"""How long it takes from a crash between a call and its answer until the record is sent again.

Time is virtual: a run is cut off as soon as AWS has the record, and the schedule goes on.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.counting import Bench
from bench.playing import SCHEDULE, Play, metering_of, playing, tick_from
from bench.shapes import busy
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.ports.marketplace import Metering

_SECOND = timedelta(seconds=1)
_RUNS_MAX = 20


class CutOffError(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass(slots=True)
class CuttingOff:
    """Implements `ports.marketplace.Metering`; the process ends before it hears AWS's answer."""

    metering: Metering
    cuts_left: int = 1
    calls: int = 0

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Let AWS bill the records."""
        self.calls += 1
        answer = self.metering.batch_meter_usage(product_code, records)
        if self.cuts_left:
            self.cuts_left -= 1
            raise CutOffError
        return answer


@dataclass(frozen=True, slots=True)
class Recovery:
    """From the crash to the next send of the record.

    Attributes:
        free: until somebody else may take the record up: the wait if runs came every second.
        longest: with the default schedule, if a run was cut off at the worst moment.

    """

    free: timedelta
    longest: timedelta


def measure_recovery(bench: Bench) -> Recovery:
    """Cut off a run, and wait for the record to be sent again."""
    free = _wait_after(bench, _SECOND, timedelta(0))
    # Just late enough that a run finds the record not free yet.
    worst = SCHEDULE - free % SCHEDULE + _SECOND
    return Recovery(free, _wait_after(bench, SCHEDULE, worst))


def _wait_after(bench: Bench, schedule: timedelta, into_run: timedelta) -> timedelta:
    """Cut a run off so long after it began; return how long the record then waits."""
    shape = busy(1)
    cutting = CuttingOff(metering_of(shape.market))
    with playing(shape, *bench.account(), metering=cutting) as play:
        play.drain_all()
        [head] = play.heads()
        clock = shape.market.clock
        began_at = tick_from(head.due_at or clock.now(), schedule)
        clock.move_to(began_at + into_run)
        with suppress(CutOffError):
            play.deployment.reconcile()
        cut_at = clock.now()
        return _next_send(play, cutting, cut_at, schedule) - cut_at


def _next_send(play: Play, cutting: CuttingOff, cut_at: datetime, schedule: timedelta) -> datetime:
    """Run as scheduled, where something is due, until the record goes out again."""
    clock, ledger = play.shape.market.clock, play.deployment.ports.ledger
    for _ in range(_RUNS_MAX):
        due_at = ledger.due(now=None, count_max=1)[0].due_at
        clock.move_to(tick_from(max(due_at, cut_at + timedelta(microseconds=1)), schedule))
        before = cutting.calls
        play.deployment.reconcile()
        if cutting.calls > before:
            return clock.now()
        cut_at = clock.now()
    raise ValueError("the record was never sent again")
