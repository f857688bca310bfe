"""The small ports: clock, queue, rejected usage, quota, report, subscriptions."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf

from meterhouse.adapters.usage_table.drain_notes import NOTE_LIFETIME
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, Subscription
from meterhouse.domain.usage.backlog import Backlog
from meterhouse.domain.usage.events import QueueMessage, Rejection
from meterhouse.errors import ReferenceInvalidError, StorageUnavailableError


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

    def count(self, metric: str, amount: float = 1) -> None:
        self.metrics[metric] += amount  # type: ignore[assignment] # a Counter adds any numbers

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


class InMemorySubscriptionBook:
    """Subscriptions, contacts and references in dictionaries."""

    def __init__(self) -> None:
        self.subscriptions: dict[SubscriptionKey, Subscription] = {}
        self.customers: dict[SubscriptionKey, ResolvedCustomer] = {}
        self.statuses: dict[SubscriptionKey, str] = {}
        self.contacts: dict[SubscriptionKey, Contact] = {}
        self._references: dict[str, tuple[tuple[SubscriptionKey, ...], datetime]] = {}
        self._redeemed: dict[str, Contact] = {}
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

    def refresh(self, now: datetime) -> None:
        self.refreshed_at = now

    def upsert(
        self, subscription: Subscription, customer: ResolvedCustomer, *, trial: bool, now: datetime
    ) -> None:
        del trial, now
        known = self.subscriptions.get(subscription.key)
        if known is not None:
            subscription = replace(
                subscription,
                ended_at=known.ended_at,
                closes_at=known.closes_at,
                stopped_at=known.stopped_at,
            )
        self.subscriptions[subscription.key] = subscription
        self.customers[subscription.key] = customer
        self.statuses.setdefault(subscription.key, "registered")

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        self._references[digest] = (tuple(keys), expires_at)

    def redeem_reference(
        self, digest: str, contact: Contact, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        keys, expires_at = self._references.get(digest, ((), now))
        if now >= expires_at or self._redeemed.setdefault(digest, contact) != contact:
            raise ReferenceInvalidError("unknown, expired or used reference")
        return keys

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> str:
        del now
        if key not in self.subscriptions:
            raise ReferenceInvalidError("the subscription is gone")
        before = self.contacts.get(key)
        if before is not None:
            contact = Contact(
                contact.email, contact.company or before.company, contact.name or before.name
            )
        self.contacts[key] = contact
        return self.statuses[key]
