"""Wrong versions of what happens to records and calls, each made from the right one; see `mutants`.

Those of the journal's protocol are in `wrong_journal`.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal import closing
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.segments import CarriedPart, Segment
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records import step_when_due
from meterhouse.domain.records.answers import OutcomeUnknown, Throttled
from meterhouse.domain.records.endings import carry_record
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import Batch, MeteringRecord, SealedRecord
from meterhouse.domain.records.spikes import held_until
from meterhouse.domain.records.step_when_due import Keep
from meterhouse.domain.subscriptions.final_hour import FinalUsage
from meterhouse.domain.subscriptions.identity import LicenseIdentity, SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.use_cases.billing.send_records import Claim, SendRecords
from meterhouse.use_cases.drain_usage import DrainUsage
from meterhouse.use_cases.journal.append_usage import AppendUsage
from meterhouse.use_cases.journal.read_log import read_whole_log
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.tables import SimulatedQuota, SimulatedSubscriptionBook
from tests.simulation.wrong_journal import Original


def claim_for(lease: timedelta, original: Original) -> Original:
    """Let others take claims that soon: a lease that outlasts every process hides the next two."""
    patched: Any = closing
    patched.LEASE = lease
    step_when_due.LEASE = lease
    return original


def keep_no_lease(original: Original) -> Original:
    return claim_for(timedelta(0), original)


def keep_no_claim(original: Original) -> Original:
    """Believe that every claim is still ours."""
    claim_for(timedelta(seconds=10), original)
    return lambda *_claims: True


def compare_no_sends(original: Original) -> Original:
    """Take any claim on a record for ours."""
    claim_for(timedelta(seconds=10), original)
    return lambda batch, claim: batch.records[claim.place].state is RecordState.SUBMITTING


def store_any_version(_: Original) -> Original:
    def store(self: InMemoryLedger, batch: Batch) -> bool:
        self.stored_batches[batch.key] = batch
        return True

    return store


def change_sealed(
    is_meant: Callable[[MeteringRecord], bool],
    edit: Callable[[SendRecords, SealedRecord], SealedRecord],
) -> Callable[[Original], Original]:
    """Send other words about some records than those that are frozen."""

    def edited(self: SendRecords, claim: Claim) -> Claim:
        if not is_meant(claim.record):
            return claim
        records = [*claim.batch.records]
        records[claim.place] = replace(claim.record, sealed=edit(self, claim.record.sealed))
        return replace(claim, batch=replace(claim.batch, records=tuple(records)))

    def change(original: Original) -> Original:
        return lambda self, claims: original(self, [edited(self, one) for one in claims])

    return change


def is_retried(record: MeteringRecord) -> bool:
    return record.status.sends > 1


def stamp(self: SendRecords, sealed: SealedRecord) -> SealedRecord:
    return replace(sealed, timestamp_at=self.clock.now().replace(microsecond=0))


def refold(self: SendRecords, sealed: SealedRecord) -> SealedRecord:
    """Return what the journal holds now, late usage and all."""
    ledger: InMemoryLedger = self.ledger.inner  # type: ignore[attr-defined] # it is a simulated one
    log = next(key.log for key in ledger.stored_batches if key.log.hour_at == sealed.key.hour_at)
    fold = read_whole_log(ledger, log, ledger.batches(log)).fold
    usage = fold.meters.get(sealed.key.meter)
    units = sealed.quantity if usage is None else usage.units + usage.late_units
    return replace(sealed, quantity=min(units, QUANTITY_MAX), allocations=())


def claim_as_first(original: Original) -> Original:
    return lambda record, now, **named: replaced(original(record, now, **named), surely_unsent=True)


def replaced(step: object, **fields: object) -> object:
    is_claim = isinstance(step, step_when_due.Claim)
    return replace(step, **fields) if is_claim else step  # type: ignore[type-var] # it is a claim


def answer_as(kind: type, instead: object) -> Callable[[Original], Original]:
    """Take one of AWS's answers about a record for another."""

    def change(original: Original) -> Original:
        def settle(self: SendRecords, claims: list[Claim], answers: Sequence[object]) -> object:
            told = [instead if isinstance(one, kind) else one for one in answers]
            return original(self, claims, told)

        return settle

    return change


