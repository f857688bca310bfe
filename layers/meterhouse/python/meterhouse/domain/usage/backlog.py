"""What waits in the usage queue, and what that means for an hour that is to be closed."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the usage queue, approximately, and how far the drains have come.

    Attributes:
        waiting: visible and delayed messages.
        in_flight: messages that some drain holds.
        drained_to_at: drains are done with all messages sent before; None if not known.

    """

    waiting: int
    in_flight: int
    drained_to_at: datetime | None


# As if messages of every hour were waiting.
UNKNOWN_BACKLOG = Backlog(waiting=1, in_flight=0, drained_to_at=None)


@dataclass(frozen=True, slots=True)
class QueueView:
    """What a run knows about the usage queue.

    Attributes:
        backlog: what waits there.
        own_messages: those of them that the caller itself holds; they are no backlog.

    """

    backlog: Backlog
    own_messages: int = 0

    def is_drained(self, sent_before: datetime) -> bool:
        """Tell whether no message that was sent before a moment waits in the queue.

        A backlog is not late usage: messages that only wait for us must not miss their hour. Nor
        are those of a report in arrears of which some came, as long as its hour waits for more.
        """
        if self.backlog.waiting == 0 and self.backlog.in_flight <= self.own_messages:
            return True
        drained_to_at = self.backlog.drained_to_at
        return drained_to_at is not None and drained_to_at >= sent_before
