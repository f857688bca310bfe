"""How long it takes from a crash between a call and its answer until the record is sent again.

Time is virtual: a run is cut off as soon as AWS has the record, and the schedule goes on.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.counting import Bench
from bench.playing import Play, market_of, playing
from bench.shapes import ShapeName, build_shape
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.ports import Metering

SCHEDULES = (timedelta(minutes=5), timedelta(minutes=1))
# How far into a run it is cut off: as soon as it began, or later.
_STEP = timedelta(seconds=30)
_SECOND = timedelta(seconds=1)
_RUNS_MAX = 20


class CutOffError(BaseException):
    """The process is gone: nothing of ours may catch it."""


@dataclass(slots=True)
class CuttingOff:
    """Implements `meterhouse.ports.Metering`; the process ends before it hears AWS's answer."""

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
        schedule: between the beginnings of two runs.
        lease: how long a claim keeps others away.
        at_once: if the run was cut off as it began.
        longest: if it was cut off at the worst moment before the next run.

    """

    schedule: timedelta
    lease: timedelta
    at_once: timedelta
    longest: timedelta


def measure_recovery(bench: Bench, schedule: timedelta) -> Recovery:
    """Cut off runs at one moment after the other, and wait for the record to be sent again."""
    moments = [number * _STEP for number in range(schedule // _STEP)]
    # Just late enough that a run finds the lease not over yet.
    moments.append(schedule - LEASE % schedule + _SECOND)
    waits = [_wait_after(bench, schedule, into_run) for into_run in moments]
    return Recovery(schedule, LEASE, waits[0], max(waits))


def _wait_after(bench: Bench, schedule: timedelta, into_run: timedelta) -> timedelta:
    """Cut a run off so long after it began; return how long the record then waits."""
    shape = build_shape(ShapeName.BUSY, 1)
    cutting = CuttingOff(market_of(shape))
    with playing(shape, *bench.account(), metering=cutting) as play:
        for drain in shape.drains:
            play.drain(drain)
        [head] = play.heads()
        began_at = _tick_from(head.due_at or shape.clock.now(), schedule)
        shape.clock.move_to(began_at + into_run)
        with suppress(CutOffError):
            play.deployment.reconcile()
        cut_at = shape.clock.now()
        return _next_send(play, cutting, began_at, schedule) - cut_at


def _next_send(
    play: Play, cutting: CuttingOff, began_at: datetime, schedule: timedelta
) -> datetime:
    for run in range(1, _RUNS_MAX):
        play.shape.clock.move_to(began_at + run * schedule)
        before = cutting.calls
        play.deployment.reconcile()
        if cutting.calls > before:
            return play.shape.clock.now()
    raise ValueError("the record was never sent again")


def _tick_from(moment: datetime, schedule: timedelta) -> datetime:
    hour_at = floor_to_hour(moment)
    return hour_at + -(-(moment - hour_at) // schedule) * schedule
