"""What the use cases need from the world, as protocols; `meterhouse.adapters` implements them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, auto
from typing import Protocol

from meterhouse.domain.answers import CallAnswer
from meterhouse.domain.events import QueueMessage, Rejection
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.journal import Page
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.payload import UsageRecord
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.domain.registration import Contact
from meterhouse.domain.subscriptions import ResolvedCustomer, Subscription


@dataclass(frozen=True, slots=True)
class JournalWrite:
    """Pages for one record, which is created if it does not exist yet, and is due at `due_at`."""

    key: RecordKey
    due_at: datetime
    written_at: datetime
    pages: tuple[Page, ...]


class JournalResult(IntEnum):
    """What became of a journal write; of two parts of a write, the greater speaks for both."""

    WRITTEN = auto()
    """All pages are in the journal, by this write or an earlier identical one."""
    CLOSED = auto()
    """The record takes no more pages; nothing was written."""
    FAILED = auto()
    """The table did not take the write; it may be tried again, any time."""


class CommitResult(Enum):
    """What became of a change."""

    COMMITTED = auto()
    CONFLICT = auto()
    """The record has another version; nothing was written."""
    TARGET_CLOSED = auto()
    """The record that carried usage should go to takes no more pages; nothing was written."""


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


class Clock(Protocol):
    """Time, and the permission to let some of it pass."""

    def now(self) -> datetime:
        """Return the present in UTC."""
        ...

    def pause(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...

    def seconds_left(self) -> float:
        """Return how long this run may still last."""
        ...

    def jitter(self) -> float:
        """Return a number from 0 to 1 by which retries are spread."""
        ...


class Workers(Protocol):
    """Doing several things at once."""

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        """Do the work for every item, at most `count_max` at a time; answers in order."""
        ...


class UsageLedger(Protocol):
    """The UsageTable. Every method raises StorageUnavailableError when DynamoDB fails for good."""

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        """Append pages to open records; one result for each write, none of which harms another."""
        ...

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        """Return the records that exist, with their whole journal, strongly consistent."""
        ...

    def commit(
        self, change: Change, target: RecordKey | None = None, target_due_at: datetime | None = None
    ) -> CommitResult:
        """Apply a change in one atomic write; carried usage goes to `target`."""
        ...

    def read_each(self, keys: Sequence[RecordKey]) -> Iterator[MeteringRecord]:
        """Yield the same records one by one, so that only one journal is in memory at a time."""
        ...

    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey] = frozenset()
    ) -> list[RecordKey]:
        """Return records whose `due_at` has come but those to `skip`, the longest overdue first."""
        ...

    def unfinished_keys(
        self, *, count_max: int, subscription: SubscriptionKey | None = None
    ) -> list[RecordKey]:
        """Return records that are not finished, due or not; of one subscription if it is given."""
        ...

    def open_idle(self, keys: Sequence[RecordKey], due_at: datetime) -> None:
        """Create an open record without usage under every key that has none."""
        ...

    def beaten_hour(self) -> datetime | None:
        """Return the last hour that `note_beaten_hour` was told, or None."""
        ...

    def note_beaten_hour(self, hour_at: datetime) -> None:
        """Remember that every account has a record for the hour that began at `hour_at`."""
        ...

    def register_accounts(self, accounts: Sequence[AccountKey]) -> None:
        """Remember which subscriptions and dimensions have records, for the accounting run."""
        ...

    def accounts(self) -> Iterator[AccountKey]:
        """Yield every registered subscription and dimension."""
        ...

    def read_account(self, account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        """Yield an account's records of the hours from `since` on, with their journals."""
        ...


class SubscriptionBook(Protocol):
    """The SubscriptionsTable."""

    def find(self, keys: Sequence[SubscriptionKey]) -> dict[SubscriptionKey, Subscription]:
        """Return the known subscriptions among `keys`."""
        ...

    def upsert(
        self, subscription: Subscription, customer: ResolvedCustomer, *, trial: bool, now: datetime
    ) -> None:
        """Make a subscription known; never takes away lifecycle state or contact details."""
        ...

    def add_reference(
        self, digest: str, keys: Sequence[SubscriptionKey], expires_at: datetime
    ) -> None:
        """Store a registration reference by its digest."""
        ...

    def redeem_reference(
        self, digest: str, contact: Contact, now: datetime
    ) -> tuple[SubscriptionKey, ...]:
        """Use a reference up and return what it stands for.

        The same details may be sent again while the reference lives; anything else raises
        ReferenceInvalidError.
        """
        ...

    def set_contact(self, key: SubscriptionKey, contact: Contact, now: datetime) -> str:
        """Store contact details; empty ones never replace earlier ones. Return the status."""
        ...


class Marketplace(Protocol):
    """AWS Marketplace Metering as a registration needs it."""

    def resolve_customer(self, token: str) -> ResolvedCustomer:
        """Resolve a registration token.

        Raises TokenInvalidError, TokenExpiredError or one of the MarketplaceError family.
        """
        ...


class Metering(Protocol):
    """AWS Marketplace Metering as billing needs it."""

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        """Make one call, without any hidden retry, and return what AWS answered as a value."""
        ...


class CallQuota(Protocol):
    """The account's budget of BatchMeterUsage calls, shared by everything that calls."""

    def reserve(self, now: datetime) -> datetime:
        """Take the next free place and return its time, at or after `now`."""
        ...


class UsageQueue(Protocol):
    """The UsageQueue as the decision to close an hour needs it."""

    def backlog(self, now: datetime) -> Backlog:
        """Return what waits in the queue."""
        ...

    def retry_soon(self, messages: Sequence[QueueMessage], now: datetime) -> None:
        """Let SQS deliver kept messages again soon, rather than after the visibility timeout.

        The drains are not done with them until then.
        """
        ...

    def note_progress(self, sent_at: datetime, now: datetime) -> None:
        """Remember that a drain begins to work on messages, the oldest of them sent at `sent_at`.

        Raises StorageUnavailableError.
        """
        ...


class RejectedUsage(Protocol):
    """The RejectedUsageQueue."""

    def send(self, rejections: Mapping[str, Sequence[Rejection]]) -> set[str]:
        """Send every message's rejections, whole; return the messages the queue did not take."""
        ...


class Report(Protocol):
    """Log lines and metrics: one line a decision, one metric a business outcome."""

    def event(self, name: str, **fields: object) -> None:
        """Log one event."""
        ...

    def count(self, metric: str, amount: float = 1) -> None:
        """Add to a metric."""
        ...

    def publish(self) -> None:
        """Publish what was counted so far, so that it survives a run that is cut off."""
        ...
