"""The two ways in which the sandbox says no.

ServiceError   what AWS would answer instead of a result: nothing of the call was applied
ControlError   the control API was used wrongly: nothing was changed
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from http import HTTPStatus
from types import MappingProxyType


class ErrorCode(StrEnum):
    """AWS's names of request-level errors, as in the models of its services."""

    ACCESS_DENIED = "AccessDeniedException"
    CUSTOMER_NOT_ENTITLED = "CustomerNotEntitledException"
    DISABLED_API = "DisabledApiException"
    DRY_RUN = "DryRunOperation"
    DUPLICATE_REQUEST = "DuplicateRequestException"
    EXPIRED_TOKEN = "ExpiredTokenException"  # noqa: S105 - the name of an error
    IDEMPOTENCY_CONFLICT = "IdempotencyConflictException"
    INTERNAL_SERVER = "InternalServerException"  # of the Agreement API
    INTERNAL_SERVICE_ERROR = "InternalServiceErrorException"
    INVALID_CUSTOMER_IDENTIFIER = "InvalidCustomerIdentifierException"
    INVALID_ENDPOINT_REGION = "InvalidEndpointRegionException"
    INVALID_LICENSE = "InvalidLicenseException"
    INVALID_PRODUCT_CODE = "InvalidProductCodeException"
    INVALID_PARAMETER = "InvalidParameterException"
    INVALID_PUBLIC_KEY_VERSION = "InvalidPublicKeyVersionException"
    INVALID_REGION = "InvalidRegionException"
    INVALID_SIGNATURE = "InvalidSignatureException"
    INVALID_TAG = "InvalidTagException"
    INVALID_TOKEN = "InvalidTokenException"  # noqa: S105 - the name of an error
    INVALID_USAGE_ALLOCATIONS = "InvalidUsageAllocationsException"
    INVALID_USAGE_DIMENSION = "InvalidUsageDimensionException"
    PLATFORM_NOT_SUPPORTED = "PlatformNotSupportedException"
    REQUEST_TOO_LARGE = "RequestEntityTooLargeException"
    RESOURCE_NOT_FOUND = "ResourceNotFoundException"
    SERIALIZATION = "SerializationException"
    THROTTLING = "ThrottlingException"
    TIMESTAMP_OUT_OF_BOUNDS = "TimestampOutOfBoundsException"
    TOO_MANY_TAGS = "TooManyTagsException"
    UNAUTHORIZED = "UnauthorizedException"
    UNKNOWN_OPERATION = "UnknownOperationException"
    VALIDATION = "ValidationException"


_STATUS_BY_CODE = {
    ErrorCode.INTERNAL_SERVER: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.INTERNAL_SERVICE_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.REQUEST_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """What the model of an operation says of one of its errors."""

    status: HTTPStatus
    members: frozenset[str] = frozenset()


type ErrorModels = Mapping[str, ErrorModel]
NO_ERROR_MODELS: ErrorModels = MappingProxyType({})


def http_status_of(code: ErrorCode, modeled: ErrorModels = NO_ERROR_MODELS) -> HTTPStatus:
    """Return the status of an error: what the model of its operation says, if it says anything.

    Else 500 for the service's own, 400 for nearly all others.
    """
    if code in modeled:
        return modeled[code].status
    return _STATUS_BY_CODE.get(code, HTTPStatus.BAD_REQUEST)


# What AWS says with each error that its models describe: the sentence that describes it, which
# tells nothing of the request (`outcome.no-index`).
SENTENCES: Mapping[str, str] = {
    ErrorCode.CUSTOMER_NOT_ENTITLED: "Exception thrown when the customer does not have a valid "
    "subscription for the product.",
    ErrorCode.DISABLED_API: "The API is disabled in the Region.",
    ErrorCode.DUPLICATE_REQUEST: "A metering record has already been emitted by the same EC2 "
    "instance, ECS task, or EKS pod for the given {usageDimension, timestamp} with a different "
    "usageQuantity.",
    ErrorCode.IDEMPOTENCY_CONFLICT: "The ClientToken is being used for multiple requests.",
    ErrorCode.INVALID_CUSTOMER_IDENTIFIER: "You have metered usage for a CustomerIdentifier that "
    "does not exist.",
    ErrorCode.INVALID_ENDPOINT_REGION: "The endpoint being called is in a Amazon Web Services "
    "Region different from your EC2 instance, ECS task, or EKS pod.",
    ErrorCode.INVALID_LICENSE: "Ensure the LicenseArn is valid, matches the customer, and usage is "
    "within the license activation period.",
    ErrorCode.INVALID_PARAMETER: "One or more parameters in your request was invalid.",
    ErrorCode.INVALID_PRODUCT_CODE: "The product code passed does not match the product code used "
    "for publishing the product.",
    ErrorCode.INVALID_PUBLIC_KEY_VERSION: "Public Key version is invalid.",
    ErrorCode.INVALID_REGION: "RegisterUsage must be called in the same Amazon Web Services Region "
    "the ECS task was launched in.",
    ErrorCode.INVALID_TAG: "The tag is invalid, or the number of tags is greater than 5.",
    ErrorCode.INVALID_USAGE_ALLOCATIONS: "Sum of allocated usage quantities is not equal to the "
    "usage quantity, or the allocations don't use the same type of quantity (whole number or "
    "decimal) as the usage quantity.",
    ErrorCode.INVALID_USAGE_DIMENSION: "The usage dimension does not match one of the "
    "UsageDimensions associated with products.",
    ErrorCode.PLATFORM_NOT_SUPPORTED: "Amazon Web Services Marketplace does not support metering "
    "usage from the underlying platform.",
    ErrorCode.TIMESTAMP_OUT_OF_BOUNDS: "The timestamp value passed in the UsageRecord is out of "
    "allowed range.",
}


def message_on_the_wire(code: str, detail: str) -> str:
    """Return what the caller reads of an error; where no model describes it, that is the detail."""
    return SENTENCES.get(code, detail)


class ServiceError(Exception):
    """AWS refuses the whole call; `record` is the usage record that caused it, as it was sent.

    AWS itself does not say which record it was, nor what is wrong with it (`outcome.no-index`):
    only the sandbox's own list of refusals and log of calls do.

    Attributes:
        detail: what exactly is wrong.
        message: what the caller reads.
        members: what else its shape in the model says.

    """

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        record: Mapping[str, object] | None = None,
        members: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.message = message_on_the_wire(code, detail)
        self.record = record
        self.members = members


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


def conflict(code: str, message: str) -> ControlError:
    """Say that a control command does not fit what is there already."""
    return ControlError(ControlProblem.CONFLICT, code, message)
