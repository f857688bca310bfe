"""Writing calls into the log, whatever became of them: each exactly once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from marketplace_sandbox.core.calls.subjects import product_code_of
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
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.performer import performer_of
from marketplace_sandbox.core.operations.usage_records import REQUEST_SIZE_BYTES_LIMIT
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.excerpts import cut_message, excerpt
from marketplace_sandbox.core.protocol.peeking import share


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
    if applied is None:
        applied = performer_of(call.operation).outcomes(call, share(str(error.code)), {})
    status = int(http_status_of(error.code, call.errors))
    entry = _begin(
        state, call, str(error.code), applied, fault=fault, http_status=status, error=error
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
        access_key_id=share(caller.access_key_id),
    )
    _put(state, entry, None, None)


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
    return CallEntry(
        at=call.at,
        operation=call.operation,
        records=performer_of(call.operation).count(call),
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
        access_key_id=share(caller.access_key_id),
    )


def _worth_keeping(call: Call) -> Document | None:
    return call.document if call.size_bytes < REQUEST_SIZE_BYTES_LIMIT else None


def _put(
    state: MarketplaceState, entry: CallEntry, request: Document | None, answer: Document | None
) -> None:
    log_call(state.calls, entry)
    state.documents.keep(copy_documents(entry.sequence, request, answer))
