"""Lambda handler: what AWS tells of agreements, by EventBridge and SNS, becomes facts."""

from typing import TYPE_CHECKING, Any

from meterhouse.runtime import tracking_wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Learn from one batch; SQS keeps exactly the messages that are named in the answer."""
    track = tracking_wiring.track_agreements(context.get_remaining_time_in_millis)
    kept = track({record["messageId"]: record["body"] for record in event["Records"]})
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in kept]}
