"""Send claimed records to AWS Marketplace and persist every outcome right after its call."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, assert_never

from meterhouse.domain.answers import (
    CallAnswer,
    Missing,
    NotSent,
    OutcomeUnknown,
    Processed,
    RecordAnswer,
    RefusalCause,
    Refused,
    Throttled,
    Unprocessed,
)
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.outcomes import RETRY_PAUSE, release, settle_answer, settle_refusal
from meterhouse.domain.payload import pack_calls, product_code_to_send, usage_record
from meterhouse.domain.reasons import is_refusal
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import CallQuota, Clock, CommitResult, Metering, Report, UsageLedger
from meterhouse.use_cases.commit_change import commit_change
from meterhouse.use_cases.report_change import report_change

ATTEMPTS_MAX: Final = 4
ATTEMPTS_EXHAUSTED: Final = "attempts_exhausted"
RUN_ENDED: Final = "run_ended"
QUOTA_EXHAUSTED: Final = "quota_exhausted"
BACKOFF_SECONDS: Final = 0.5
# A run that has less time than this keeps its claims for the next run instead of calling.
CALL_SECONDS_MIN: Final = 20.0
_COMMIT_ATTEMPTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """A record in SUBMITTING that this run may send.

    `surely_unsent` holds while no send can have been accepted: the answer to the next one is then
    the whole truth about the record.
    """

    record: MeteringRecord
    surely_unsent: bool


@dataclass(slots=True)
class SendRecords:
    """The use case; `stopped` is set once AWS refuses the whole deployment."""

    ledger: UsageLedger
    metering: Metering
    quota: CallQuota
    clock: Clock
    report: Report
    settle: timedelta
    stopped: bool = field(default=False, init=False)

    def __call__(self, claims: Sequence[Claim]) -> None:
        """Send every claim once it is packed, and persist what AWS answers."""
        by_key = {claim.record.key: claim for claim in claims}
        for batch in pack_calls(claim.record for claim in claims):
            try:
                self._send([by_key[record.key] for record in batch])
            except Exception as error:  # noqa: BLE001 - the boundary of a call's batch
                # Their claims are taken up again when the lease is over; the others go on.
                self.report.count("SubmissionsFailed")
                self.report.event("batch_left", records=len(batch), error=repr(error))

    def _send(self, claims: list[Claim]) -> None:
        """Send one batch until it is answered, with bounded retries; bisect what AWS refuses."""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                self.clock.pause(BACKOFF_SECONDS * 2**attempt * (0.5 + self.clock.jitter()))
            if self.stopped or self.clock.seconds_left() < CALL_SECONDS_MIN:
                self._release(claims, RUN_ENDED)
                return
            answer = self._call(claims)
            match answer:
                case Processed(answers):
                    claims = self._settle_answers(claims, answers)
                    if not claims:
                        return
                case NotSent(reason) if reason == QUOTA_EXHAUSTED:
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
        self._release(claims, ATTEMPTS_EXHAUSTED)

    def _call(self, claims: list[Claim]) -> CallAnswer:
        try:
            place_at = self.quota.reserve(self.clock.now())
        except StorageUnavailableError as error:
            return NotSent(str(error))
        wait_seconds = (place_at - self.clock.now()).total_seconds()
        if wait_seconds > self.clock.seconds_left() - CALL_SECONDS_MIN:
            return NotSent(QUOTA_EXHAUSTED)
        if wait_seconds > 0:
            self.clock.pause(wait_seconds)
        product_code: str | None = None
        records = []
        for claim in claims:
            frozen = claim.record.frozen
            assert frozen is not None
            product_code = product_code_to_send(frozen)
            records.append(usage_record(claim.record.key.dimension, frozen))
        answer = self.metering.batch_meter_usage(product_code, records)
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
        for claim, answer in zip(claims, answers, strict=True):
            if isinstance(answer, Unprocessed):
                unprocessed.append(claim)
                continue
            if isinstance(answer, Missing):
                unprocessed.append(replace(claim, surely_unsent=False))
                continue
            change = settle_answer(
                claim.record,
                answer,
                surely_unsent=claim.surely_unsent,
                now=self.clock.now(),
            )
            self._persist(claim, change)
        return unprocessed

    def _settle_refusal(self, claims: list[Claim], refused: Refused) -> None:
        """Find the record that AWS refuses by halving the batch, so that it harms no other."""
        match refused.cause:
            case RefusalCause.DEPLOYMENT | RefusalCause.PRODUCT:
                self.stopped |= refused.cause is RefusalCause.DEPLOYMENT
                self.report.count("MeteringConfigurationErrors")
                self.report.event("metering_refused", code=refused.code, records=len(claims))
                self._release(claims, refused.code)
            case RefusalCause.RECORD | RefusalCause.TIMESTAMP | RefusalCause.UNKNOWN:
                if len(claims) > 1:
                    middle = len(claims) // 2
                    self._send(claims[:middle])
                    self._send(claims[middle:])
                    return
                change = settle_refusal(
                    claims[0].record,
                    refused,
                    surely_unsent=claims[0].surely_unsent,
                    now=self.clock.now(),
                )
                self._persist(claims[0], change)
            case _:
                assert_never(refused.cause)

    def _release(self, claims: list[Claim], reason: str) -> None:
        for claim in claims:
            due_at = self.clock.now() + RETRY_PAUSE
            # What AWS said about the record stays its reason; that a retry failed is our trouble.
            kept = claim.record.reason if is_refusal(claim.record.reason) else None
            change = release(
                claim.record, kept or reason, due_at, surely_unsent=claim.surely_unsent
            )
            self._persist(claim, change)

    def _persist(self, claim: Claim, change: Change) -> None:
        """Write an outcome; late pages may have raised the version meanwhile, so look again.

        The claim is still ours while the record is SUBMITTING with our count of sends. If somebody
        else claimed it since, theirs is the later knowledge and this outcome is let go: the record
        stays SUBMITTING and is settled by that claim.
        """
        for _ in range(_COMMIT_ATTEMPTS_MAX):
            now = self.clock.now()
            try:
                result = commit_change(self.ledger, change, settle=self.settle, now=now)
                if result is CommitResult.COMMITTED:
                    report_change(self.report, claim.record, change.record)
                    return
                current = self.ledger.read([claim.record.key]).get(claim.record.key)
            except StorageUnavailableError:
                break
            if current is None or not _is_same_claim(current, claim.record):
                break
            outcome = replace(change.record, version=current.version + 1, pages=current.pages)
            change = replace(change, record=outcome, before_version=current.version)
        self.report.event("outcome_not_stored", record=str(claim.record.key))


def _is_same_claim(current: MeteringRecord, claimed: MeteringRecord) -> bool:
    return current.state is RecordState.SUBMITTING and current.sends == claimed.sends


def _detail(answer: CallAnswer) -> str | None:
    match answer:
        case Refused(code, _):
            return code
        case NotSent(reason) | OutcomeUnknown(reason):
            return reason
        case Processed() | Throttled():
            return None
