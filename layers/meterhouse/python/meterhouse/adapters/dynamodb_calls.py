"""What all calls to DynamoDB share: which failures pass, and how to wait for them to pass."""

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

CONFLICT_ATTEMPTS_MAX = 10
CONFLICT_PAUSE_SECONDS = 0.02
CONFLICT_PAUSE_SECONDS_MAX = 1.0

CONDITION_FAILED = "ConditionalCheckFailed"
# Reasons of a cancelled transaction that say nothing about our conditions.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
PASSING_REASONS = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)


class ConditionFailedError(Exception):
    """A conditional write found the item in another state, which `item` shows if it exists."""

    def __init__(self, item: "dict[str, AttributeValueTypeDef] | None") -> None:
        super().__init__("conditional check failed")
        self.item = item


class CancelledError(Exception):
    """A transaction was cancelled; `codes` and `items` speak of its actions in their order."""

    def __init__(self, reasons: list[dict[str, Any]]) -> None:
        super().__init__("transaction cancelled")
        self.codes = [str(reason.get("Code", "None")) for reason in reasons]

    @property
    def is_passing(self) -> bool:
        """Tell whether no condition failed: the same transaction may succeed later."""
        return CONDITION_FAILED not in self.codes


def call[Answer](operation: Callable[[], Answer]) -> Answer:
    """Make one call; the SDK has retried what passes, so what is left is said in our terms.

    Raises ConditionFailedError, CancelledError or StorageUnavailableError.
    """
    try:
        return operation()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        details: dict[str, Any] = dict(error.response)
        if code == "ConditionalCheckFailedException":
            raise ConditionFailedError(details.get("Item")) from error
        if code == "TransactionCanceledException":
            raise CancelledError(details.get("CancellationReasons", [])) from error
        raise StorageUnavailableError(f"{error.operation_name}: {code}") from error
    except BotoCoreError as error:
        raise StorageUnavailableError(f"no answer from DynamoDB: {error}") from error


def pause_after_conflict(attempt: int) -> None:
    """Wait with full jitter, longer with every attempt."""
    ceiling = min(CONFLICT_PAUSE_SECONDS * 2**attempt, CONFLICT_PAUSE_SECONDS_MAX)
    time.sleep(random.uniform(0, ceiling))  # noqa: S311 - spreads retries, guards nothing
