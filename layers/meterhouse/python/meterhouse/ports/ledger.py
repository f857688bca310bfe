"""What the use cases need of the UsageTable; `meterhouse.adapters.usage_table` implements it."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from meterhouse.domain.accounting.sheets import DaySheet
from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey, Taking
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.audit_trail import AuditEntry
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey


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

    def names(self, log: LogKey) -> Names:
        """Return what is settled of who pays for tenants' usage of an hour."""

    def write_names(self, lease: Lease, spans: Sequence[NamedSpan]) -> bool:
        """Settle more, if the lease is still held; tell whether it is.

        The spans are of the generation that its holder closes. If it breaks off, some of them may
        be settled, each of them whole.
        """

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        """Write new batches, and what their records take from allowances, in one atomic write.

        It is done if the lease is still held, and nobody took from one of those allowances since
        it was read; tell whether it was.
        """

    def taken(self, keys: Sequence[AllowanceKey]) -> dict[AllowanceKey, Decimal]:
        """Return how many units were taken from each of some allowances; keys must not repeat."""

    def batches(self, log: LogKey) -> list[Batch]:
        """Return all batches of a log."""

    def read_batch(self, key: BatchKey) -> Batch | None:
        """Return a batch, or None when there is none."""

    def store(self, batch: Batch) -> bool:
        """Write the next version of a batch, if the version before it still stands; tell so."""

    def carries(self, log: LogKey) -> dict[str, Carry]:
        """Return everything that is carried from a log, by name."""

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        """Write a carry if the version before it still stands; return the one that stands.

        With a `keeper`, the next version of the carry that kept its parts until now, both are
        written or none. If that one was changed meanwhile, it is returned as it stands.
        """

    def store_audited(
        self, entry: AuditEntry, batch: Batch | None, carries: Sequence[Carry]
    ) -> bool:
        """Write next versions, and what the audit trail says of them, all or none.

        They are written if the versions before all of them still stand; tell so.
        """

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        """Return unfinished work that is due, or all of it without `now`; the oldest first."""

    def refused(self, *, count_max: int) -> list[BatchKey]:
        """Return finished batches with usage that needs a person, the oldest hour first."""

    def write_sheet(self, sheet: DaySheet) -> None:
        """Write what a subscription used on a day, in place of what was written before."""

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        """Return a subscription's sheets of the days from `first_at` to `last_at`, in order."""


class UnbilledLedger(UsageLedger, Protocol):
    """The UsageTable as operators look at it; no function of ours asks for more than the above."""

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        """Return the allowances of a subscription from which something was taken, by period.

        Their `granted` is what it was when something was taken last.
        """

    def kept(self, *, count_max: int) -> list[LogKey]:
        """Return the logs of carries of which something needs a person, the oldest hour first.

        A log comes as often as it has such carries. It is read from the index.
        """

    def refused_back(self, first_at: datetime, last_at: datetime) -> Iterator[BatchKey]:
        """Yield what `refused` returns, of the hours from one to another: the latest hour first.

        Within an hour there is no order. Whoever stops early has not read the rest.
        """

    def batches_from(self, log: LogKey, name: str, *, page: int) -> Iterator[Batch]:
        """Yield the batches of a log whose names are not less than `name`, in their order.

        They are read so many at a time: whoever stops early has not read the rest.
        """

    def audit_trail(
        self, first_at: datetime, last_at: datetime, *, count_max: int
    ) -> list[AuditEntry]:
        """Return what was done from `first_at` to `last_at`, in its order."""
