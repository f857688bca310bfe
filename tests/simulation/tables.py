"""The small ports behind the gate: subscriptions, the drains' notes, the calls' quota."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, EndpointConnectionError

from meterhouse.domain.subscriptions.announcing import News
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.state import State
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.sweeping import Cursor
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.subscriptions import OpenFolder
from tests.fakes.world import InMemorySubscriptionBook
from tests.simulation.port_calls import READ_FAULTS, WRITE_FAULTS, Gate, port_call
from tests.simulation.weather import Fault

if TYPE_CHECKING:
    from tests.simulation.scheduler import Task

_FAILURE = "ProvisionedThroughputExceededException"
# AWS allows ten calls a second.
_PLACE = timedelta(milliseconds=100)


def aws_error(code: str, status: int) -> ClientError:
    """Return what boto3 raises when AWS answers with an error."""
    response: Any = {
        "Error": {"Code": code, "Message": "simulated"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Simulated")


class SimulatedSubscriptionBook(InMemorySubscriptionBook):
    """Implements `ports.subscriptions.SubscriptionBook`.

    `known_since` says when each subscription came into the book, `ended_since` when its end did;
    of those in `begun` the start was known as soon as they were.
    """

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate
        self.known_since: dict[SubscriptionKey, datetime] = {}
        self.ended_since: dict[SubscriptionKey, datetime] = {}
        self.begun: set[SubscriptionKey] = set()

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*READ_FAULTS)
    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        return super().find(keys)

    @port_call(*READ_FAULTS)
    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        return super().ending(now)

    @port_call(*WRITE_FAULTS)
    def add(self, folder: FolderKey, fact: Fact) -> bool:
        return super().add(folder, fact)

    @port_call(*WRITE_FAULTS)
    def link(self, reader: FolderKey, read: FolderKey) -> None:
        super().link(reader, read)

    @port_call(*READ_FAULTS)
    def open(self, key: FolderKey) -> OpenFolder:
        return super().open(key)

    @port_call(*WRITE_FAULTS)
    def keep(
        self, state: State, version: int, *, is_listed: bool, news: Sequence[News] = ()
    ) -> bool:
        is_kept = super().keep(state, version, is_listed=is_listed, news=news)
        subscription, now = state.subscription, self.gate.scheduler.now()
        if is_kept and subscription is not None:
            if subscription.key not in self.known_since and subscription.starts_at is not None:
                self.begun.add(subscription.key)
            self.known_since.setdefault(subscription.key, now)
            if subscription.ended_at is not None:
                self.ended_since.setdefault(subscription.key, now)
        return is_kept

    @port_call(*READ_FAULTS)
    def changing(self, now: datetime) -> tuple[FolderKey, ...]:
        return super().changing(now)

    @port_call(*READ_FAULTS)
    def cursor(self) -> Cursor:
        return super().cursor()

    @port_call(*WRITE_FAULTS)
    def move(self, cursor: Cursor) -> Cursor:
        return super().move(cursor)

    def living(self) -> Iterator[State]:
        yield from self._living()

    @port_call(*READ_FAULTS)
    def _living(self) -> tuple[State, ...]:
        return tuple(super().living())

    @port_call(*WRITE_FAULTS)
    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        super().add_reference(digest, keys, expires_at)


class SimulatedNotes:
    """As much of a DynamoDB client as the drains' notes use."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._items: dict[str, dict[str, Any]] = {}

    def copy(self) -> "SimulatedNotes":
        """Return a table that begins with these notes."""
        new = SimulatedNotes(self.gate)
        new._items = dict(self._items)
        return new

    def failure(self) -> Exception:
        if self.gate.weather.random.random() < 0.5:
            return EndpointConnectionError(endpoint_url="https://dynamodb.invalid")
        return aws_error(_FAILURE, 400)

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*WRITE_FAULTS)
    def put_item(self, /, *, Item: dict[str, Any], **_: object) -> None:  # noqa: N803 - boto3's name
        self._items[_name(Item)] = Item

    @port_call(*READ_FAULTS)
    def query(self, /, **request: Any) -> dict[str, Any]:
        bounds = request["ExpressionAttributeValues"]
        first, last = (f"{bounds[':pk']['S']}/{bounds[edge]['S']}" for edge in (":first", ":last"))
        return {"Items": [item for name, item in self._items.items() if first <= name <= last]}


class SimulatedQuota:
    """Implements `ports.marketplace.CallQuota`: places of equal length, one call each."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.places: dict[Task, datetime] = {}
        self._next_at: datetime | None = None

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*WRITE_FAULTS)
    def reserve(self, now: datetime) -> datetime:
        place_at = max(self._next_at or now, now)
        self._next_at = place_at + _PLACE
        self.places[self.gate.scheduler.task] = place_at
        return place_at


def _name(key: Mapping[str, Any]) -> str:
    return f"{key['pk']['S']}/{key['sk']['S']}"
