"""Starting a reconcile run for subscriptions that have ended, without waiting for it."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# An asynchronous invocation takes 1 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_NAMED_MAX = 1_000


class ReconcileRun:
    """Starts runs of `reconcile_usage`."""

    def __init__(self, client: "LambdaClient", function: str) -> None:
        self._client = client
        self._function = function

    def __call__(self, ending: Sequence[SubscriptionKey]) -> None:
        """Ask for a run that bills the last hours of subscriptions; raises StorageUnavailableError.

        Of more than a thousand the others are found by their phase.
        """
        event = json.dumps({"ending": list(ending[:_NAMED_MAX])})
        try:
            self._client.invoke(
                FunctionName=self._function, InvocationType="Event", Payload=event.encode()
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailableError(f"no run was started: {error}") from error
