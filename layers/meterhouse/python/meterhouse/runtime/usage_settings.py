"""The settings of whoever takes usage, or tells of it: metering, and the seller's API."""

from collections.abc import Mapping
from datetime import timedelta

from meterhouse.domain.allowances.rules import Rules, read_rules
from meterhouse.errors import SettingsError, UnreadableError
from meterhouse.runtime.environ import text, whole

_LATE_USAGE_DAYS_MAX = 366


def read_late_usage_max(environ: Mapping[str, str]) -> timedelta:
    """Read how long ago usage may have happened that is taken."""
    return timedelta(days=whole(environ, "LATE_USAGE_DAYS_MAX", 1, _LATE_USAGE_DAYS_MAX))


def read_usage_queue_url(environ: Mapping[str, str]) -> str:
    """Read where usage goes that is sent over HTTP."""
    return text(environ, "USAGE_QUEUE_URL")


def read_included(environ: Mapping[str, str]) -> Rules:
    """Read of which dimensions units are included; raises SettingsError naming the variable."""
    name = "INCLUDED_UNITS"
    if name not in environ:
        raise SettingsError(f"environment variable {name} is missing")
    try:
        return read_rules(environ[name])
    except UnreadableError as error:
        raise SettingsError(f"{name}: {error}") from error
