"""What AWS Marketplace can answer to BatchMeterUsage, as values, and what that says of buyers.

Three channels: a status for each record, `UnprocessedRecords`, and an error for the whole call.
Source: BatchMeterUsageResult, UsageRecordResult$Status and the operation's errors in the service
model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from meterhouse.domain.records.reasons import AwsCode, Why
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion


@dataclass(frozen=True, slots=True)
class Accepted:
    """`Success`: AWS bills the record."""

    metering_record_id: str


@dataclass(frozen=True, slots=True)
class NotSubscribed:
    """`CustomerNotSubscribed`: no active agreement at this moment, or a suspended account."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """`DuplicateRecord`: AWS holds a record for this key; the receipt is no proof of billing."""

    metering_record_id: str | None


@dataclass(frozen=True, slots=True)
class Unprocessed:
    """In `UnprocessedRecords`: not billed, send it again."""


@dataclass(frozen=True, slots=True)
class Missing:
    """In neither list of the answer, as far as we can tell: send it again, but prove nothing."""


@dataclass(frozen=True, slots=True)
class UnknownStatus:
    """A status that the service model did not know when this was written: a failure."""

    status: str


RecordAnswer = Accepted | NotSubscribed | Duplicate | Unprocessed | Missing | UnknownStatus


@dataclass(frozen=True, slots=True)
class Processed:
    """The call went through: one answer for each record, in the order of the request."""

    answers: tuple[RecordAnswer, ...]


@dataclass(frozen=True, slots=True)
class Throttled:
    """ThrottlingException: nothing was processed, call less often."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so AWS cannot have seen the request."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutOfQuota:
    """The account's quota has no place for the call before this run ends: AWS was not asked."""


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """A 5xx, a timeout or a broken connection: the call may have been applied, or not."""

    reason: str


class RefusalCause(Enum):
    """Who is to blame when AWS refuses a whole call."""

    RECORD = auto()
    """One record of the batch; AWS does not say which."""
    TIMESTAMP = auto()
    """One record's timestamp lies outside AWS's window."""
    PRODUCT = auto()
    """The configuration of this product."""
    DEPLOYMENT = auto()
    """Permissions, region, role or credentials: no call can succeed."""
    UNKNOWN = auto()
    """A code that the service model did not know when this was written."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An error for the whole call: nothing was processed.

    `code` is AWS's, or the reason for which the call could not be made.
    """

    code: Why
    cause: RefusalCause


CallAnswer = Processed | Throttled | NotSent | OutOfQuota | OutcomeUnknown | Refused

_CAUSES = {
    "InvalidUsageDimensionException": RefusalCause.RECORD,
    "InvalidLicenseException": RefusalCause.RECORD,
    "InvalidCustomerIdentifierException": RefusalCause.RECORD,
    "InvalidTagException": RefusalCause.RECORD,
    "InvalidUsageAllocationsException": RefusalCause.RECORD,
    "TimestampOutOfBoundsException": RefusalCause.TIMESTAMP,
    "InvalidProductCodeException": RefusalCause.PRODUCT,
    "DisabledApiException": RefusalCause.DEPLOYMENT,
    "AccessDeniedException": RefusalCause.DEPLOYMENT,
    "UnrecognizedClientException": RefusalCause.DEPLOYMENT,
    "InvalidClientTokenId": RefusalCause.DEPLOYMENT,
    "InvalidSignatureException": RefusalCause.DEPLOYMENT,
    "ExpiredTokenException": RefusalCause.DEPLOYMENT,
    "MissingAuthenticationTokenException": RefusalCause.DEPLOYMENT,
    "OptInRequired": RefusalCause.DEPLOYMENT,
}


def refusal(code: str) -> Refused:
    """Classify an error code of a whole call; unknown codes stay unknown, never fatal."""
    return Refused(AwsCode(code), _CAUSES.get(code, RefusalCause.UNKNOWN))


def hear(
    answers: Iterable[tuple[Subscription | None, RecordAnswer]], at: datetime
) -> dict[SubscriptionKey, Suspicion]:
    """Return what the answers to one call say of each known subscription.

    One record that AWS took says more than all that it refused: it takes none of an account that is
    suspended.
    """
    heard: dict[SubscriptionKey, Suspicion] = {}
    for subscription, answer in answers:
        if subscription is None:
            continue
        if isinstance(answer, Accepted):
            heard[subscription.key] = Suspicion(subscription, at, is_raised=False)
        elif isinstance(answer, NotSubscribed):
            heard.setdefault(subscription.key, Suspicion(subscription, at, is_raised=True))
    return heard
