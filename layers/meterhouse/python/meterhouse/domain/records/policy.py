"""The settings that decide when and what is sent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhouse.domain.hours import quiet_time_of, seal_time_of


@dataclass(frozen=True, slots=True)
class MeteringPolicy:
    """How long hours stay open, whether zeros are told, and into how many shards hours are cut."""

    settle: timedelta
    quiet: timedelta
    heartbeat: bool
    shards: int = 1

    def due_time_of(self, hour_at: datetime, now: datetime) -> datetime:
        """Return when an hour that takes usage now is to be closed."""
        return max(seal_time_of(hour_at, self.settle), quiet_time_of(hour_at, now, self.quiet))

    def is_open(self, hour_at: datetime, now: datetime) -> bool:
        """Tell whether an hour takes usage as a matter of course, so that nobody need be told."""
        return now < seal_time_of(hour_at, self.settle)
