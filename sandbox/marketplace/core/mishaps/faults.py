"""Faults on demand: what AWS does on a bad day, a counted number of times or at a given rate."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sandbox.marketplace.core.errors import ErrorCode, ServiceError, invalid

# Limits of the sandbox.
FAULT_COUNT_MAX = 1_000_000
FAULTS_KEPT_MAX = 1_000
DELAY_SECONDS_MAX = 900  # nothing that calls AWS from a Lambda function can wait for longer
MATCHER_LENGTH_MAX = 2_048
_PROBABILITY_DECIMALS_MAX = 6
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+", re.ASCII)


class Operation(StrEnum):
    """The operations of AWS Marketplace Metering and Entitlement that the sandbox performs."""

    BATCH_METER_USAGE = "BatchMeterUsage"
    RESOLVE_CUSTOMER = "ResolveCustomer"
    METER_USAGE = "MeterUsage"
    REGISTER_USAGE = "RegisterUsage"
    GET_ENTITLEMENTS = "GetEntitlements"


class FaultKind(StrEnum):
    """What goes wrong (section 1.4).

    Before anything is looked at: `throttle`, `internal_error_before`, `access_denied`,
    `disabled_api`, and `region_disabled`, which is the same for one region.

    After everything was applied: `internal_error_after`; `lost_answer`, where the connection closes
    without a word; `truncated`, where it closes in the middle of the answer; `slow`.

    With single records: `unprocessed`, and `unknown_status`, a status that no model of today knows.
    Neither is billed.
    """

    THROTTLE = "throttle"
    INTERNAL_ERROR_BEFORE = "internal_error_before"
    INTERNAL_ERROR_AFTER = "internal_error_after"
    UNPROCESSED = "unprocessed"
    ACCESS_DENIED = "access_denied"
    DISABLED_API = "disabled_api"
    REGION_DISABLED = "region_disabled"
    LOST_ANSWER = "lost_answer"
    TRUNCATED = "truncated"
    SLOW = "slow"
    UNKNOWN_STATUS = "unknown_status"


KINDS_BEFORE = frozenset(
    {
        FaultKind.THROTTLE,
        FaultKind.INTERNAL_ERROR_BEFORE,
        FaultKind.ACCESS_DENIED,
        FaultKind.DISABLED_API,
        FaultKind.REGION_DISABLED,
    }
)
KINDS_AFTER = frozenset(
    {
        FaultKind.INTERNAL_ERROR_AFTER,
        FaultKind.LOST_ANSWER,
        FaultKind.TRUNCATED,
        FaultKind.SLOW,
    }
)
KINDS_OF_RECORDS = frozenset({FaultKind.UNPROCESSED, FaultKind.UNKNOWN_STATUS})


@dataclass(frozen=True, slots=True)
class NewFault:
    """The command to let something go wrong; what is None matches anything.

    Attributes:
        operation: None is every operation that the kind can concern.
        count: how many calls it hits (records, for `unprocessed` and `unknown_status`); None is
            until it is removed.
        dimension: like the other four that follow, hits a call if one record fits all that is said,
            and only the fitting records of a call. Of ResolveCustomer's call it is the token's
            agreement that must fit, of MeterUsage's and RegisterUsage's the caller's account.
        customer_aws_account_id: the buyer's, also where the record names only his license.
        product_code: also that of a record which names only a license.
        region: of the endpoint that was called.
        probability: hits only so many of the matching calls (records), above 0, at most 1, with up
            to six decimals. Which ones follows from the fault's own seed, so a saved sandbox
            continues alike.
        delay_seconds: how long `slow` keeps an answer back, in the client's time.

    """

    operation: Operation | None
    kind: FaultKind
    count: int | None = 1
    dimension: str | None = None
    license_arn: str | None = None
    customer_aws_account_id: str | None = None
    customer_identifier: str | None = None
    product_code: str | None = None
    region: str | None = None
    probability: Decimal | None = None
    delay_seconds: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A scripted fault; see NewFault for what the fields mean.

    Attributes:
        remaining: how many calls (records) it will still hit; None is any number.
        seed: where the dice of its probability start.
        seen: how often they were thrown.

    """

    fault_id: str
    operation: Operation | None
    kind: FaultKind
    remaining: int | None
    dimension: str | None = None
    license_arn: str | None = None
    customer_aws_account_id: str | None = None
    customer_identifier: str | None = None
    product_code: str | None = None
    region: str | None = None
    probability: Decimal | None = None
    delay_seconds: Decimal | None = None
    seed: str = ""
    seen: int = 0


_INTERNAL_ERROR = (
    ErrorCode.INTERNAL_SERVICE_ERROR,
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
# What a call of the operation can never match.
_FOREIGN_MATCHERS = {
    Operation.RESOLVE_CUSTOMER: ("dimension",),
    Operation.METER_USAGE: ("license_arn", "customer_identifier"),
    Operation.REGISTER_USAGE: ("dimension", "license_arn", "customer_identifier"),
}
# The fields of a fault that a call, or a record, must fit for the fault to hit it.
MATCHERS = (
    "dimension",
    "license_arn",
    "customer_aws_account_id",
    "customer_identifier",
    "product_code",
    "region",
)


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
        dimension=new.dimension,
        license_arn=new.license_arn,
        customer_aws_account_id=new.customer_aws_account_id,
        customer_identifier=new.customer_identifier,
        product_code=new.product_code,
        region=new.region,
        probability=new.probability,
        delay_seconds=new.delay_seconds,
        seed=entropy.hex(),
    )


def error_of(fault: Fault) -> ServiceError:
    """Return what AWS says when this fault hits a call."""
    code, message = _ERROR_BY_KIND[fault.kind]
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
    for name in _FOREIGN_MATCHERS.get(new.operation, ()):
        if getattr(new, name) is not None:
            raise invalid(f"no call of {new.operation} can be told by its {name}")
