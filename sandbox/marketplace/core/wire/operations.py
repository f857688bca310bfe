"""The operations from end to end: faults, rules, effects, and the journal of both."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sandbox.marketplace.core.books.booking import book_lines, note_lost_duplicates
from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.journal.call_log import SUCCESS, RecordOutcome
from sandbox.marketplace.core.journal.call_notes import (
    keep_refusals,
    note_failure,
    note_refusal,
    note_success,
    outcomes_of,
)
from sandbox.marketplace.core.journal.call_subjects import peek_outcomes, read_arrival
from sandbox.marketplace.core.metering.access import (
    check_access,
    check_region,
    check_region_of_code,
)
from sandbox.marketplace.core.metering.batch_meter_usage import (
    Counter,
    Market,
    check_batch,
    decide_batch,
)
from sandbox.marketplace.core.metering.entitlements import get_entitlements
from sandbox.marketplace.core.metering.meter_usage import meter_usage
from sandbox.marketplace.core.metering.pacing import admit_call
from sandbox.marketplace.core.metering.register_usage import register_usage
from sandbox.marketplace.core.metering.results import batch_result, refusals_of, resolve_result
from sandbox.marketplace.core.metering.usage_records import check_size, read_batch_request
from sandbox.marketplace.core.mishaps.answer_mishaps import Mishap, mishap_of
from sandbox.marketplace.core.mishaps.fault_dice import Arrival, strike_call, strike_records
from sandbox.marketplace.core.mishaps.faults import (
    KINDS_AFTER,
    KINDS_BEFORE,
    Fault,
    FaultKind,
    Operation,
    error_of,
)
from sandbox.marketplace.core.sales.tokens import note_use, redeem_token
from sandbox.marketplace.core.state import MarketplaceState
from sandbox.marketplace.core.wire.calls import Call, Document
from sandbox.marketplace.core.wire.fields import read_text, require
from sandbox.marketplace.core.wire.model_input import check_input


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

    The quota and faults of the front door (throttling, access) answer before anything is looked at;
    a refusal of the whole call leaves bill and late faults as they were; faults that lose, cut or
    delay the answer hit after everything was applied.
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
            return _Applied(_resolve_customer(state, call))
        case Operation.BATCH_METER_USAGE:
            return _meter(state, call, arrival)


def _resolve_customer(state: MarketplaceState, call: Call) -> Document:
    text = require(read_text(call.document, "RegistrationToken"), "RegistrationToken")
    token = redeem_token(state.tokens, text, now=call.at, uses=state.readings.token_uses)
    agreement = state.agreements.by_id[token.agreement_id]
    check_region(state.products[agreement.product_code], call.caller.region)
    note_use(state.tokens, token, now=call.at)
    return resolve_result(agreement)


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
