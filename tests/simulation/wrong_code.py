"""Wrong versions of production functions, each made from the right one; see `mutants`."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from meterhouse.domain import closing, decisions
from meterhouse.domain.records.answers import OutcomeUnknown, Throttled
from meterhouse.domain.decisions import Facts, Keep, Send
from meterhouse.domain.events import UsageEvent
from meterhouse.domain.folding import fold_billable, fold_late
from meterhouse.domain.identity import LicenseIdentity, SubscriptionKey
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import DEADLINE
from meterhouse.domain.records import Allocation, Change, MeteringRecord
from meterhouse.domain.subscriptions import Subscription
from meterhouse.ports import CommitResult, JournalResult
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.billing.send_records import Claim, SendRecords
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.tables import SimulatedSubscriptionBook

Original = Callable[..., Any]


def always(answer: object) -> Callable[[Original], Original]:
    return lambda _: lambda *_args, **_named: answer


def write_no_claim(original: Original) -> Original:
    """Leave the record SEALED in the table while it is sent."""

    def commit(self: Any, change: Change) -> bool:
        if change.record.state is RecordState.SUBMITTING:
            change = replace(change, record=replace(change.record, state=RecordState.SEALED))
        return bool(original(self, change))

    return commit


def without_version(
    is_meant: Callable[[Change, MeteringRecord], bool],
) -> Callable[[Original], Original]:
    """Drop the condition of a write, as if the adapter did not compare versions."""

    def change_commit(original: Original) -> Original:
        def commit(self: InMemoryLedger, change: Change, *targets: Any) -> CommitResult:
            latest = self.records.get(change.record.key)
            if latest is not None and is_meant(change, latest):
                kept = latest if change.late_page is not None else change.record
                record = replace(kept, version=latest.version + 1)
                change = replace(change, record=record, before_version=latest.version)
            result: CommitResult = original(self, change, *targets)
            return result

        return commit

    return change_commit


def is_sealing(change: Change, latest: MeteringRecord) -> bool:
    return latest.state is RecordState.OPEN and change.record.state is RecordState.SUBMITTING


def is_carrying(change: Change, latest: MeteringRecord) -> bool:
    del latest
    return change.late_page is not None


def keep_no_claim(_: Original) -> Original:
    """Believe that every claim is still ours, and let others take it after some seconds.

    A lease that outlasts every process hides the first of these two by itself.
    """
    decisions.CLAIM_LEASE = timedelta(seconds=10)
    return lambda *_claims: True


def commit_instead(edit: Callable[[Change], Change]) -> Callable[[Original], Original]:
    def change_commit(original: Original) -> Original:
        return lambda ledger, change, **named: original(ledger, edit(change), **named)

    return change_commit


def refold(original: Original) -> Original:
    """Send what the journal holds now, late pages and all."""

    def claim(record: MeteringRecord, now: datetime) -> Send:
        sent: Send = original(record, now)
        units = fold_billable(record.pages).units + fold_late(record.pages).units
        assert sent.change.record.frozen is not None
        frozen = replace(sent.change.record.frozen, quantity=units, allocations=())
        again = replace(sent.change.record, frozen=frozen, units=units)
        return replace(sent, change=replace(sent.change, record=again))

    return claim


def claim_as_first(original: Original) -> Original:
    return lambda record, now: replace(original(record, now), surely_unsent=True)


def stamp_sending(original: Original) -> Original:
    def call(self: SendRecords, claims: list[Claim]) -> object:
        now = self.clock.now().replace(microsecond=0)
        return original(self, [stamped(claim, now) for claim in claims])

    return call


def stamped(claim: Claim, now: datetime) -> Claim:
    assert claim.record.frozen is not None
    frozen = replace(claim.record.frozen, timestamp_at=now)
    return replace(claim, record=replace(claim.record, frozen=frozen))


def answer_as(kind: type, instead: object) -> Callable[[Original], Original]:
    """Take one of AWS's answers about a record for another."""

    def change_settling(original: Original) -> Original:
        def settle(self: SendRecords, claims: list[Claim], answers: Sequence[object]) -> object:
            told = [instead if isinstance(one, kind) else one for one in answers]
            return original(self, claims, told)

        return settle

    return change_settling


