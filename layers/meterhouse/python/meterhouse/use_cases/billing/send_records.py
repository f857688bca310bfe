"""Send claimed records to AWS Marketplace and persist every outcome right after its call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from meterhouse.domain.calls.payload import pack_calls, product_code_to_send, usage_record
from meterhouse.domain.records.answers import (
    CallAnswer,
    Missing,
    NotSent,
    OutcomeUnknown,
    OutOfQuota,
    Processed,
    RecordAnswer,
    RefusalCause,
    Refused,
    Throttled,
    Unprocessed,
    hear,
)
from meterhouse.domain.records.coverage import why_record_uncovered
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.records.reasons import Reason, Why, outlasts_trouble
from meterhouse.domain.records.record import Batch, BatchKey, MeteringRecord, RecordStatus
from meterhouse.domain.records.step_after_answer import (
    RETRY_PAUSE,
    release,
    settle_answer,
    settle_refusal,
)
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import UsageLedger
from meterhouse.ports.marketplace import CallQuota, Metering
from meterhouse.ports.process import Clock, Report
from meterhouse.ports.subscriptions import SubscriptionBook
from meterhouse.use_cases.billing.report_step import report_step

ATTEMPTS_MAX: Final = 4
BACKOFF_SECONDS: Final = 0.5
# A run that has less time than this keeps its claims for the next run instead of calling: the call
# may take so long, with the credentials of a role before it.
CALL_SECONDS_MIN: Final = 25.0
# A turn with its retries and the writes after it must fit into what is left of the run.
TURN_SECONDS_MIN: Final = 45.0
_STORE_ATTEMPTS_MAX: Final = 5


Outcome = tuple["Claim", RecordStatus]
"""A claim, and what became of its record."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A record in SUBMITTING that this run may send: the one at `place` in `batch`.

    `surely_unsent` holds while no send can have been accepted: the answer to the next one is then
    the whole truth about the record. `subscription` is what was known of it, if anything was.
    """

    batch: Batch
    place: int
    surely_unsent: bool
    subscription: Subscription | None

    @property
    def record(self) -> MeteringRecord:
        """The record as it was claimed."""
        return self.batch.records[self.place]


def claims_of(
    batch: Batch, known: Mapping[SubscriptionKey, Subscription], *, surely_unsent: bool
) -> list[Claim]:
    """Return the claims on what was frozen in a new batch."""
    return [
        Claim(batch, place, surely_unsent, known.get(record.key.subscription))
        for place, record in enumerate(batch.records)
        if record.state is RecordState.SUBMITTING
    ]


def pack(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Pack claims into calls of one product each, the soonest deadline first."""
    return list(pack_calls(claims, lambda claim: claim.record.sealed))


