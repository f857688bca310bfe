"""What the use cases need of the queues; see `meterhouse.adapters`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from meterhouse.domain.usage.backlog import Backlog
from meterhouse.domain.usage.events import QueueMessage, Rejection


class UsageQueue(Protocol):
    """The UsageQueue as the decision to close an hour needs it."""

    def backlog(self, now: datetime) -> Backlog:
        """Return what waits in the queue."""

    def retry_soon(
        self,
        messages: Sequence[QueueMessage],
        now: datetime,
        *,
        seconds_left: Callable[[], float] = ...,
    ) -> int:
        """Let SQS deliver kept messages again soon, rather than after the visibility timeout.

        The drains are not done with them until then. Return how many will come late, because SQS
        refused or no time was left.
        """

    def note_progress(
        self, sent_at: datetime, now: datetime, *, seconds_left: Callable[[], float] = ...
    ) -> None:
        """Remember that a drain begins to work on messages, the oldest of them sent at `sent_at`.

        Raises StorageUnavailableError, also when there is not time enough for an access that hangs.
        """


class UsageIntake(Protocol):
    """The UsageQueue as a producer has it."""

    def send(self, body: str) -> None:
        """Send one message; when this returns, SQS keeps it until a drain has taken it.

        Raises StorageUnavailableError when SQS did not say that it took it, though it may have.
        """


class RejectedUsage(Protocol):
    """The RejectedUsageQueue."""

    def send(
        self,
        rejections: Mapping[str, Sequence[Rejection]],
        *,
        seconds_left: Callable[[], float] = ...,
    ) -> set[str]:
        """Send every message's rejections, whole; return the messages the queue did not take."""
