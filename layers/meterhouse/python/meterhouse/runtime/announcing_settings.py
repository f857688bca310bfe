"""The settings of `announce_changes`."""

from collections.abc import Mapping

from meterhouse.runtime.environ import text


def read_event_bus(environ: Mapping[str, str]) -> str:
    """Read the name of the stack's bus; raises SettingsError naming the variable."""
    return text(environ, "EVENT_BUS")
