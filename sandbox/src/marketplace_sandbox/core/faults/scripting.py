"""A fault as somebody scripts it: checked, and made."""

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError, invalid
from marketplace_sandbox.core.model.faults import (
    _PROBABILITY_DECIMALS_MAX,
    _REGION,
    DELAY_SECONDS_MAX,
    FAULT_COUNT_MAX,
    KINDS_OF_RECORDS,
    MATCHER_LENGTH_MAX,
    MATCHERS,
    Fault,
    FaultKind,
    FaultTerms,
    NewFault,
)
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.terms import terms_of

_INTERNAL_ERROR = (
    ErrorCode.INTERNAL_SERVICE_ERROR,  # or what the operation's service calls it
    "An internal error has occurred. Retry your request.",
)


_DISABLED = (ErrorCode.DISABLED_API, "The API is disabled in the Region.")


_ERROR_BY_KIND = {
    FaultKind.THROTTLE: (ErrorCode.THROTTLING, "Rate exceeded"),
    FaultKind.INTERNAL_ERROR_BEFORE: _INTERNAL_ERROR,
    FaultKind.INTERNAL_ERROR_AFTER: _INTERNAL_ERROR,
    FaultKind.ACCESS_DENIED: (
        ErrorCode.ACCESS_DENIED,
        "The caller is not authorized to perform this aws-marketplace action.",
    ),
    FaultKind.DISABLED_API: _DISABLED,
    FaultKind.REGION_DISABLED: _DISABLED,
}


def script_fault(new: NewFault, *, entropy: bytes) -> Fault:
    """Decide the fault that the command scripts; raise ControlError if it makes no sense."""
    _check_amount(new)
    _check_kind(new)
    _check_matchers(new)
    return Fault(
        fault_id=f"fault-{entropy.hex()[:16]}",
        operation=new.operation,
        kind=new.kind,
        remaining=new.count,
        seed=entropy.hex(),
        **terms_of(new, FaultTerms),
    )


def error_of(fault: Fault, operation: Operation) -> ServiceError:
    """Return what AWS says when this fault hits a call."""
    code, message = _ERROR_BY_KIND[fault.kind]
    if code is ErrorCode.INTERNAL_SERVICE_ERROR:
        code = operation.about.internal_error
    return ServiceError(code, message)


def _check_amount(new: NewFault) -> None:
    if new.count is not None and not 1 <= new.count <= FAULT_COUNT_MAX:
        raise invalid(f"count must lie between 1 and {FAULT_COUNT_MAX}")
    rate = new.probability
    if rate is not None and not (rate.is_finite() and 0 < rate <= 1):
        raise invalid("probability must be above 0 and at most 1")
    if rate is not None and rate != round(rate, _PROBABILITY_DECIMALS_MAX):
        raise invalid(f"probability takes at most {_PROBABILITY_DECIMALS_MAX} decimals")


def _check_kind(new: NewFault) -> None:
    delay = new.delay_seconds
    if new.kind is FaultKind.SLOW:
        if delay is None or not (delay.is_finite() and 0 < delay <= DELAY_SECONDS_MAX):
            raise invalid(
                f"slow needs delay_seconds, above 0 and at most {DELAY_SECONDS_MAX} seconds"
            )
    elif delay is not None:
        raise invalid("only slow has delay_seconds")
    if new.kind is FaultKind.REGION_DISABLED and new.region is None:
        raise invalid("region_disabled needs the region")
    is_of_records = new.kind in KINDS_OF_RECORDS
    if is_of_records and new.operation not in {None, Operation.BATCH_METER_USAGE}:
        raise invalid(f"only BatchMeterUsage knows {new.kind} records")


def _check_matchers(new: NewFault) -> None:
    for name in MATCHERS:
        value = getattr(new, name)
        if value is not None and not 1 <= len(value) <= MATCHER_LENGTH_MAX:
            raise invalid(f"{name} must have 1 to {MATCHER_LENGTH_MAX} characters")
    if new.region is not None and not _REGION.fullmatch(new.region):
        raise invalid("region must be the name of one, like us-east-1")
    if new.operation is None:
        return
    for name in new.operation.about.never_matched:
        if getattr(new, name) is not None:
            raise invalid(f"no call of {new.operation} can be told by its {name}")
