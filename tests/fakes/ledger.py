"""An in-memory UsageLedger."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from meterhouse.adapters.usage_table.manifests import MANIFEST_SEGMENTS_MAX
from meterhouse.domain.accounting.sheets import DaySheet
from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey, Taking
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.audit_trail import AuditEntry
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import FoldTooLargeError
from meterhouse.ports.ledger import Due, Lease, StoredSegment

ACTIONS_MAX = 100


class InMemoryLedger:
    """Keeps everything in dictionaries, under the same rules as the UsageTable."""

    def __init__(self) -> None:
        self.stored_heads: dict[LogKey, Head] = {}
        self.leases: dict[LogKey, str] = {}
        self.stored_segments: dict[LogKey, dict[tuple[int, str], StoredSegment]] = {}
        self.stored_manifests: dict[tuple[LogKey, int], frozenset[str]] = {}
        self.stored_names: dict[LogKey, list[NamedSpan]] = {}
        self.stored_batches: dict[BatchKey, Batch] = {}
        self.stored_carries: dict[tuple[LogKey, str], Carry] = {}
        self.stored_entries: list[AuditEntry] = []
        self.stored_allowances: dict[AllowanceKey, Allowance] = {}
        self.stored_sheets: dict[tuple[SubscriptionKey, datetime, bool], DaySheet] = {}

    def append(self, log: LogKey, segment: StoredSegment) -> None:
        of_log = self.stored_segments.setdefault(log, {})
        of_log[segment.generation, segment.name] = segment

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        return {log: self.stored_heads[log] for log in logs if log in self.stored_heads}

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        for log in sorted(self.stored_heads):
            if first_at <= log.hour_at <= last_at:
                yield self.stored_heads[log]

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        if log in self.stored_heads:
            return False
        written_in = None if written_at is None else 0
        self.stored_heads[log] = Head(
            log, due_at=due_at, written_at=written_at, written_in=written_in
        )
        return True

    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        head = self.stored_heads.get(log)
        if head is None or head.open != generation:
            return False
        self.stored_heads[log] = replace(
            head, due_at=due_at, written_at=written_at, written_in=generation
        )
        return True

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        there = self.stored_heads.get(head.log)
        if there is None or there.open != head.open:
            return False
        if there.leased_until is not None and there.leased_until > now:
            return False
        taken = replace(there, open=there.open + 1, is_settled=head.is_settled, leased_until=until)
        self.stored_heads[head.log] = taken
        self.leases[head.log] = lease.token
        return True

    def release(self, lease: Lease, head: Head) -> bool:
        if self.leases.get(lease.log) != lease.token:
            return False
        there = self.stored_heads[lease.log]
        is_untouched = _written(there) == _written(head)
        self.stored_heads[lease.log] = replace(
            head,
            open=there.open,
            written_at=there.written_at,
            written_in=there.written_in,
            due_at=head.due_at if is_untouched else there.due_at,
            leased_until=None,
        )
        del self.leases[lease.log]
        return True

    def postpone(self, seen: Head, after: Head) -> bool:
        assert seen.log == after.log
        there = self.stored_heads.get(seen.log)
        if there is None or seen.log in self.leases:
            return False
        put_off = replace(
            there,
            due_at=after.due_at,
            reason=after.reason,
            holds=after.holds,
            totals=after.totals,
            is_balanced=after.is_balanced,
        )
        is_as_seen = (there.due_at, *_written(there)) == (seen.due_at, *_written(seen))
        # What stands already was written by this call, as far as anybody can tell.
        if there.open != seen.open or not (is_as_seen or put_off == there):
            return False
        self.stored_heads[seen.log] = put_off
        return True

    def segments(self, log: LogKey, first: int, last: int | None = None) -> Iterator[StoredSegment]:
        for (generation, _), segment in sorted(self.stored_segments.get(log, {}).items()):
            if generation >= first and (last is None or generation <= last):
                yield segment

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        return {
            generation: names
            for (of_log, generation), names in self.stored_manifests.items()
            if of_log == log
        }

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        if len(names) > MANIFEST_SEGMENTS_MAX:
            raise FoldTooLargeError(f"{log} has more than {MANIFEST_SEGMENTS_MAX:,} segments")
        return self.stored_manifests.setdefault((log, generation), frozenset(names))

    def names(self, log: LogKey) -> Names:
        return Names(self.stored_names.get(log, ()))

    def write_names(self, lease: Lease, spans: Sequence[NamedSpan]) -> bool:
        assert spans
        if self.leases.get(lease.log) != lease.token:
            return False
        known = self.stored_names.setdefault(lease.log, [])
        known += [span for span in spans if span not in known]
        return True

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        assert batches
        # The lease, the batches and what they take are one transaction of DynamoDB.
        assert 1 + len(batches) + len(takings) <= ACTIONS_MAX
        if self.leases.get(lease.log) != lease.token:
            return False
        written = {batch.key: batch for batch in batches}
        known = written.keys() & self.stored_batches.keys()
        # The holder of the lease repeats itself, or breaks the rule that nobody freezes twice.
        assert known in (set(), written.keys())
        if known:
            return True
        before = self.taken([one.key for one in takings])
        if any(before[one.key] != one.before for one in takings):
            return False
        self.stored_batches.update(written)
        for one in takings:
            self.stored_allowances[one.key] = Allowance(one.key, one.granted, one.after)
        return True

    def taken(self, keys: Sequence[AllowanceKey]) -> dict[AllowanceKey, Decimal]:
        assert len({*keys}) == len(keys)
        known = self.stored_allowances
        return {key: known[key].taken if key in known else Decimal(0) for key in keys}

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        of_it = [
            one
            for key, one in self.stored_allowances.items()
            if key.meter.subscription == subscription
        ]
        return sorted(of_it, key=lambda one: (one.key.period, one.key.meter))

    def batches(self, log: LogKey) -> list[Batch]:
        return [self.stored_batches[key] for key in sorted(self.stored_batches) if key.log == log]

    def read_batch(self, key: BatchKey) -> Batch | None:
        return self.stored_batches.get(key)

    def store(self, batch: Batch) -> bool:
        there = self.stored_batches.get(batch.key)
        if there is None or there.version != batch.version - 1:
            return False
        self.stored_batches[batch.key] = batch
        return True

    def carries(self, log: LogKey) -> dict[str, Carry]:
        found = sorted(self.stored_carries.items())
        return {name: carry for (of_log, name), carry in found if of_log == log}

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        there = self.stored_carries.get((carry.log, carry.name))
        if keeper is not None and there is None:
            kept = self.stored_carries[keeper.log, keeper.name]
            if kept.version != keeper.version - 1:
                return kept
            self.stored_carries[keeper.log, keeper.name] = keeper
        if (0 if there is None else there.version) == carry.version - 1:
            self.stored_carries[carry.log, carry.name] = carry
            return carry
        assert there is not None
        return there

    def store_audited(
        self, entry: AuditEntry, batch: Batch | None, carries: Sequence[Carry]
    ) -> bool:
        versions = [(self.stored_carries[one.log, one.name], one) for one in carries]
        if any(stands.version != one.version - 1 for stands, one in versions):
            return False
        if batch is not None and self.stored_batches[batch.key].version != batch.version - 1:
            return False
        self.stored_carries.update({(one.log, one.name): one for one in carries})
        if batch is not None:
            self.stored_batches[batch.key] = batch
        self.stored_entries.append(entry)
        return True

    def audit_trail(
        self, first_at: datetime, last_at: datetime, *, count_max: int
    ) -> list[AuditEntry]:
        done = [one for one in self.stored_entries if first_at <= one.done_at <= last_at]
        return sorted(done, key=lambda one: one.done_at)[:count_max]

    def due(self, *, now: datetime | None, count_max: int) -> list[Due]:
        found = [Due(one.due_at, one.log) for one in self.stored_heads.values() if one.due_at]
        found += [Due(one.due_at, one.key) for one in self.stored_batches.values() if one.due_at]
        due = [one for one in found if now is None or one.due_at <= now]
        return sorted(due, key=lambda one: (one.due_at, str(one.key)))[:count_max]

    def refused(self, *, count_max: int) -> list[BatchKey]:
        batches = self.stored_batches.values()
        return sorted(one.key for one in batches if one.due_at is None and one.needs_person)[
            :count_max
        ]

    def kept(self, *, count_max: int) -> list[LogKey]:
        carries = self.stored_carries.values()
        return sorted(one.log for one in carries if one.needs_person)[:count_max]

    def refused_back(self, first_at: datetime, last_at: datetime) -> Iterator[BatchKey]:
        found = self.refused(count_max=len(self.stored_batches))
        yield from (key for key in reversed(found) if first_at <= key.log.hour_at <= last_at)

    def batches_from(self, log: LogKey, name: str, *, page: int) -> Iterator[Batch]:
        assert page > 0
        yield from (one for one in self.batches(log) if one.key.name >= name)

    def write_sheet(self, sheet: DaySheet) -> None:
        self.stored_sheets[sheet.subscription, sheet.day_at, sheet.is_of_tenants] = sheet

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        return [
            sheet
            for (of_subscription, day_at, _), sheet in sorted(self.stored_sheets.items())
            if of_subscription == subscription and first_at <= day_at <= last_at
        ]


def _written(head: Head) -> tuple[datetime | None, int | None]:
    return head.written_at, head.written_in
