"""The composition root of `announce_changes`: nothing of metering, and no table."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from meterhouse.adapters.announcement_bus import EventBridgeBus
from meterhouse.adapters.subscriptions_table.changes import read_changes
from meterhouse.runtime import clients
from meterhouse.runtime.announcing_settings import read_event_bus
from meterhouse.runtime.clock import LambdaClock
from meterhouse.runtime.observability import LambdaReport
from meterhouse.use_cases.subscriptions.announce_changes import AnnounceChanges

if TYPE_CHECKING:
    from meterhouse.domain.subscriptions.announcing import Change


def announce_changes(remaining: Callable[[], int]) -> AnnounceChanges:
    """Return the use case; `remaining` is `context.get_remaining_time_in_millis`."""
    report = LambdaReport()
    bus = EventBridgeBus(clients.events(), read_event_bus(os.environ), report)
    return AnnounceChanges(bus, LambdaClock(remaining), report)


def changes(records: Iterable[Mapping[str, Any]]) -> "Iterator[Change]":
    """Read what the table's stream tells."""
    return read_changes(records, LambdaReport())
