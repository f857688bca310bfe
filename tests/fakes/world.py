"""The small ports: clock, queue, rejected usage, quota, report, subscriptions."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

from meterhouse.adapters.usage_table.drain_notes import NOTE_LIFETIME
from meterhouse.domain.subscriptions.announcing import Change, News
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.folding import Folder
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import metering_answer
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.domain.subscriptions.sweeping import Cursor
from meterhouse.domain.usage.backlog import Backlog
from meterhouse.domain.usage.events import QueueMessage, Rejection
from meterhouse.errors import (
    StorageUnavailableError,
    SweepOvertakenError,
)
from meterhouse.ports.subscriptions import OpenFolder
from tests.fakes.references import InMemoryReferences

_STREAM_BEGAN_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


class VirtualClock:
    """Time that passes only when told to, or when somebody pauses."""

    def __init__(self, now: datetime, *, seconds_left: float = 600.0) -> None:
        self._now = now
        self.run_ends_at = now + timedelta(seconds=seconds_left)

    def now(self) -> datetime:
        return self._now

    def pause(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def seconds_left(self) -> float:
        return (self.run_ends_at - self._now).total_seconds()

    def jitter(self) -> float:
        return 0.5

    def move_to(self, moment: datetime, *, seconds_left: float = 600.0) -> None:
        self._now = moment
        self.run_ends_at = moment + timedelta(seconds=seconds_left)


class InMemoryReport:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []
        self.failures: list[str] = []
        self.metrics: Counter[str] = Counter()

    def event(self, name: str, **fields: object) -> None:
        self.events.append((name, fields))

    def failure(self, name: str, **fields: object) -> None:
        self.events.append((name, fields))
        self.failures.append(name)

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None:
        self.metrics[metric] += amount  # type: ignore[assignment] # a Counter adds any numbers
        if reason is not None:
            self.metrics[f"{metric} {reason}"] += amount  # type: ignore[assignment]

    def gauge(self, metric: str, value: float) -> None:
        self.metrics[metric] = value  # type: ignore[assignment] # a Counter holds any numbers

    def publish(self) -> None:
        """What was counted stays readable for the test."""


class InMemoryUsageQueue:
    """A queue whose backlog the test decides."""

    def __init__(self) -> None:
        self.waiting = 0
        self.in_flight = 0
        self.drained_to_at: datetime | None = None
        self._noted_at: datetime | None = None
        self.is_down = False
        self.retried: list[str] = []

    def retry_soon(
        self,
        messages: Sequence[QueueMessage],
        now: datetime,
        *,
        seconds_left: Callable[[], float] = lambda: inf,
    ) -> int:
        del now, seconds_left
        self.retried.extend(message.message_id for message in messages)
        return 0

    def backlog(self, now: datetime) -> Backlog:
        if self.is_down:
            raise StorageUnavailableError("the queue does not answer")
        if self._noted_at is not None and now - self._noted_at > NOTE_LIFETIME:
            self.drained_to_at = None
        return Backlog(self.waiting, self.in_flight, self.drained_to_at)

    def note_progress(
        self, sent_at: datetime, now: datetime, *, seconds_left: Callable[[], float] = lambda: inf
    ) -> None:
        del seconds_left
        self.drained_to_at, self._noted_at = sent_at, now


class InMemoryRejectedUsage:
    """Takes rejections, unless told to fail."""

    def __init__(self) -> None:
        self.rejections: list[Rejection] = []
        self.is_down = False

    def send(
        self,
        rejections: Mapping[str, Sequence[Rejection]],
        *,
        seconds_left: Callable[[], float] = lambda: inf,
    ) -> set[str]:
        del seconds_left
        if self.is_down:
            return set(rejections)
        for of_message in rejections.values():
            self.rejections.extend(of_message)
        return set()


class UnlimitedCallQuota:
    """Never makes anybody wait."""

    def reserve(self, now: datetime) -> datetime:
        return now


class SequentialWorkers:
    """Does one thing after the other."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        assert count_max > 0
        return [work(item) for item in items]


