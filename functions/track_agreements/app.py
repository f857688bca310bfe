"""Lambda handler: what AWS tells of agreements, from SQS."""

import json
from typing import TYPE_CHECKING, Any

from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(
    event: dict[str, Any],
    context: "LambdaContext",  # noqa: ARG001 - Lambda's signature
) -> "PartialItemFailureResponse":
    """Name each event in the log; SQS keeps none of them."""
    for record in event["Records"]:
        body = json.loads(record["body"])
        event_id = body.get("id") or body.get("MessageId")
        logger.info("agreement_event_received", extra={"event_id": event_id})
    return {"batchItemFailures": []}
