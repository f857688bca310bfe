"""Faults on demand: what AWS does on a bad day, a counted number of times or at a given rate."""

import re
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import TypedDict

from marketplace_sandbox.core.model.operation import Operation

# Limits of the sandbox.
FAULT_COUNT_MAX = 1_000_000
FAULTS_KEPT_MAX = 1_000
DELAY_SECONDS_MAX = 900  # nothing that calls AWS from a Lambda function can wait for longer
MATCHER_LENGTH_MAX = 2_048
_PROBABILITY_DECIMALS_MAX = 6
_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+", re.ASCII)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What one record of a call is about, as far as it can be known; so a call has several.

    Of a fault: what a record must be about to be hit; what is None fits any.

    Attributes:
        customer_aws_account_id: the buyer's, also where the record names only his license.
        product_code: also that of a record which names only a license.

    """

    dimension: str | None = None
    license_arn: str | None = None
    customer_aws_account_id: str | None = None
    customer_identifier: str | None = None
    product_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTerms(Subject):
    """What a fault hits, and how.

    A call is hit if one of its records fits all that is said, and only its fitting records are. Of
    ResolveCustomer's call it is the token's agreement that must fit, of MeterUsage's and
    RegisterUsage's the caller's account.

    Attributes:
        region: of the endpoint that was called.
        probability: hits only so many of the matching calls (records), above 0, at most 1, with up
            to six decimals. Which ones follows from the fault's own seed, so a saved sandbox
            continues alike.
        delay_seconds: how long `slow` keeps an answer back, in the client's time.

    """

    region: str | None = None
    probability: Decimal | None = None
    delay_seconds: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewFault(FaultTerms):
    """The command to let something go wrong.

    Attributes:
        operation: None is every operation that the kind can concern.
        count: how many calls it hits (records, for `unprocessed` and `unknown_status`); None is
            until it is removed.

    """

    operation: Operation | None
    kind: FaultKind
    count: int | None = 1


@dataclass(frozen=True, slots=True)
class Fault(FaultTerms):
    """A scripted fault.

    Attributes:
        remaining: how many calls (records) it will still hit; None is any number.
        seed: where the dice of its probability start.
        seen: how often they were thrown.

    """

    fault_id: str
    operation: Operation | None
    kind: FaultKind
    remaining: int | None
    seed: str = field(default="", kw_only=True)
    seen: int = field(default=0, kw_only=True)


# The fields of a fault that a record must fit for the fault to hit it; and those of a call, too.
SUBJECT = tuple(one.name for one in fields(Subject))
MATCHERS = (*SUBJECT, "region")


class MatcherFields(TypedDict, total=False):
    """The same fields for functions that take them by name: see FaultTerms."""

    dimension: str | None
    license_arn: str | None
    customer_aws_account_id: str | None
    customer_identifier: str | None
    product_code: str | None
    region: str | None
