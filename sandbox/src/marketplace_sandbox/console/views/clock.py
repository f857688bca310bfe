"""Where the clock can be moved to in one step."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Usage of the month before is taken until then (`time.month-end`).
_MONTH_CLOSES_AFTER = timedelta(hours=6)
STEPS = (("1 hour", 3_600), ("6 hours", 21_600), ("1 day", 86_400), ("7 days", 604_800))


@dataclass(frozen=True, slots=True)
class Jumps:
    """The next turn of a month, and the next close of one."""

    next_month_at: datetime
    next_close_at: datetime


def plan_jumps(now: datetime) -> Jumps:
    """Find the next 1st at 00:00 and the next 1st at 06:00, UTC."""
    this_month_at = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month_at = (this_month_at + timedelta(days=31)).replace(day=1)
    this_close_at = this_month_at + _MONTH_CLOSES_AFTER
    is_ahead = now < this_close_at
    return Jumps(next_month_at, this_close_at if is_ahead else next_month_at + _MONTH_CLOSES_AFTER)
