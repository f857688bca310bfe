"""Drains that have noted for long how far they are."""

from meterhouse.ports.queues import UsageQueue
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT

NOW = NOON_AT


def drain_for_long(queue: UsageQueue) -> None:
    """Let a drain have noted for more than twenty minutes, and have come far."""
    for minutes in (30, 12):
        queue.note_progress(NOW + 30 * HOUR, NOW - minutes * MINUTE)
