"""Lambda handler: the scheduled run that submits, retries and accounts for every unit."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from meterhouse.runtime import wiring
from meterhouse.runtime.observability import logger, publish_metrics


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Do one run and return what it did and what it left for the next one."""
    reconcile = wiring.reconcile_usage(context.get_remaining_time_in_millis)
    return asdict(reconcile())