@dataclass(slots=True)
class SendRecords:
    """The use case; `stopped` is set once AWS refuses the whole deployment.

    `news` is what AWS's answers changed of what was known of subscriptions.
    """

    ledger: UsageLedger
    subscriptions: SubscriptionBook
    metering: Metering
    quota: CallQuota
    clock: Clock
    report: Report
    policy: MeteringPolicy
    stopped: bool = field(default=False, init=False)
    news: dict[SubscriptionKey, Suspicion] = field(default_factory=dict, init=False)

    def must_stop(self) -> bool:
        """Tell whether this run may take no more work: out of time, or refused by AWS."""
        return self.stopped or self.clock.seconds_left() < TURN_SECONDS_MIN

    def __call__(self, claims: list[Claim]) -> None:
        """Send what fits into one call, and persist what AWS answers."""
        try:
            self._send(claims)
        except Exception as error:  # noqa: BLE001 - the boundary of a call
            # Their claims are taken up again when the lease is over; other calls go on.
            self.report.count("SubmissionsFailed")
            self.report.failure("batch_left", records=len(claims), error=repr(error))

    def _send(self, claims: list[Claim]) -> None:
        """Send one batch until it is answered, with bounded retries; bisect what AWS refuses."""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                self.clock.pause(BACKOFF_SECONDS * 2**attempt * (0.5 + self.clock.jitter()))
            if self.stopped or self.clock.seconds_left() < CALL_SECONDS_MIN:
                self._release(claims, Reason.RUN_ENDED)
                return
            answer = self._call(claims)
            match answer:
                case Processed(answers):
                    claims = self._settle_answers(claims, answers)
                    if not claims:
                        return
                case OutOfQuota():
                    # Another try would only take another place that nobody uses.
                    break
                case Throttled() | NotSent():
                    pass
                case OutcomeUnknown():
                    claims = [replace(claim, surely_unsent=False) for claim in claims]
                case Refused():
                    self._settle_refusal(claims, answer)
                    return
                case _:
                    assert_never(answer)
        self._release(claims, Reason.ATTEMPTS_EXHAUSTED)

    def _call(self, claims: list[Claim]) -> CallAnswer:
        try:
            place_at = self.quota.reserve(self.clock.now())
        except StorageUnavailableError as error:
            return NotSent(str(error))
        wait_seconds = (place_at - self.clock.now()).total_seconds()
        if wait_seconds > self.clock.seconds_left() - CALL_SECONDS_MIN:
            return OutOfQuota()
        if wait_seconds > 0:
            self.clock.pause(wait_seconds)
        product_code = product_code_to_send(claims[0].record.sealed)
        records = [usage_record(claim.record.sealed) for claim in claims]
        answer = self.metering.batch_meter_usage(product_code, records)
        self.report.count("MeteringCalls")
        self.report.count("MeteringCallsThrottled", isinstance(answer, Throttled))
        self.report.event(
            "metering_call",
            records=len(records),
            answer=type(answer).__name__,
            detail=_detail(answer),
        )
        return answer

    def _settle_answers(self, claims: list[Claim], answers: Sequence[RecordAnswer]) -> list[Claim]:
        """Persist per-record answers; return what AWS left unprocessed, to be sent again."""
        unprocessed: list[Claim] = []
        outcomes: list[Outcome] = []
        now = self.clock.now()
        for claim, answer in zip(claims, answers, strict=True):
            if isinstance(answer, Unprocessed):
                unprocessed.append(claim)
            elif isinstance(answer, Missing):
                unprocessed.append(replace(claim, surely_unsent=False))
            else:
                status = settle_answer(
                    claim.record,
                    answer,
                    surely_unsent=claim.surely_unsent,
                    now=now,
                    may_be_billed=self.policy.may_be_billed(claim.record.key.hour_at),
                )
                outcomes.append((claim, status))
        self._persist(outcomes)
        asked = (claim.subscription for claim in claims)
        for key, heard in hear(zip(asked, answers, strict=True), now).items():
            if heard.is_news:
                self.news[key] = heard
            else:
                # What an earlier call of this run said is no longer so.
                self.news.pop(key, None)
        return unprocessed

    def _settle_refusal(self, claims: list[Claim], refused: Refused) -> None:
        """Find the record that AWS refuses by halving the batch, so that it harms no other."""
        match refused.cause:
            case RefusalCause.DEPLOYMENT | RefusalCause.PRODUCT:
                self.stopped |= refused.cause is RefusalCause.DEPLOYMENT
                self.report.count("MeteringConfigurationErrors")
                self.report.failure("metering_refused", code=refused.code, records=len(claims))
                self._release(claims, refused.code)
            case RefusalCause.RECORD | RefusalCause.TIMESTAMP | RefusalCause.UNKNOWN:
                if len(claims) > 1:
                    middle = len(claims) // 2
                    self._send(claims[:middle])
                    self._send(claims[middle:])
                    return
                [claim] = claims
                status = settle_refusal(
                    claim.record,
                    refused,
                    surely_unsent=claim.surely_unsent,
                    now=self.clock.now(),
                    uncovered=self._why_uncovered(claim.record, refused),
                )
                self._persist([(claim, status)])
            case _:
                assert_never(refused.cause)

    def _why_uncovered(self, record: MeteringRecord, refused: Refused) -> Reason | None:
        """Tell why a record may not be carried, if the refusal would have it carried."""
        if refused.cause is not RefusalCause.TIMESTAMP:
            return None
        return why_record_uncovered(record, self.subscriptions.find([record.key.subscription]))

    def _release(self, claims: list[Claim], reason: Why) -> None:
        due_at = self.clock.now() + RETRY_PAUSE
        outcomes: list[Outcome] = []
        for claim in claims:
            # What was said about the record stays its reason; that a try failed is our trouble.
            said = claim.record.status.reason
            kept = said if outlasts_trouble(said) else None
            unsent = claim.surely_unsent
            status = release(claim.record, kept or reason, due_at, surely_unsent=unsent)
            outcomes.append((claim, status))
        self._persist(outcomes)

    def _persist(self, outcomes: list[Outcome]) -> None:
        """Write what became of claims home to their batches."""
        by_batch: dict[BatchKey, list[Outcome]] = {}
        for outcome in outcomes:
            by_batch.setdefault(outcome[0].batch.key, []).append(outcome)
        for of_batch in by_batch.values():
            self._persist_batch(of_batch)

    def _persist_batch(self, outcomes: list[Outcome]) -> None:
        """Write outcomes; other calls may have written to the batch meanwhile, so look again.

        A claim is still ours while the record is SUBMITTING with our count of sends. If somebody
        else claimed it since, theirs is the later knowledge and this outcome is let go: the record
        stays SUBMITTING and is settled by that claim.
        """
        batch: Batch | None = outcomes[0][0].batch
        for _ in range(_STORE_ATTEMPTS_MAX):
            standing = [] if batch is None else [one for one in outcomes if _is_ours(batch, one[0])]
            if batch is None or not standing:
                break
            changes = {claim.place: status for claim, status in standing}
            try:
                if self.ledger.store(batch.with_statuses(changes)):
                    for claim, status in standing:
                        report_step(self.report, claim.record, status)
                    return
                batch = self.ledger.read_batch(batch.key)
            except StorageUnavailableError:
                break
        self.report.failure("outcome_not_stored", batch=str(outcomes[0][0].batch.key))


def _is_ours(batch: Batch, claim: Claim) -> bool:
    there = batch.records[claim.place].status
    return there.state is RecordState.SUBMITTING and there.sends == claim.record.status.sends


def _detail(answer: CallAnswer) -> str | None:
    match answer:
        case Refused(code, _):
            return code
        case NotSent(reason) | OutcomeUnknown(reason):
            return reason
        case Processed() | Throttled() | OutOfQuota():
            return None