def believe_5xx(original: Original) -> Original:
    def call(self: SendRecords, claims: list[Claim]) -> object:
        answer = original(self, claims)
        return Throttled() if isinstance(answer, OutcomeUnknown) else answer

    return call


def settle_as(*, surely_unsent: bool) -> Callable[[Original], Original]:
    def change(original: Original) -> Original:
        def settle(record: MeteringRecord, answer: object, **named: Any) -> object:
            return original(record, answer, **{**named, "surely_unsent": surely_unsent})

        return settle

    return change


def forget_half(original: Original) -> Original:
    def settle(self: SendRecords, claims: list[Claim], refused: object) -> None:
        original(self, claims[: max(1, len(claims) // 2)], refused)

    return settle


def acknowledge(original: Original) -> Original:
    def drain(self: DrainUsage, messages: Sequence[Any]) -> list[str]:
        original(self, messages)
        return []

    return drain


def flush_undrained(original: Original) -> Original:
    def is_ready(self: FinalUsage, hour_at: datetime, now: datetime, _: object) -> bool:
        ready: bool = original(self, hour_at, now, lambda _sent_before: True)
        return ready

    return is_ready


def count_repeats(original: Original) -> Original:
    def add(self: LogFold, generation: int, name: str, segment: Segment) -> None:
        unlike = [f"{self.events + place}" for place in range(len(segment.ids))]
        segment = segment if segment.origin else replace(segment, ids=unlike)
        original(self, generation, name, segment)

    return add


def through_float(original: Original) -> Original:
    def usage_record(sealed: SealedRecord) -> object:
        record = original(sealed)
        if "QuantityAsDecimal" in record:
            record["QuantityAsDecimal"] = str(float(record["QuantityAsDecimal"]) * 1.0 + 1e-7)
        return record

    return usage_record


def carry_expired(original: Original) -> Original:
    def step(record: MeteringRecord, now: Any, **named: Any) -> object:
        found = original(record, now, **named)
        if isinstance(found, Keep) and found.status.state is RecordState.EXPIRED:
            return Keep(carry_record(record, now, Reason.DEADLINE))
        return found

    return step


def forget_tags(original: Original) -> Original:
    def carry(self: object, log: object, name: str, parts: Sequence[CarriedPart]) -> object:
        return original(self, log, name, [part._replace(tags=()) for part in parts])

    return carry


def forget_rest(original: Original) -> Original:
    return lambda by_tags: original(by_tags)._replace(rest=())


def ignore_hours(original: Original) -> Original:
    return lambda record: [(*key[:3], 0) for key in original(record)]


def call_at_once(original: Original) -> Original:
    def reserve(self: SimulatedQuota, now: Any) -> object:
        original(self, now)
        return now

    return reserve


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


def keep_first_segment(original: Original) -> Original:
    return lambda hour_at, events: islice(original(hour_at, events), 1)


def keep_first_sheet(_: Original) -> Original:
    def write(self: InMemoryLedger, sheet: Any) -> None:
        key = sheet.subscription, sheet.day_at, sheet.is_of_tenants
        self.stored_sheets.setdefault(key, sheet)

    return write


def take_failed_for_written(original: Original) -> Original:
    def append(self: AppendUsage, write: object) -> bool:
        original(self, write)
        return True

    return append


def wait_for_deadline(_original: Original) -> Original:
    """Let what is held go when AWS takes it no more."""
    return deadline_of


def hold_what_is_flushed(original: Original) -> Original:
    """Let what waits as a spike wait in a flush, too."""

    def is_due(
        record: MeteringRecord, now: datetime, flushed: AbstractSet[SubscriptionKey]
    ) -> bool:
        is_held = held_until(record.status) is not None
        return bool(original(record, now, frozenset() if is_held else flushed))

    return is_due


def leave_all(_: Original) -> property:
    """Leave as much as is granted, whatever was taken."""
    return property(lambda allowance: allowance.granted or Decimal(0))
