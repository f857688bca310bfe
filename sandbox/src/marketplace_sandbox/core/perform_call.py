"""The operations from end to end: faults, rules, effects, and the log of both."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from marketplace_sandbox.core.calls.notes import (
    keep_refusals,
    note_failure,
    note_refusal,
    note_success,
)
from marketplace_sandbox.core.calls.subjects import read_arrival
from marketplace_sandbox.core.faults.answer_faults import AnswerFault, answer_fault_of
from marketplace_sandbox.core.faults.dice import Arrival, strike_call
from marketplace_sandbox.core.faults.scripting import error_of
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.faults import KINDS_AFTER, KINDS_BEFORE, Fault, FaultKind
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.access import check_access, check_region_of_code
from marketplace_sandbox.core.operations.pacing import admit_call
from marketplace_sandbox.core.operations.performer import Applied, performer_of
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.model_input import check_input


@dataclass(frozen=True, slots=True)
class Performed:
    """What a call returns, and what happens to that on its way to the caller."""

    result: Document
    answer_fault: AnswerFault | None = None


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
        error = error_of(before, call.operation)
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


def _send_off(state: MarketplaceState, call: Call, arrival: Arrival, applied: Applied) -> Performed:
    """Let the answer go: it may be turned into an error, or something may happen to it."""
    after = _strike(state, KINDS_AFTER, arrival)
    answer_fault = None if after is None else answer_fault_of(after)
    if after is not None and answer_fault is None:
        error = error_of(after, call.operation)
        note_failure(state, call, error, fault=after, applied=applied.outcomes)
        raise error
    fault = after or applied.fault
    note_success(state, call, applied.result, applied.outcomes, fault=fault)
    return Performed(applied.result, answer_fault)


def _apply(state: MarketplaceState, call: Call, arrival: Arrival) -> Applied:
    performer = performer_of(call.operation)
    check_access(call, seller_account_id=state.seller_account_id)
    performer.check_size(call.size_bytes)
    if call.input_shape is not None:
        check_input(call.document, call.input_shape)
    check_region_of_code(state.products, call)
    applied = performer.perform(state, call, arrival)
    keep_refusals(state, applied.refusals)
    return applied
