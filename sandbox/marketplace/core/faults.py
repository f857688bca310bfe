"""Faults on demand: what AWS does on a bad day, a counted number of times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sandbox.marketplace.core.errors import ErrorCode, ServiceError, invalid

FAULT_COUNT_MAX = 1_000_000  # a limit of the sandbox


class Operation(StrEnum):
    """The operations of AWS Marketplace Metering that the sandbox performs."""

    BATCH_METER_USAGE = "BatchMeterUsage"
    RESOLVE_CUSTOMER = "ResolveCustomer"


class FaultKind(StrEnum):
    """What goes wrong (section 1.4)."""

    THROTTLE = "throttle"
    INTERNAL_ERROR_BEFORE = "internal_error_before"
    INTERNAL_ERROR_AFTER = "internal_error_after"
    UNPROCESSED = "unprocessed"
    ACCESS_DENIED = "access_denied"
    DISABLED_API = "disabled_api"


@dataclass(frozen=True, slots=True)
class NewFault:
    """The command to let something go wrong `count` times, for one dimension or for any."""

    operation: Operation
    kind: FaultKind
    count: int = 1
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A scripted fault and how many calls (records, if unprocessed) it will still hit."""

    fault_id: str
    operation: Operation
    kind: FaultKind
    remaining: int
    dimension: str | None

    def hits(self, operation: Operation, dimensions: Sequence[str]) -> bool:
        """Whether a call of this operation, with records of these dimensions, is concerned."""
        return self.operation is operation and (
            self.dimension is None or self.dimension in dimensions
        )


_ERROR_BY_KIND = {
    FaultKind.THROTTLE: (ErrorCode.THROTTLING, "Rate exceeded"),
    FaultKind.INTERNAL_ERROR_BEFORE: (
        ErrorCode.INTERNAL_SERVICE_ERROR,
        "An internal error has occurred. Retry your request.",
    ),
    FaultKind.INTERNAL_ERROR_AFTER: (
        ErrorCode.INTERNAL_SERVICE_ERROR,
        "An internal error has occurred. Retry your request.",
    ),
    FaultKind.ACCESS_DENIED: (
        ErrorCode.ACCESS_DENIED,
        "The caller is not authorized to perform this aws-marketplace action.",
    ),
    FaultKind.DISABLED_API: (ErrorCode.DISABLED_API, "The API is disabled in the Region."),
}
_BEFORE_THE_CALL = frozenset(
    {
        FaultKind.THROTTLE,
        FaultKind.INTERNAL_ERROR_BEFORE,
        FaultKind.ACCESS_DENIED,
        FaultKind.DISABLED_API,
    }
)


def script_fault(new: NewFault, *, entropy: bytes) -> Fault:
    """Decide the fault that the command scripts; raise ControlError if it makes no sense."""
    if not 1 <= new.count <= FAULT_COUNT_MAX:
        raise invalid(f"count must lie between 1 and {FAULT_COUNT_MAX}")
    if new.operation is Operation.RESOLVE_CUSTOMER:
        if new.kind is FaultKind.UNPROCESSED:
            raise invalid("only BatchMeterUsage knows unprocessed records")
        if new.dimension is not None:
            raise invalid("only BatchMeterUsage knows dimensions")
    return Fault(f"fault-{entropy.hex()[:16]}", new.operation, new.kind, new.count, new.dimension)


def find_fault_before(
    faults: Sequence[Fault], operation: Operation, dimensions: Sequence[str]
) -> Fault | None:
    """Find the oldest fault that answers this call before anything of it is looked at."""
    hits = (f for f in faults if f.kind in _BEFORE_THE_CALL and f.hits(operation, dimensions))
    return next(hits, None)


def find_fault_after(
    faults: Sequence[Fault], operation: Operation, dimensions: Sequence[str]
) -> Fault | None:
    """Find the oldest fault that loses this call's answer after all of it was applied."""
    hits = (
        f
        for f in faults
        if f.kind is FaultKind.INTERNAL_ERROR_AFTER and f.hits(operation, dimensions)
    )
    return next(hits, None)


def pick_unprocessed(
    faults: tuple[Fault, ...], dimensions: Sequence[str]
) -> tuple[frozenset[int], tuple[Fault, ...]]:
    """Choose the positions of the records that come back unprocessed; return what faults remain."""
    positions: set[int] = set()
    for position, dimension in enumerate(dimensions):
        for fault in faults:
            if fault.kind is FaultKind.UNPROCESSED and fault.hits(
                Operation.BATCH_METER_USAGE, (dimension,)
            ):
                positions.add(position)
                faults = use_up(faults, fault)
                break
    return frozenset(positions), faults


def use_up(faults: tuple[Fault, ...], used: Fault) -> tuple[Fault, ...]:
    """Count one hit; a fault that has none left disappears."""
    lessened = (
        replace(fault, remaining=fault.remaining - 1) if fault == used else fault
        for fault in faults
    )
    return tuple(fault for fault in lessened if fault.remaining > 0)


def error_of(fault: Fault) -> ServiceError:
    """Return what AWS says when this fault hits a call."""
    code, message = _ERROR_BY_KIND[fault.kind]
    return ServiceError(code, message)
