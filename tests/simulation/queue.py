"""A model of SQS: at-least-once, roughly ordered, with visibility timeouts and dead letters."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import EndpointConnectionError

from meterhouse.domain.usage.events import QueueMessage
from tests.simulation.port_calls import CRASHES, READ_FAULTS, WRITE_FAULTS, Gate, port_call
from tests.simulation.tables import aws_error
from tests.simulation.weather import Fault

if TYPE_CHECKING:
    from tests.simulation.scheduler import Task

VISIBILITY_TIMEOUT_MS = 1_020_000
_POLL_MS_MAX = 500
_LISTEN_MS_MAX = 1_800_000


@dataclass(slots=True)
class Message:
    """One message in the queue, or in the dead-letter queue."""

    message_id: str
    body: str
    sent_at_ms: int
    visible_at_ms: int
    receives: int = 0


class SimulatedQueue:
    """A queue with its dead-letter queue, and RejectedUsageQueue, as AWS keeps them."""

    def __init__(
        self,
        gate: Gate,
        *,
        receives_max: int,
        is_ordered: bool,
        visibility_ms: int = VISIBILITY_TIMEOUT_MS,
    ) -> None:
        self.gate = gate
        self.messages: dict[str, Message] = {}
        self.dead: dict[str, Message] = {}
        self.rejected_bodies: list[dict[str, Any]] = []
        self.deleted: set[str] = set()
        self.sent: list[Message] = []
        self.dead_count = 0
        self._receives_max = receives_max
        self._is_ordered = is_ordered
        self._visibility_ms = visibility_ms
        self._listeners: list[Task] = []
        self._numbers = itertools.count(1)

    def failure(self) -> Exception:
        if self.gate.weather.random.random() < 0.5:
            return EndpointConnectionError(endpoint_url="https://sqs.invalid")
        return aws_error("ServiceUnavailable", 503)

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        random = self.gate.weather.random
        match fault:
            case Fault.INEXACT:
                counts: Any = effect()
                for name in counts["Attributes"]:
                    exact = int(counts["Attributes"][name])
                    counts["Attributes"][name] = str(max(0, exact + random.randint(-3, 3)))
                return counts  # type: ignore[no-any-return] # it is what `effect` returned
            case Fault.FAILED_ENTRIES:
                return self._refuse_some(effect)
            case _:
                raise AssertionError(fault)

    def _refuse_some[Answer](self, effect: Callable[[], Answer]) -> Answer:
        """Take all entries of a batch but one."""
        entries = effect.keywords["Entries"]  # type: ignore[attr-defined] # the gate hands over partials
        refused = self.gate.weather.random.choice(entries)
        self._take([entry for entry in entries if entry is not refused])
        return {"Failed": [{"Id": refused["Id"], "Code": "InternalError"}]}  # type: ignore[return-value] # boto3's document

    def send(self, body: str) -> str:
        """Take a producer's message and return its id."""
        now_ms = self.gate.scheduler.now_ms
        message = Message(f"m{next(self._numbers)}", body, now_ms, now_ms)
        self.messages[message.message_id] = message
        self.sent.append(message)
        for listener in self._listeners:
            self.gate.scheduler.wake(listener, self.gate.weather.random.randint(0, _POLL_MS_MAX))
        self._listeners.clear()
        return message.message_id

    def listen(self) -> None:
        """Wait for a new message, or for one that becomes visible again, but not for ever."""
        scheduler = self.gate.scheduler
        waits_ms = [one.visible_at_ms - scheduler.now_ms for one in self.messages.values()]
        self._listeners.append(scheduler.task)
        scheduler.sleep(max(1, min(waits_ms, default=_LISTEN_MS_MAX)))
        if scheduler.task in self._listeners:
            self._listeners.remove(scheduler.task)

    def receive(self, count_max: int) -> list[QueueMessage]:
        """Hand out visible messages; those received too often move to the dead-letter queue."""
        now_ms = self.gate.scheduler.now_ms
        visible = [one for one in self.messages.values() if one.visible_at_ms <= now_ms]
        if not self._is_ordered:
            self.gate.weather.random.shuffle(visible)
        taken: list[QueueMessage] = []
        for message in visible[:count_max]:
            if message.receives >= self._receives_max:
                self.dead[message.message_id] = self.messages.pop(message.message_id)
                self.dead_count += 1
                continue
            message.receives += 1
            message.visible_at_ms = now_ms + self._visibility_ms
            sent_at = self.gate.scheduler.moment(message.sent_at_ms)
            taken.append(
                QueueMessage(
                    message.message_id, message.body, sent_at, message.message_id, message.receives
                )
            )
        return taken

    def delete(self, message_id: str) -> None:
        """Forget a message that its receiver has dealt with."""
        self.deleted.add(message_id)
        self.messages.pop(message_id, None)

    def redrive(self) -> list[tuple[str, str]]:
        """Move all dead letters back; SQS gives them new ids and new times of sending."""
        moved = [(old_id, self.send(message.body)) for old_id, message in self.dead.items()]
        self.dead.clear()
        return moved

    @port_call(*READ_FAULTS, Fault.INEXACT)
    def get_queue_attributes(self, /, **_: object) -> dict[str, Any]:
        now_ms = self.gate.scheduler.now_ms
        visible = sum(one.visible_at_ms <= now_ms for one in self.messages.values())
        counts = {
            "ApproximateNumberOfMessages": str(visible),
            "ApproximateNumberOfMessagesNotVisible": str(len(self.messages) - visible),
        }
        return {"Attributes": counts}

    @port_call(*CRASHES, Fault.UNAVAILABLE)
    def change_message_visibility_batch(
        self,
        /,
        *,
        Entries: Sequence[dict[str, Any]],  # noqa: N803 - boto3's name
        **_: object,
    ) -> dict[str, Any]:
        for entry in Entries:
            message = self.messages.get(entry["ReceiptHandle"])
            if message is not None:
                pause_ms = entry["VisibilityTimeout"] * 1_000
                message.visible_at_ms = self.gate.scheduler.now_ms + pause_ms
                for listener in self._listeners:
                    self.gate.scheduler.wake(listener, pause_ms)
        return {}

    @port_call(*WRITE_FAULTS, Fault.FAILED_ENTRIES)
    def send_message_batch(
        self,
        /,
        *,
        Entries: Sequence[dict[str, Any]],  # noqa: N803 - boto3's name
        **_: object,
    ) -> dict[str, Any]:
        self._take(Entries)
        return {}

    def _take(self, entries: Sequence[dict[str, Any]]) -> None:
        self.rejected_bodies.extend(json.loads(entry["MessageBody"]) for entry in entries)