def believe_5xx(original: Original) -> Original:
    def call(self: SendRecords, claims: list[Claim]) -> object:
        answer = original(self, claims)
        return Throttled() if isinstance(answer, OutcomeUnknown) else answer

    return call


def settle_as(*, surely_unsent: bool) -> Callable[[Original], Original]:
    def change_settling(original: Original) -> Original:
        def settle(record: MeteringRecord, answer: object, **named: Any) -> object:
            return original(record, answer, **{**named, "surely_unsent": surely_unsent})

        return settle

    return change_settling


def forget_half(original: Original) -> Original:
    def settle(self: SendRecords, claims: list[Claim], refused: Any) -> None:
        original(self, claims[: max(1, len(claims) // 2)], refused)

    return settle


def acknowledge(original: Original) -> Original:
    def drain(self: DrainUsage, messages: Sequence[Any]) -> list[str]:
        original(self, messages)
        return []

    return drain


def count_repeats(original: Original) -> Original:
    def fold(pages: Iterable[Page], without: AbstractSet[str] = frozenset()) -> object:
        return original(
            replace(
                page,
                entries=tuple(
                    Entry(f"{number}/{place}", entry.quantity, entry.tags)
                    for place, entry in enumerate(page.entries)
                    if page.kind is not PageKind.HOME or entry.event_id not in without
                ),
            )
            for number, page in enumerate(pages)
        )

    return fold


def forget_home_pages(original: Original) -> Original:
    """Know of a closed hour's events only those that came late before."""

    def unseen_events(record: MeteringRecord | None, events: Sequence[UsageEvent]) -> object:
        if record is not None:
            late = tuple(page for page in record.pages if page.kind is PageKind.LATE)
            record = replace(record, pages=late)
        return original(record, events)

    return unseen_events


def through_float(original: Original) -> Original:
    def usage_record(dimension: str, frozen: Any) -> object:
        record = original(dimension, frozen)
        if "QuantityAsDecimal" in record:
            record["QuantityAsDecimal"] = str(float(record["QuantityAsDecimal"]) * 1.0 + 1e-7)
        return record

    return usage_record


def carry_expired(original: Original) -> Original:
    def decide(record: MeteringRecord, facts: Facts) -> object:
        decision = original(record, facts)
        if isinstance(decision, Keep) and decision.change.record.state is RecordState.EXPIRED:
            return Keep(closing.close_carried(record, facts.now, DEADLINE))
        return decision

    return decide


def forget_tags(original: Original) -> Original:
    def carried(record: MeteringRecord, parts: Any, now: datetime, reason: str) -> object:
        units = sum((part.quantity for part in parts), Decimal(0))
        return original(record, (Allocation(units, ()),), now, reason)

    return carried


def ignore_hours(original: Original) -> Original:
    return lambda record: [(*key[:3], 0) for key in original(record)]


def forget_rest(original: Original) -> Original:
    return lambda fold: replace(original(fold), rest=())


def take_failed_for_written(original: Original) -> Original:
    def journal(self: SimulatedLedger, writes: Sequence[Any]) -> list[JournalResult]:
        results: list[JournalResult] = original(self, writes)
        return [
            JournalResult.WRITTEN if result is JournalResult.FAILED else result
            for result in results
        ]

    return journal


def bill_first_license(original: Original) -> Original:
    """Know a buyer by its AWS account, which may have several licenses of one product."""

    def find(
        self: SimulatedSubscriptionBook, keys: Sequence[SubscriptionKey]
    ) -> dict[SubscriptionKey, Subscription]:
        first: dict[str, LicenseIdentity] = {}
        for one in self.subscriptions.values():
            if isinstance(one.identity, LicenseIdentity):
                first.setdefault(one.identity.customer_aws_account_id, one.identity)
        found: dict[SubscriptionKey, Subscription] = original(self, keys)
        return {
            key: replace(one, identity=first[one.identity.customer_aws_account_id])
            if isinstance(one.identity, LicenseIdentity)
            else one
            for key, one in found.items()
        }

    return find


def keep_first_page(original: Original) -> Original:
    return lambda events: islice(original(events), 1)
