"""Wrong versions of the journal's protocol (ADR 0013), made from the right ones; see `mutants`."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from meterhouse.domain.allowances.allowance import Taking
from meterhouse.domain.journal.carrying import Arrival, Carry
from meterhouse.domain.journal.folding import Freeze
from meterhouse.domain.journal.head import Close, Head
from meterhouse.domain.journal.segments import encode_events
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch
from meterhouse.domain.records.step_when_due import LEASE
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.errors import FoldTooLargeError, StorageUnavailableError
from meterhouse.ports.ledger import Lease, StoredSegment
from meterhouse.use_cases.billing.carry_usage import CarryUsage
from meterhouse.use_cases.billing.close_log import CloseLog
from meterhouse.use_cases.journal.append_usage import ROUNDS_MAX, AppendUsage
from tests.fakes.ledger import InMemoryLedger

Original = Callable[..., Any]


def always(answer: object) -> Callable[[Original], Original]:
    return lambda _: lambda *_args, **_named: answer


def look_then_append(_: Original) -> Original:
    def append(
        self: AppendUsage, events: Mapping[LogKey, Sequence[UsageEvent]]
    ) -> dict[LogKey, Sequence[UsageEvent]]:
        segments = {log: [*encode_events(log.hour_at, some)] for log, some in events.items()}
        failed: set[LogKey] = set()
        pending = [*segments]
        for _ in range(ROUNDS_MAX):
            again = self._look(pending, failed)
            for log in pending:
                if log not in again and log not in failed:
                    written = [self._append((log, one)) for one in segments[log]]
                    failed |= set() if all(written) else {log}
            pending = again
        return {log: events[log] for log in failed.union(pending)}

    return append


class _Ledger:
    """A ledger of which one method is another."""

    def __init__(self, ledger: Any, **methods: object) -> None:
        self._ledger = ledger
        self.__dict__.update(methods)

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


def list_then_close(original: Original) -> Original:
    def close(self: CloseLog, head: Head, decision: Close) -> Iterator[object]:
        seen = [*self.ledger.segments(head.log, 0)]

        def segments(_: LogKey, first: int, last: int) -> Iterator[StoredSegment]:
            return (one for one in seen if first <= one.generation <= last)

        ledger: Any = _Ledger(self.ledger, segments=segments)
        yield from original(replace(self, ledger=ledger), head, decision)

    return close


def freeze_again(original: Original) -> Original:
    """Go on under a token under which a transaction was not answered."""

    def close(self: CloseLog, head: Head, decision: Close) -> Iterator[object]:
        token, ledger = self.new_token(), self.ledger

        def take(head: Head, lease: Lease, _: datetime, until: datetime) -> bool:
            after = until + timedelta(seconds=1)
            return ledger.take(head, lease, after, after + LEASE)

        wrong: Any = _Ledger(ledger, take=take)
        try:
            yield from original(replace(self, new_token=lambda: token), head, decision)
        except StorageUnavailableError:
            if wrong.inner.leases.get(head.log) == token:
                again = replace(self, new_token=lambda: token, ledger=wrong)
                yield from original(again, ledger.heads([head.log])[head.log], decision)

    return close


def count_all_segments(original: Original) -> Original:
    def manifests(self: InMemoryLedger, log: LogKey) -> dict[int, frozenset[str]]:
        there = [*self.segments(log, 0)]
        return {
            generation: names | {one.name for one in there if one.generation == generation}
            for generation, names in original(self, log).items()
        }

    return manifests


def freeze_without_lease(_: Original) -> Original:
    def freeze(
        self: InMemoryLedger, _: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        assert not takings
        for batch in batches:
            self.stored_batches.setdefault(batch.key, batch)
        return True

    return freeze


def freeze_unclaimed(original: Original) -> Original:
    """Leave new records SEALED in the table while they are sent."""

    def freeze(
        self: InMemoryLedger,
        lease: Lease,
        batches: Sequence[Batch],
        takings: Sequence[Taking] = (),
    ) -> object:
        return original(self, lease, [unclaimed(batch) for batch in batches], takings)

    return freeze


def unclaimed(batch: Batch) -> Batch:
    statuses = [record.status for record in batch.records]
    changes = {
        place: replace(status, state=RecordState.SEALED)
        for place, status in enumerate(statuses)
        if status.state is RecordState.SUBMITTING
    }
    return replace(batch.with_statuses(changes), version=batch.version)


def settle_at_once(original: Original) -> Original:
    """Take a log for dealt with, whatever it was closed for."""

    def close(self: CloseLog, head: Head, decision: Close) -> Iterator[object]:
        ledger = self.ledger
        wrong: Any = _Ledger(
            ledger,
            take=lambda head, *rest: ledger.take(replace(head, is_settled=True), *rest),
            release=lambda lease, head: ledger.release(lease, replace(head, is_settled=True)),
        )
        yield from original(replace(self, ledger=wrong), head, decision)

    return close


def put_to_sleep(_: Original) -> Original:
    """Store what the closer knew, though somebody told of usage meanwhile."""

    def release(self: InMemoryLedger, lease: Lease, head: Head) -> bool:
        if self.leases.get(lease.log) != lease.token:
            return False
        there = self.stored_heads[lease.log]
        self.stored_heads[lease.log] = replace(head, open=there.open, leased_until=None)
        del self.leases[lease.log]
        return True

    return release


def postpone_anyhow(original: Original) -> Original:
    def postpone(self: InMemoryLedger, seen: Head, after: Head) -> object:
        return original(self, self.stored_heads.get(seen.log, seen), after)

    return postpone


def forget_what_was_noted(_: object) -> object:
    return property(lambda head: not head.is_settled or head.done < head.open or bool(head.aside))


def wait_for_no_quiet(_: Original) -> Original:
    return lambda hour_at, *_: hour_at


def fold_what_fits(original: Original) -> Original:
    def add(self: object, *segment: object) -> None:
        try:
            original(self, *segment)
        except FoldTooLargeError:
            return

    return add


def freeze_through(generation: int) -> Callable[[Original], Original]:
    return lambda original: lambda log, _, *rest: original(log, generation, *rest)


def leave_out_silently(original: Original) -> Original:
    return lambda log, through, records, _: original(log, through, records)


def know_all_as_billed(original: Original) -> Original:
    return lambda batches: dict.fromkeys(original(batches), Freeze(1_000))


def forget_earlier(original: Original) -> Original:
    """Know of a closed hour's events only those that came with the same generation."""
    return lambda fold, known, pairs, _, origin: original(fold, known, pairs, [], origin)


