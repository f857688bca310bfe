"""What the adapters share that only read of AWS Marketplace: how a call fails."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from meterhouse.adapters.resolving import BROKEN_ANSWERS, SERVER_ERROR, THROTTLING_CODES
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)


def call[Answer](operation: Callable[[], Answer]) -> Answer:
    """Make one call; raises ClientError for a refusal, MarketplaceOutageError without an answer."""
    try:
        return operation()
    except ClientError:
        raise
    except BROKEN_ANSWERS as error:
        raise MarketplaceOutageError(type(error).__name__) from None


def error_of(error: ClientError) -> MarketplaceError:
    """Return what a refusal means."""
    code = code_of(error)
    text = f"{error.operation_name}: {code}"
    if code in THROTTLING_CODES:
        return MarketplaceThrottledError(text)
    if error.response["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_ERROR:
        return MarketplaceOutageError(text)
    return MarketplaceRefusedError(text)


def code_of(error: ClientError) -> str:
    """Return AWS's code of a refusal."""
    return error.response["Error"]["Code"]
