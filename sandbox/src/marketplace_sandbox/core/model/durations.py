"""Durations as people write them: 90m, 36h, 7d, 1d12h."""

import re
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
DURATION = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)  # or several of them
DURATION_LENGTH_MAX = 60


def parse_duration(text: str) -> timedelta | None:
    """Read a sum of whole weeks, days, hours, minutes and seconds; None if it is not one."""
    if not text or len(text) > DURATION_LENGTH_MAX or DURATION.sub("", text):
        return None
    number = sum(int(count) * _SECONDS[unit] for count, unit in DURATION.findall(text))
    try:
        return timedelta(seconds=number)
    except OverflowError:
        return None
