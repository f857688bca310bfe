"""What goes wrong in one history, how often, and when: drawn from its seed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from random import Random

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


class Fault(StrEnum):
    """One way in which a port call can go wrong."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    UNAVAILABLE = "unavailable"
    """An error, and nothing was done."""
    ANSWER_LOST = "answer lost"
    """An error, and everything was done."""
    DELAYED = "effect delayed"
    """An error, and everything is done some time later."""
    ARRIVES_LATE = "request arrives late"
    """No answer, and everything is done some time later, by AWS Marketplace."""
    STALL = "stall"
    """An answer after minutes."""
    CONFLICT = "conflict"
    CONFLICT_AFTER = "conflict after effect"
    INEXACT = "inexact counts"
    THROTTLED = "throttled"
    NOT_CONNECTED = "not connected"
    SERVER_ERROR = "server error"
    SERVER_ERROR_AFTER = "server error after effect"
    TIMEOUT = "timeout"
    TIMEOUT_AFTER = "timeout after effect"
    UNPROCESSED = "records unprocessed"
    ALL_UNPROCESSED = "all records unprocessed"
    MISSING = "applied record missing from the answer"
    MISSING_NOT_APPLIED = "record neither applied nor in the answer"
    UNKNOWN_STATUS = "unknown status"
    UNKNOWN_STATUS_NOT_APPLIED = "unknown status, not applied"
    UNKNOWN_CODE = "unknown refusal"
    DENIED = "access denied"
    TRUNCATED = "answer truncated"
    SHORT_ARN = "echo without arn:"
    FAILED_ENTRIES = "entries failed"


class Storm(Enum):
    """A time in which nothing of one kind works."""

    SILENCE = frozenset(
        {
            Fault.SERVER_ERROR,
            Fault.SERVER_ERROR_AFTER,
            Fault.TIMEOUT,
            Fault.TIMEOUT_AFTER,
            Fault.ARRIVES_LATE,
            Fault.TRUNCATED,
        }
    )
    """AWS Marketplace answers nothing, and may do what it was asked, or not."""
    THROTTLING = frozenset({Fault.THROTTLED})
    UNREACHABLE = frozenset({Fault.NOT_CONNECTED})
    UNPROCESSED = frozenset({Fault.ALL_UNPROCESSED})
    MISSING = frozenset({Fault.MISSING, Fault.MISSING_NOT_APPLIED})
    ODD_STATUS = frozenset({Fault.UNKNOWN_STATUS, Fault.UNKNOWN_STATUS_NOT_APPLIED})
    ODD_CODE = frozenset({Fault.UNKNOWN_CODE})
    DENIED = frozenset({Fault.DENIED})
    BROWN_OUT = frozenset({Fault.UNAVAILABLE, Fault.ANSWER_LOST})
    """The tables and queues take little."""
    CRASHES = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER})


_USUAL = {Fault.STALL: 0.4, Fault.UNKNOWN_CODE: 0.5, Fault.DENIED: 0.5}
# In a crowd others go on meanwhile.
_OF_CROWDS = {Fault.STALL: 2.0, Fault.DELAYED: 5.0}
# A call that can fail in most ways has to fail most often, and so do writes that are rare.
_RARE_WRITES = ("take", "release", "write_manifest", "freeze", "write_carry", "wake", "store")
_OF_SUBSCRIPTIONS = ("add", "link", "keep", "start_run")
# Few sweeps begin at the beginning while anything goes wrong at all.
_OF_SWEEPS = {"living": 25, "move": 2}
_PRONE = {
    "batch_meter_usage": 5,
    **_OF_SWEEPS,
    **dict.fromkeys(_RARE_WRITES, 3),
    **dict.fromkeys(_OF_SUBSCRIPTIONS, 3),
}
_IN_CROWDS = {"append": 3, "batch_meter_usage": 3, **dict.fromkeys(_RARE_WRITES, 3)}
_OF_QUEUES = {
    *("get_queue_attributes", "change_message_visibility_batch", "send_message_batch"),
}
# In a storm some calls still come through.
_STORM_PROBABILITY = 0.9


@dataclass(slots=True)
class StormWindow:
    """When a storm rages."""

    storm: Storm
    begins_at_ms: int
    ends_at_ms: int


@dataclass(slots=True)
class Weather:
    """Draws a fault, or none, for each port call; counts what it drew."""

    random: Random
    rate: float
    slowness: int = 1
    """How many times longer than usual calls take: slow calls overlap more."""
    storms: list[StormWindow] = field(default_factory=list)
    is_narrow: bool = False
    """Only the journal's writes and AWS fail."""
    table_down_ms: tuple[int, int] = (0, 0)
    """When the tables take nothing at all; queues and AWS Marketplace work."""
    is_on: bool = True
    reached: Counter[tuple[str, Fault]] = field(default_factory=Counter)

    def draw(self, port: str, faults: Sequence[Fault], now_ms: int) -> Fault | None:
        """Return what goes wrong with this call."""
        if not self.is_on:
            return None
        begins_ms, ends_ms = self.table_down_ms
        if begins_ms <= now_ms < ends_ms and port not in _OF_QUEUES and Fault.UNAVAILABLE in faults:
            return Fault.UNAVAILABLE
        fault = self._draw_storm(faults, now_ms)
        prone = _IN_CROWDS.get(port, 0) if self.is_narrow else _PRONE.get(port, 1)
        rate = min(0.5, self.rate * prone)
        if fault is None and self.random.random() < rate:
            usual = _OF_CROWDS if self.is_narrow else _USUAL
            weights = [usual.get(one, 1.0) for one in faults]
            fault = self.random.choices(faults, weights)[0]
        if fault is not None:
            self.reached[port, fault] += 1
        return fault

    def latency_ms(self) -> int:
        """Return how long a call takes to arrive, or its answer to come back."""
        chance = self.random.random()
        if not self.is_on:
            return 1 + int(chance * 25)
        if not self.rate or chance > 0.02:
            return 1 + int(chance * 25 * self.slowness)
        return int(chance * 50 * 6_000)

    def stall_ms(self) -> int:
        """Return how long a call that stalls takes: now and then longer than a claim's lease."""
        if self.is_narrow and self.random.random() < 0.7:
            return self.random.randint(1_000, MINUTE_MS)
        return self.random.randint(20_000, 9 * MINUTE_MS)

    def _draw_storm(self, faults: Sequence[Fault], now_ms: int) -> Fault | None:
        for window in self.storms:
            if window.begins_at_ms <= now_ms < window.ends_at_ms:
                possible = [fault for fault in faults if fault in window.storm.value]
                if possible and self.random.random() < _STORM_PROBABILITY:
                    return self.random.choice(possible)
        return None
