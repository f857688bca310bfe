"""The UsageQueue as a producer has it."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from meterhouse.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class UsageIntakeQueue:
    """Implements `ports.queues.UsageIntake` on SQS."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, body: str) -> None:
        """Send one message; see the port."""
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body)
        except (ClientError, BotoCoreError) as error:
            raise StorageUnavailableError(f"the usage queue takes nothing: {error}") from error
