"""An in-memory UsageLedger."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime

from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.domain.journal import Page, encode_page
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import ABSENT_VERSION, Change, MeteringRecord
from meterhouse.ports import CommitResult, JournalResult, JournalWrite


class InMemoryLedger:
    """Keeps records in a dictionary, under the same rules as the UsageTable."""

    def __init__(self) -> None:
        self.records: dict[RecordKey, MeteringRecord] = {}
        self._accounts: dict[AccountKey, None] = {}
        self._beaten_hour: datetime | None = None

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        return [self._journal_one(write) for write in writes]

    def _journal_one(self, write: JournalWrite) -> JournalResult:
        record = self.records.get(write.key)
        if record is not None and _digests(record.pages) >= _digests(write.pages):
            return JournalResult.WRITTEN
        if record is not None and record.state is not RecordState.OPEN:
            return JournalResult.CLOSED
        self._append(write.key, write.due_at, write.written_at, write.pages)
        return JournalResult.WRITTEN

    def _append(
        self, key: RecordKey, due_at: datetime, written_at: datetime, pages: tuple[Page, ...]
    ) -> None:
        record = self.records.get(key)
        if record is None:
            record = MeteringRecord(key, RecordState.OPEN, ABSENT_VERSION, due_at)
        known = _digests(record.pages)
        fresh = tuple(page for page in pages if encode_page(page).digest not in known)
        self.records[key] = replace(
            record,
            version=record.version + 1,
            due_at=due_at,
            written_at=written_at,
            pages=record.pages + fresh,
        )

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        return {key: self.records[key] for key in keys if key in self.records}

    def read_each(self, keys: Sequence[RecordKey]) -> Iterator[MeteringRecord]:
        yield from self.read(keys).values()

    def commit(
        self,
        change: Change,
        target: RecordKey | None = None,
        target_due_at: datetime | None = None,
    ) -> CommitResult:
        key = change.record.key
        current = self.records.get(key)
        if (ABSENT_VERSION if current is None else current.version) != change.before_version:
            return CommitResult.CONFLICT
        if change.carried is not None:
            assert target is not None
            assert target_due_at is not None
            there = self.records.get(target)
            if there is not None and there.state is not RecordState.OPEN:
                return CommitResult.TARGET_CLOSED
            self._append(target, target_due_at, change.carried.earliest_at, (change.carried,))
        pages = () if current is None else current.pages
        if change.late_page is not None:
            pages = (*pages, change.late_page)
        self.records[key] = replace(change.record, pages=pages)
        return CommitResult.COMMITTED

    def due_keys(
        self, *, now: datetime, count_max: int, skip: AbstractSet[RecordKey] = frozenset()
    ) -> list[RecordKey]:
        due = [
            (record.due_at, key)
            for key, record in self.records.items()
            if record.due_at is not None and record.due_at <= now and key not in skip
        ]
        return [key for _, key in sorted(due)][:count_max]

    def unfinished_keys(
        self, *, count_max: int, subscription: SubscriptionKey | None = None
    ) -> list[RecordKey]:
        keys = [
            key
            for key, record in self.records.items()
            if record.state in UNFINISHED and subscription in (None, key.subscription)
        ]
        return keys[:count_max]

    def open_idle(self, keys: Sequence[RecordKey], due_at: datetime) -> None:
        for key in keys:
            self.records.setdefault(key, MeteringRecord(key, RecordState.OPEN, 1, due_at))

    def beaten_hour(self) -> datetime | None:
        return self._beaten_hour

    def note_beaten_hour(self, hour_at: datetime) -> None:
        self._beaten_hour = hour_at

    def register_accounts(self, accounts: Sequence[AccountKey]) -> None:
        self._accounts.update(dict.fromkeys(accounts))

    def accounts(self) -> Iterator[AccountKey]:
        yield from self._accounts

    def read_account(self, account: AccountKey, since: datetime | None) -> Iterator[MeteringRecord]:
        for key in sorted(self.records):
            if key.account == account and (since is None or key.hour_at >= floor_to_hour(since)):
                yield self.records[key]


def _digests(pages: Sequence[Page]) -> set[str]:
    return {encode_page(page).digest for page in pages}
