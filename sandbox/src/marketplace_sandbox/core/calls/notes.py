"""Writing calls into the log, whatever became of them: each exactly once."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import assert_never

from marketplace_sandbox.core.calls.subjects import peek_outcomes, product_code_of, share
from marketplace_sandbox.core.model.call_documents import copy_documents
from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.calls import (
    SUCCESS,
    CallEntry,
    RecordOutcome,
    log_call,
    next_sequence,
)
from marketplace_sandbox.core.model.errors import ServiceError, http_status_of
from marketplace_sandbox.core.model.faults import Fault, FaultKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.quantities import format_quantity
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.batch_meter_usage import (
    BatchDecision,
    Duplicate,
    Metered,
    NotSubscribed,
    RecordStatus,
    Unprocessed,
    Unrecognized,
)
from marketplace_sandbox.core.operations.usage_records import (
    REQUEST_SIZE_BYTES_LIMIT,
    UsageRecord,
    count_records,
)
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.excerpts import cut_message, excerpt

UNPROCESSED = "Unprocessed"


def note_refusal(
    state: MarketplaceState,
    operation: str,
    error: ServiceError,
    *,
    at: datetime,
    request_id: str = "",
) -> None:
    """List a whole-call refusal; scripted faults are none."""
    refusal = Refusal(at, operation, error.code, error.detail, error.record, request_id)
    keep_refusals(state, (refusal,))


def keep_refusals(state: MarketplaceState, refusals: Iterable[Refusal]) -> None:
    """List refusals, each with as much of its record as is worth keeping."""
    for refusal in refusals:
        record = None if refusal.record is None else excerpt(refusal.record)
        message = cut_message(refusal.message)
        state.refusals.append(replace(refusal, message=message, record=record))


def note_success(
    state: MarketplaceState,
    call: Call,
    result: Document,
    outcomes: tuple[RecordOutcome, ...],
    *,
    fault: Fault | None,
) -> None:
    """Log a call that was applied, even if a fault loses its answer."""
    is_lost = fault is not None and fault.kind is FaultKind.LOST_ANSWER
    status = None if is_lost else int(HTTPStatus.OK)
    entry = _begin(state, call, SUCCESS, outcomes, fault=fault, http_status=status)
    _put(state, entry, _worth_keeping(call), result)


def note_failure(
    state: MarketplaceState,
    call: Call,
    error: ServiceError,
    *,
    fault: Fault | None = None,
    applied: tuple[RecordOutcome, ...] | None = None,
) -> None:
    """Log a call that was answered with an error; `applied` is what was done nevertheless."""
    outcomes = peek_outcomes(call, error.code, result=None) if applied is None else applied
    status = int(http_status_of(error.code))
    entry = _begin(
        state, call, str(error.code), outcomes, fault=fault, http_status=status, error=error
    )
    _put(state, entry, _worth_keeping(call), None)


def note_unreadable(
    state: MarketplaceState,
    name: str,
    error: ServiceError,
    *,
    at: datetime,
    caller: Caller,
    request_id: str,
) -> None:
    """Log and list a request that was not even a call: its target or its body says nothing."""
    note_refusal(state, name, error, at=at, request_id=request_id)
    entry = CallEntry(
        at=at,
        operation=share(name),
        records=0,
        outcome=str(error.code),
        fault=None,
        sequence=next_sequence(state.calls),
        request_id=request_id,
        account_id=caller.account_id,
        region=share(caller.region),
        resource_id=None if caller.resource is None else caller.resource.resource_id,
        http_status=int(http_status_of(error.code)),
        message=cut_message(error.detail),
    )
    _put(state, entry, None, None)


def outcomes_of(decision: BatchDecision) -> Iterator[RecordOutcome]:
    """List what became of the records of a call that was applied."""
    for outcome in decision.outcomes:
        status: str
        record_id: str | None = None
        match outcome:
            case Metered(_, billed):
                status, record_id = RecordStatus.SUCCESS, billed.metering_record_id
            case Duplicate(_, billed):
                status, record_id = RecordStatus.DUPLICATE_RECORD, billed.metering_record_id
            case NotSubscribed():
                status = RecordStatus.CUSTOMER_NOT_SUBSCRIBED
            case Unprocessed():
                status = UNPROCESSED
            case Unrecognized(_, unknown):
                status = unknown
            case _:
                assert_never(outcome)
        yield _outcome_of(outcome.record, status, record_id)


def _outcome_of(record: UsageRecord, status: str, record_id: str | None) -> RecordOutcome:
    customer = record.customer_aws_account_id or record.customer_identifier
    return RecordOutcome(
        str(status),
        share(record.dimension),
        None if record.license_arn is None else share(record.license_arn),
        None if customer is None else share(customer),
        share(format_quantity(record.quantity.value)),
        record.used_at,
        record_id,
    )


def _begin(
    state: MarketplaceState,
    call: Call,
    outcome: str,
    outcomes: tuple[RecordOutcome, ...],
    *,
    fault: Fault | None,
    http_status: int | None,
    error: ServiceError | None = None,
) -> CallEntry:
    caller = call.caller
    is_batch = call.operation is Operation.BATCH_METER_USAGE
    return CallEntry(
        at=call.at,
        operation=call.operation,
        records=count_records(call.document) if is_batch else len(outcomes),
        outcome=outcome,
        fault=None if fault is None else fault.kind,
        sequence=next_sequence(state.calls),
        request_id=call.request_id,
        account_id=caller.account_id,
        region=share(caller.region),
        resource_id=None if caller.resource is None else caller.resource.resource_id,
        product_code=product_code_of(state, call),
        http_status=http_status,
        message=None if error is None else cut_message(error.detail),
        fault_id=None if fault is None else fault.fault_id,
        record_outcomes=outcomes,
    )


def _worth_keeping(call: Call) -> Document | None:
    return call.document if call.size_bytes < REQUEST_SIZE_BYTES_LIMIT else None


def _put(
    state: MarketplaceState, entry: CallEntry, request: Document | None, answer: Document | None
) -> None:
    log_call(state.calls, entry)
    state.documents.keep(copy_documents(entry.sequence, request, answer))
