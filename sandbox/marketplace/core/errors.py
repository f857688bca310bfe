"""The two ways in which the sandbox says no.

ServiceError   what AWS would answer instead of a result: nothing of the call was applied
ControlError   the control API was used wrongly: nothing was changed
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from http import HTTPStatus


class ErrorCode(StrEnum):
    """AWS's names of request-level errors (section 1.4; the model of `meteringmarketplace`)."""

    ACCESS_DENIED = "AccessDeniedException"
    CUSTOMER_NOT_ENTITLED = "CustomerNotEntitledException"
    DISABLED_API = "DisabledApiException"
    DRY_RUN = "DryRunOperation"
    DUPLICATE_REQUEST = "DuplicateRequestException"
    EXPIRED_TOKEN = "ExpiredTokenException"  # noqa: S105 - the name of an error
    IDEMPOTENCY_CONFLICT = "IdempotencyConflictException"
    INTERNAL_SERVICE_ERROR = "InternalServiceErrorException"
    INVALID_CUSTOMER_IDENTIFIER = "InvalidCustomerIdentifierException"
    INVALID_ENDPOINT_REGION = "InvalidEndpointRegionException"
    INVALID_LICENSE = "InvalidLicenseException"
    INVALID_PRODUCT_CODE = "InvalidProductCodeException"
    INVALID_PARAMETER = "InvalidParameterException"
    INVALID_PUBLIC_KEY_VERSION = "InvalidPublicKeyVersionException"
    INVALID_REGION = "InvalidRegionException"
    INVALID_TAG = "InvalidTagException"
    INVALID_TOKEN = "InvalidTokenException"  # noqa: S105 - the name of an error
    INVALID_USAGE_ALLOCATIONS = "InvalidUsageAllocationsException"
    INVALID_USAGE_DIMENSION = "InvalidUsageDimensionException"
    PLATFORM_NOT_SUPPORTED = "PlatformNotSupportedException"
    REQUEST_TOO_LARGE = "RequestEntityTooLargeException"
    SERIALIZATION = "SerializationException"
    THROTTLING = "ThrottlingException"
    TIMESTAMP_OUT_OF_BOUNDS = "TimestampOutOfBoundsException"
    TOO_MANY_TAGS = "TooManyTagsException"
    UNAUTHORIZED = "UnauthorizedException"
    UNKNOWN_OPERATION = "UnknownOperationException"
    VALIDATION = "ValidationException"


_STATUS_BY_CODE = {
    ErrorCode.INTERNAL_SERVICE_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.REQUEST_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


def http_status_of(code: ErrorCode) -> HTTPStatus:
    """Return the status of an error: 500 for the service's own, 400 for nearly all others."""
    return _STATUS_BY_CODE.get(code, HTTPStatus.BAD_REQUEST)


class ServiceError(Exception):
    """AWS refuses the whole call; `record` is the usage record that caused it, as it was sent.

    AWS itself does not say which record it was (section 1.4): only the sandbox's own list of
    refusals does.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, record: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.record = record


class ControlProblem(Enum):
    """What is wrong with a control command; the value is its HTTP status."""

    INVALID = 400
    NOT_FOUND = 404
    CONFLICT = 409
    TOO_LARGE = 413


class ControlError(Exception):
    """A control command was refused and changed nothing."""

    def __init__(self, problem: ControlProblem, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.code = code
        self.message = message


def invalid(message: str) -> ControlError:
    """Say that a control command is malformed."""
    return ControlError(ControlProblem.INVALID, "InvalidRequest", message)
