"""What the use cases need from the world, as protocols; `meterhouse.adapters` implements them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.events import QueueMessage, Rejection
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.registration import Contact
from meterhouse.domain.sheets import DaySheet
from meterhouse.domain.subscriptions import ResolvedCustomer, Subscription
from meterhouse.domain.usage.backlog import Backlog


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment as it stands in a log: its generation, its name and its compressed content."""

    generation: int
    name: str
    blob: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to close a log until somebody else takes it; `token` is unlike any other."""

    log: LogKey
    token: str


@dataclass(frozen=True, slots=True)
class Due:
    """What the index of unfinished work holds: a log, or a batch of one."""

    due_at: datetime
    key: LogKey | BatchKey


class Clock(Protocol):
    """Time, and the permission to let some of it pass."""

    def now(self) -> datetime:
        """Return the present in UTC."""

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""

    def seconds_left(self) -> float:
        """Return how long this run may still last."""

    def jitter(self) -> float:
        """Return a number from 0 to 1 by which retries are spread."""


class Workers(Protocol):
    """Doing several things at once."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item, at most `count_max` at a time; answers in order."""


class UsageLedger(Protocol):
    """The UsageTable. Every method raises StorageUnavailableError when DynamoDB fails for good.

    Reads are strongly consistent, except those of the index (`due`, `refused`).
    """

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        """Write a segment; the same one again changes nothing."""

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        """Return the heads that exist."""

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        """Yield the heads of the hours from `first_at` to `last_at`, in their order."""

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        """Create a log's head with generation 0 open; tell whether it was not there yet.

        With `written_at` it is remembered that usage in arrears was appended to generation 0.
        """

    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        """Set a log due again if `generation` is the open one; tell whether it is.

        `written_at` and the generation, as `written_in`, are remembered.
        """

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        """Take the lease of a log and close its open generation; tell whether that was done.

        It is not if another generation is open than `head` says, or somebody else closes the log.
        `is_settled` is stored as `head` says: drains see it as soon as they see what was closed.
        """

    def release(self, lease: Lease, head: Head) -> bool:
        """Store what became of a log as `head` says and give the lease up, if it is still held.

        If usage was noted since `head` was read (its `written_at` or `written_in` is another), the
        log stays due as that says. `open`, `written_at` and `written_in` are never stored.
        """

    def postpone(self, seen: Head, after: Head) -> bool:
        """Store when and why a log is looked at again, its totals, and whether it balances.

        It is not done if somebody closed, woke or postponed the log since it was `seen`; tell
        whether it was.
        """

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        """Yield the segments of the generations from `first` to `last`, in ascending order."""

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        """Return the names of the segments that count, by closed generation."""

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        """Write the manifest of a closed generation if it has none; return the one that stands."""

    def freeze(self, lease: Lease, batches: Sequence[Batch]) -> bool:
        """Write new batches in one atomic write, if the lease is still held; tell whether it is."""

    def batches(self, log: LogKey) -> list[Batch]:
        """Return all batches of a log."""

    def read_batch(self, key: BatchKey) -> Batch | None:
        """Return a batch, or None when there is none."""

    def store(self, batch: Batch) -> bool:
        """Write the next version of a batch, if the version before it still stands; tell so."""

    def carries(self, log: LogKey) -> dict[str, Carry]:
        """Return everything that is carried from a log, by name."""

    def write_carry(self, carry: Carry) -> Carry:
        """Write a carry if the version before it still stands; return the one that stands."""

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        """Return unfinished work that is due, or all of it without `now`; the oldest first."""

    def refused(self, *, count_max: int) -> list[BatchKey]:
        """Return finished batches with usage that ended unbilled, the oldest hour first."""

    def write_sheet(self, sheet: DaySheet) -> None:
        """Write what a subscription used on a day, in place of what was written before."""

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        """Return a subscription's sheets of the days from `first_at` to `last_at`, in order."""


class SubscriptionBook(Protocol):
    """The SubscriptionsTable."""

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""

    def upsert(
        self, subscription: Subscription, customer: ResolvedCustomer, *, trial: bool, now: datetime
    ) -> None:
        """Make a subscription known; never takes away lifecycle state or contact details."""

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""

    def redeem_reference(
        self, digest: str, contact: Contact, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up and return what it stands for.

        The same details may be sent again while the reference lives; anything else raises
        ReferenceInvalidError.
        """

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> str:
        """Store contact details; empty ones never replace earlier ones. Return the status."""


class Marketplace(Protocol):
    """AWS Marketplace Metering as a registration needs it."""

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        """Resolve a registration token.

        Raises TokenInvalidError, TokenExpiredError or one of the MarketplaceError family.
        """


class Metering(Protocol):
    """AWS Marketplace Metering as billing needs it."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Make one call, without any hidden retry, and return what AWS answered as a value."""


class CallQuota(Protocol):
    """The account's budget of BatchMeterUsage calls, shared by everything that calls."""

    def reserve(self, now: datetime) -> datetime:
        """Take the next free place and return its time, at or after `now`."""


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


class RejectedUsage(Protocol):
    """The RejectedUsageQueue."""

    def send(
        self,
        rejections: Mapping[str, Sequence[Rejection]],
        *,
        seconds_left: Callable[[], float] = ...,
    ) -> set[str]:
        """Send every message's rejections, whole; return the messages the queue did not take."""


class Report(Protocol):
    """Log lines and metrics: one line a decision, one metric a business outcome."""

    def event(self, name: str, **fields: object) -> None:
        """Log one event."""

    def failure(self, name: str, **fields: object) -> None:
        """Log what failed, or needs a person, at a level that every deployment writes."""

    def count(self, metric: str, amount: float = 1) -> None:
        """Add to a metric."""

    def gauge(self, metric: str, value: float) -> None:
        """Set a metric to what was measured, in place of what was measured before."""

    def publish(self) -> None:
        """Publish what was counted so far, so that it survives a run that is cut off."""
