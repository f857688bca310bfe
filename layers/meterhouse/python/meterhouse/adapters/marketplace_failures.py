"""How calls of AWS Marketplace fail: what passes by itself, and what AWS refuses."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)

THROTTLING_CODES = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"}
)
# What the SDK raises over an answer that broke off or is not what the service model says. The
# request has passed its validation by then, so the answer is at fault.
BROKEN_ANSWERS = (BotoCoreError, ResponseParserError, AttributeError, TypeError, ValueError)
_SERVER_ERROR = 500


def call[Answer](operation: Callable[[], Answer]) -> Answer:
    """Make one call that only reads; raises MarketplaceError."""
    try:
        return operation()
    except ClientError as error:
        raise error_of(error) from None
    except BROKEN_ANSWERS as error:
        raise MarketplaceOutageError(type(error).__name__) from None


def error_of(error: ClientError) -> MarketplaceError:
    """Return what a refusal means."""
    code = code_of(error)
    text = f"{error.operation_name}: {code}"
    if code in THROTTLING_CODES:
        return MarketplaceThrottledError(text)
    if is_server_error(error):
        return MarketplaceOutageError(text)
    return MarketplaceRefusedError(text, code)


def code_of(error: ClientError) -> str:
    """Return AWS's code of a refusal."""
    return error.response["Error"]["Code"]


def status_of(error: ClientError) -> int:
    """Return the status of HTTP with which AWS refused."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def is_server_error(error: ClientError) -> bool:
    """Tell whether AWS failed, so that a call may have been applied."""
    return status_of(error) >= _SERVER_ERROR
