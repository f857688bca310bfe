"""The settings of whoever takes usage: the drain from its queue, and the seller's API for it."""

from collections.abc import Mapping
from datetime import timedelta

from meterhouse.runtime.environ import text, whole

_LATE_USAGE_DAYS_MAX = 366


def read_late_usage_max(environ: Mapping[str, str]) -> timedelta:
    """Read how long ago usage may have happened that is taken."""
    return timedelta(days=whole(environ, "LATE_USAGE_DAYS_MAX", 1, _LATE_USAGE_DAYS_MAX))


def read_usage_queue_url(environ: Mapping[str, str]) -> str:
    """Read where usage goes that is sent over HTTP."""
    return text(environ, "USAGE_QUEUE_URL")
