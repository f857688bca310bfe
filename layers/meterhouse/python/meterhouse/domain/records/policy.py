"""The settings that decide when and what is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhouse.domain.allowances.rules import NOTHING_INCLUDED, Rules
from meterhouse.domain.hours import quiet_time_of, seal_time_of
from meterhouse.domain.records.spikes import NO_HOLD, SpikeHold

LARGE_LOG_SEGMENTS = 30
LATE_PAUSE_PER_SEGMENT = timedelta(seconds=1)
LATE_PAUSE_MAX = timedelta(hours=1)
LATE_USAGE_MAX = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class MeteringPolicy:
    """The settings of a deployment, and what its table says of its own past.

    Attributes:
        settle: how long after its end an hour stays open.
        quiet: how long after its last usage an hour in arrears stays open.
        heartbeat: whether zeros are told.
        final_usage: how long after a subscription's end the last hour waits for its usage.
        shards: into how many logs an hour is cut.
        late_max: how long ago usage may have happened that is reported now; for a drain.
        is_fenced: usage is journalled, and nothing is billed, until a restore is finished.
        spikes: what waits for a person before it is sent.
        included: of which dimensions units are included, and so never billed.
        lost_until: until when another table, which is lost, may have billed what this one holds.

    """

    settle: timedelta
    quiet: timedelta
    heartbeat: bool
    shards: int = 1
    late_max: timedelta = LATE_USAGE_MAX
    is_fenced: bool = False
    lost_until: datetime | None = None
    final_usage: timedelta = timedelta(minutes=10)
    spikes: SpikeHold = NO_HOLD
    included: Rules = NOTHING_INCLUDED

    def due_time_of(self, hour_at: datetime, now: datetime) -> datetime:
        """Return when an hour that takes usage now is to be closed."""
        return max(seal_time_of(hour_at, self.settle), quiet_time_of(hour_at, now, self.quiet))

    def reopening_time_of(self, hour_at: datetime, segments: int, now: datetime) -> datetime:
        """Return when an hour that takes usage now, after it was closed, is to be closed again.

        Each closing reads the whole hour. The more `segments` the last one read, the longer more
        late usage is waited for, so that what all closings read together stays in proportion.
        """
        is_large = segments >= LARGE_LOG_SEGMENTS
        pause = min(segments * LATE_PAUSE_PER_SEGMENT, LATE_PAUSE_MAX) if is_large else self.quiet
        seal_at = seal_time_of(hour_at, self.settle)
        return max(seal_at, quiet_time_of(hour_at, now, max(self.quiet, pause)))

    def is_open(self, hour_at: datetime, now: datetime) -> bool:
        """Tell whether an hour takes usage as a matter of course, so that nobody need be told."""
        return now < seal_time_of(hour_at, self.settle)

    def may_be_billed(self, hour_at: datetime) -> bool:
        """Tell whether a lost table may have billed usage of an hour, which this one holds unsent.

        No record is sent before its hour begins.
        """
        return self.lost_until is not None and hour_at <= self.lost_until