class InMemorySubscriptionBook(InMemoryReferences):
    """Facts, states, contacts and references in dictionaries; all ports of the SubscriptionsTable.

    What can be billed stands in `subscriptions`, where a test may change it, and in `changes` what
    the table's stream hands on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.subscriptions: dict[SubscriptionKey, Subscription] = {}
        self.facts: dict[FolderKey, dict[str, Fact]] = {}
        self.reads: dict[FolderKey, set[FolderKey]] = {}
        self.changes: list[Change] = []
        self.sweep = Cursor()
        self.refreshed_at: datetime | None = None

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        return {key: self.subscriptions[key] for key in keys if key in self.subscriptions}

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        return tuple(
            one
            for one in self.subscriptions.values()
            if one.closes_at is not None and now < one.closes_at
        )

    def end(self, key: SubscriptionKey, ended_at: datetime, closes_after: timedelta) -> None:
        """Let AWS say that a subscription ended."""
        self.subscriptions[key] = replace(
            self.subscriptions[key], ended_at=ended_at, closes_at=ended_at + closes_after
        )

    def note_stopped(self, key: SubscriptionKey, stopped_at: datetime) -> Subscription | None:
        if key not in self.subscriptions:
            return None
        self.subscriptions[key] = replace(self.subscriptions[key], stopped_at=stopped_at)
        return self.subscriptions[key]

    def note_suspicion(self, heard: Suspicion) -> None:
        fact = metering_answer(heard)
        self.add(fact.folder, fact)
        key = heard.subscription.key
        self.subscriptions[key] = replace(self.subscriptions[key], is_suspected=heard.is_raised)

    def refresh(self, now: datetime) -> None:
        self.refreshed_at = now

    def add(self, folder: FolderKey, fact: Fact) -> bool:
        facts = self.facts.setdefault(folder, {})
        is_new = fact.fact_id not in facts
        facts.setdefault(fact.fact_id, fact)
        return is_new

    def link(self, reader: FolderKey, read: FolderKey) -> None:
        self.reads.setdefault(reader, set()).add(read)

    def open(self, key: FolderKey) -> OpenFolder:
        facts = tuple(self.facts.get(key, {}).values())
        readers = frozenset(one for one, reads in self.reads.items() if key in reads)
        version, state = self.states.get(key, (0, None))
        folder = Folder(key, facts, frozenset(self.reads.get(key, ())))
        return OpenFolder(folder, readers, state, version)

    def keep(
        self, state: State, version: int, *, is_listed: bool, news: Sequence[News] = ()
    ) -> bool:
        if self.states.get(state.folder, (0, None))[0] != version:
            return False
        _, before = self.states.get(state.folder, (0, None))
        self.states[state.folder] = version + 1, state
        if news:
            number = len(self.changes)
            at = _STREAM_BEGAN_AT + timedelta(seconds=number)
            self.changes.append(Change(str(number), before, state, version + 1, at))
        (self.listed.add if is_listed else self.listed.discard)(state.folder)
        key, subscription = SubscriptionKey(state.folder), state.subscription
        if subscription is None:
            self.subscriptions.pop(key, None)
        else:
            self.subscriptions[key] = subscription
        return True

    def changing(self, now: datetime) -> tuple[FolderKey, ...]:
        return tuple(
            key
            for key, (_, state) in self.states.items()
            if key in self.listed
            and state.phase in (Phase.SCHEDULED, Phase.ENDING)
            and state.phase_at <= now
        )

    def cursor(self) -> Cursor:
        return self.sweep

    def move(self, cursor: Cursor) -> Cursor:
        if cursor.version != self.sweep.version:
            raise SweepOvertakenError
        self.sweep = replace(cursor, version=cursor.version + 1)
        return self.sweep

    def living(self) -> Iterator[State]:
        for _, state in list(self.states.values()):
            is_over = state.phase in (Phase.ENDING, Phase.ENDED, Phase.SUPERSEDED)
            if state.folder in self.listed and not is_over:
                yield state