def number_anew(original: Original) -> Original:
    numbers = itertools.count()
    return lambda name: f"{original(name)}#{next(numbers)}"


def deliver_anew(original: Original) -> Original:
    """Let each try to deliver have a key of its own."""
    numbers = itertools.count()

    def deliver(self: CarryUsage, carry: Carry) -> object:
        return original(self, replace(carry, name=f"{carry.name}~{next(numbers)}"))

    return deliver


def write_nothing_down(original: Original) -> Original:
    def write_down(self: CarryUsage, *what: object) -> Carry:
        ledger: Any = _Ledger(self.ledger, write_carry=lambda carry: carry)
        carry: Carry = original(replace(self, ledger=ledger), *what)
        return replace(carry, version=0)

    return write_down


def move_without_comparing(_: Original) -> Original:
    def write(self: InMemoryLedger, carry: Carry) -> Carry:
        self.stored_carries[carry.log, carry.name] = carry
        return carry

    return write


def judge_as(wrong: Arrival, instead_of: Arrival) -> Callable[[Original], Original]:
    def change(original: Original) -> Original:
        def judge(carry: Carry, target: Head, manifest: object) -> Arrival:
            arrival: Arrival = original(carry, target, manifest)
            is_closed = target.open > carry.generation
            return wrong if is_closed and arrival is instead_of else arrival

        return judge

    return change


def note_no_silence(write: Original) -> Original:
    def noting(self: object, name: str, *rest: object) -> None:
        if not name.endswith("#any"):
            write(self, name, *rest)

    return noting
