"""Lambda handler: changes of subscriptions, as the table's stream tells them, go to the bus."""

from typing import TYPE_CHECKING, Any

from meterhouse.runtime import announcing_wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Announce one batch; Lambda delivers again from the first record named in the answer."""
    announce = announcing_wiring.announce_changes(context.get_remaining_time_in_millis)
    kept = announce(announcing_wiring.changes(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": record_id} for record_id in kept]}
