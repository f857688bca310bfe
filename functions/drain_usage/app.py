"""Lambda handler: usage messages from SQS become segments of the journal and metering records."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.domain.usage.events import QueueMessage
from meterhouse.runtime import wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


def _read_message(record: dict[str, Any]) -> QueueMessage:
    attributes = record["attributes"]
    return QueueMessage(
        message_id=record["messageId"],
        body=record["body"],
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        receipt=record["receiptHandle"],
        receives=int(attributes["ApproximateReceiveCount"]),
    )


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Drain one batch; SQS keeps exactly the messages that are named in the answer."""
    drain = wiring.drain_usage(context.get_remaining_time_in_millis)
    kept = drain([_read_message(record) for record in event["Records"]])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}
