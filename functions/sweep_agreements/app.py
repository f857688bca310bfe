"""Lambda handler: what AWS holds of agreements is looked up a few times a day, or by command."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from meterhouse.runtime import tracking_wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Go on with the sweep, or begin anew with `{"from_beginning": true}`; say what is left."""
    sweep = tracking_wiring.sweep_agreements(context.get_remaining_time_in_millis)
    answer = asdict(sweep(from_beginning=event.get("from_beginning") is True))
    until = answer["updated_until"]
    return answer | {"updated_until": until and until.isoformat()}
