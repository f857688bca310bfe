"""Lambda handler: the seller's systems ask, and say, what only they and Meterhouse know."""

from typing import TYPE_CHECKING, Any

from meterhouse.runtime import api_wiring
from meterhouse.runtime.observability import logger, publish_metrics
from meterhouse.web.seller_api import read_request, write_answer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one request that API Gateway has found signed and allowed, in payload format 2.0."""
    serve = api_wiring.seller_api(context.get_remaining_time_in_millis)
    return write_answer(serve(read_request(event)))
