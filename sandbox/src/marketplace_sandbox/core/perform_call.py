"""The operations from end to end: faults, rules, effects, and the journal of both."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from marketplace_sandbox.core.bill.booking import book_lines
from marketplace_sandbox.core.calls.notes import (
    keep_refusals,
    note_failure,
    note_refusal,
    note_success,
    outcomes_of,
)
from marketplace_sandbox.core.calls.subjects import peek_outcomes, read_arrival
from marketplace_sandbox.core.faults.answer_faults import Mishap, mishap_of
from marketplace_sandbox.core.faults.dice import Arrival, strike_call, strike_records
from marketplace_sandbox.core.faults.scripting import error_of
from marketplace_sandbox.core.model.calls import SUCCESS, RecordOutcome
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import KINDS_AFTER, KINDS_BEFORE, Fault, FaultKind
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.access import (
    check_access,
    check_region,
    check_region_of_code,
)
from marketplace_sandbox.core.operations.batch_meter_usage import (
    Counter,
    Market,
    check_batch,
    decide_batch,
)
from marketplace_sandbox.core.operations.batch_results import batch_result, refusals_of
from marketplace_sandbox.core.operations.get_entitlements import get_entitlements
from marketplace_sandbox.core.operations.lost_duplicates import note_lost_duplicates
from marketplace_sandbox.core.operations.meter_usage import meter_usage
from marketplace_sandbox.core.operations.pacing import admit_call
from marketplace_sandbox.core.operations.register_usage import register_usage
from marketplace_sandbox.core.operations.resolve_customer import resolve_customer
from marketplace_sandbox.core.operations.usage_records import check_size, read_batch_request
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.model_input import check_input


@dataclass(frozen=True, slots=True)
class Performed:
    """What a call returns, and what happens to that on its way to the caller."""

    result: Document
    mishap: Mishap | None = None


@dataclass(frozen=True, slots=True)
class _Applied:
    """What a call has done: its result, what became of its records, a fault that hit some."""

    result: Document
    outcomes: tuple[RecordOutcome, ...] = ()
    fault: Fault | None = None


def perform(state: MarketplaceState, call: Call) -> Performed:
    """Perform a call and return its result, or raise ServiceError; either way it is logged.

    The quota and faults of the front door (throttling, access) answer before anything is looked at
    (`outcome.throttled`); a refusal of the whole call leaves bill and late faults as they were;
    faults that lose, cut or delay the answer hit after everything was applied
    (`outcome.lost-answer`).
    """
    if not admit_call(state, call):
        error = ServiceError(ErrorCode.THROTTLING, "Rate exceeded")
        note_failure(state, call, error)
        raise error
    arrival = _look_at(state, call)
    before = _strike(state, KINDS_BEFORE, arrival)
    if before is not None:
        error = error_of(before)
        note_failure(state, call, error, fault=before)
        raise error
    try:
        applied = _apply(state, call, arrival)
    except ServiceError as error:
        if error.code is not ErrorCode.DRY_RUN:  # the good news of a dry run is no refusal
            note_refusal(state, call.operation, error, at=call.at, request_id=call.request_id)
        note_failure(state, call, error)
        raise
    return _send_off(state, call, arrival, applied)


def _look_at(state: MarketplaceState, call: Call) -> Arrival:
    """Read what faults look at; without faults, that is nothing."""
    if not state.faults:
        return Arrival(call.operation, call.caller.region, ())
    return read_arrival(state, call)


def _strike(
    state: MarketplaceState, kinds: AbstractSet[FaultKind], arrival: Arrival
) -> Fault | None:
    if not state.faults:
        return None
    strike = strike_call(state.faults, kinds, arrival)
    state.faults = strike.faults
    return strike.fault


def _send_off(
    state: MarketplaceState, call: Call, arrival: Arrival, applied: _Applied
) -> Performed:
    """Let the answer go: it may be turned into an error, or something may happen to it."""
    after = _strike(state, KINDS_AFTER, arrival)
    mishap = None if after is None else mishap_of(after)
    if after is not None and mishap is None:
        error = error_of(after)
        note_failure(state, call, error, fault=after, applied=applied.outcomes)
        raise error
    fault = after or applied.fault
    note_success(state, call, applied.result, applied.outcomes, fault=fault)
    return Performed(applied.result, mishap)


def _apply(state: MarketplaceState, call: Call, arrival: Arrival) -> _Applied:
    check_access(call, seller_account_id=state.seller_account_id)
    if call.operation is Operation.BATCH_METER_USAGE:
        check_size(call.size_bytes)
    if call.input_shape is not None:
        check_input(call.document, call.input_shape)
    check_region_of_code(state.products, call)
    match call.operation:
        case Operation.GET_ENTITLEMENTS:
            return _Applied(get_entitlements(state, call))
        case Operation.METER_USAGE:
            result = meter_usage(state, call)
            return _Applied(result, peek_outcomes(call, SUCCESS, result=result))
        case Operation.REGISTER_USAGE:
            return _Applied(register_usage(state, call))
        case Operation.RESOLVE_CUSTOMER:
            return _Applied(resolve_customer(state, call))
        case Operation.BATCH_METER_USAGE:
            return _meter(state, call, arrival)


def _meter(state: MarketplaceState, call: Call, arrival: Arrival) -> _Applied:
    request = read_batch_request(call.document)
    market = Market(state.products, state.agreements, state.readings, state.suspended_accounts)
    subscribers = check_batch(request, market, now=call.at)
    if subscribers:
        check_region(subscribers[0].product, call.caller.region)
    strikes = strike_records(state.faults, arrival)
    counter = Counter(state.bill, call.caller.region, state.readings)
    decision = decide_batch(
        request,
        subscribers,
        counter,
        unprocessed=strikes.positions(FaultKind.UNPROCESSED),
        unrecognized=strikes.positions(FaultKind.UNKNOWN_STATUS),
        request_id=call.request_id,
    )
    state.faults = strikes.faults
    book_lines(state, decision.new_lines)
    note_lost_duplicates(state, decision, at=call.at)
    keep_refusals(state, refusals_of(decision, at=call.at, request_id=call.request_id))
    return _Applied(batch_result(decision), tuple(outcomes_of(decision)), strikes.fault)
