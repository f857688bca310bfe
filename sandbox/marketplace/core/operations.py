"""The two operations from end to end: faults, rules, effects, and the journal of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.marketplace.core.callers import Caller
from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.faults import (
    Fault,
    FaultKind,
    Operation,
    error_of,
    find_fault_after,
    find_fault_before,
    pick_unprocessed,
    use_up,
)
from sandbox.marketplace.core.fields import read_text, require
from sandbox.marketplace.core.metering import BatchDecision, check_batch, decide_batch
from sandbox.marketplace.core.pacing import book_call
from sandbox.marketplace.core.results import batch_result, refusals_of, resolve_result
from sandbox.marketplace.core.state import SUCCESS, CallEntry, MarketplaceState, Refusal
from sandbox.marketplace.core.tokens import redeem_token
from sandbox.marketplace.core.usage_records import (
    count_records,
    peek_dimensions,
    read_batch_request,
)

type Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived, when it did, from whom, and the id that AWS gave the request."""

    operation: Operation
    document: Document
    size_bytes: int
    at: datetime
    request_id: str
    caller: Caller
    entropy: bytes


def perform(state: MarketplaceState, call: Call) -> Document:
    """Perform a call and return its result, or raise ServiceError; either way it is journalled.

    The quota and faults of the front door (throttling, access) answer before anything is looked at;
    a refusal of the whole call leaves bill and faults as they were; a lost answer comes after
    everything was applied.
    """
    if not _fits_quota(state, call):
        _note_call(state, call, ErrorCode.THROTTLING, None)
        raise ServiceError(ErrorCode.THROTTLING, "Rate exceeded")
    dimensions = peek_dimensions(call.document)
    before = find_fault_before(state.faults, call.operation, dimensions)
    if before is not None:
        raise _hit(state, call, before)
    try:
        result, some_unprocessed = _apply(state, call)
    except ServiceError as error:
        note_refusal(state, call.operation, error, at=call.at)
        _note_call(state, call, error.code, None)
        raise
    after = find_fault_after(state.faults, call.operation, dimensions)
    if after is not None:
        raise _hit(state, call, after)
    _note_call(state, call, SUCCESS, FaultKind.UNPROCESSED if some_unprocessed else None)
    return result


def note_refusal(
    state: MarketplaceState, operation: str, error: ServiceError, *, at: datetime
) -> None:
    """Journal a whole-call refusal."""
    state.refusals.append(Refusal(at, operation, error.code, error.message, error.record))


def _fits_quota(state: MarketplaceState, call: Call) -> bool:
    """Tell whether a call is within its quota, and let it use the quota if so.

    A throttled call uses none of it, so that a caller who backs off gets through. Only
    BatchMeterUsage has a quota: AWS lists none for ResolveCustomer (section 1.5).
    """
    rate = state.metering_calls_per_second
    if rate is None or call.operation is not Operation.BATCH_METER_USAGE:
        return True
    booked_to = book_call(state.metering_booked_to, calls_per_second=rate, now=call.at)
    if booked_to is None:
        return False
    state.metering_booked_to = booked_to
    return True


def _apply(state: MarketplaceState, call: Call) -> tuple[Document, bool]:
    match call.operation:
        case Operation.RESOLVE_CUSTOMER:
            return _resolve_customer(state, call), False
        case Operation.BATCH_METER_USAGE:
            decision = _meter(state, call)
            result = batch_result(decision)
            return result, bool(result["UnprocessedRecords"])


def _resolve_customer(state: MarketplaceState, call: Call) -> Document:
    text = require(read_text(call.document, "RegistrationToken"), "RegistrationToken")
    token = redeem_token(state.tokens, text, now=call.at)
    return resolve_result(state.agreements.by_id[token.agreement_id])


def _meter(state: MarketplaceState, call: Call) -> BatchDecision:
    request = read_batch_request(call.document, size_bytes=call.size_bytes)
    subscribers = check_batch(request, state.products, state.agreements, now=call.at)
    dimensions = [record.dimension for record in request.records]
    unprocessed, faults = pick_unprocessed(state.faults, dimensions)
    decision = decide_batch(
        request, subscribers, state.bill, unprocessed=unprocessed, request_id=call.request_id
    )
    assert state.bill.keys().isdisjoint(decision.new_lines), "a billed hour never changes"
    state.faults = faults
    state.bill.update(decision.new_lines)
    state.refusals.extend(refusals_of(decision, at=call.at))
    return decision


def _hit(state: MarketplaceState, call: Call, fault: Fault) -> ServiceError:
    state.faults = use_up(state.faults, fault)
    error = error_of(fault)
    _note_call(state, call, error.code, fault.kind)
    return error


def _note_call(
    state: MarketplaceState, call: Call, outcome: ErrorCode | str, fault: FaultKind | None
) -> None:
    records = count_records(call.document)
    state.calls.append(CallEntry(call.at, call.operation, records, str(outcome), fault))
