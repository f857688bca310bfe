"""The composition root of `announce_changes`: nothing of metering, and no table."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.announcement_bus import EventBridgeBus
from meterhouse.adapters.subscriptions_table.changes import read_changes
from meterhouse.adapters.subscriptions_table.states import STATE
from meterhouse.runtime import clients
from meterhouse.runtime.announcing_settings import read_event_bus
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.use_cases.subscriptions.announce_changes import AnnounceChanges

if TYPE_CHECKING:
    from meterhouse.ports.announcements import Change


def announce_changes(remaining: Callable[[], int]) -> AnnounceChanges:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    report = LambdaReport()
    bus = EventBridgeBus(clients.events(), read_event_bus(os.environ), report)
    return AnnounceChanges(bus, LambdaClock(remaining), report)


def changes(records: Sequence[Mapping[str, Any]]) -> "Iterator[Change]":
    """Read what a table's stream tells: of subscriptions, or of usage."""
    report = LambdaReport()
    yield from read_changes(records, report)
    if any(one["dynamodb"]["Keys"]["sk"]["S"] != STATE for one in records):
        # What usage gives to tell is rare, and who tells of a subscription needs nothing of it.
        from meterhouse.adapters.usage_table.changes import read_usage_changes  # noqa: PLC0415

        yield from read_usage_changes(records, report)
