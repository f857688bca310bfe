"""Lambda handler: the scheduled run that submits, retries and accounts for every unit.

An operator redrives rejected records by invoking it with `{"redrive": ["<record>", ...]}`, each
named as the log lines name it.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from meterhouse.domain.keys import RecordKey
from meterhouse.runtime import wiring
from meterhouse.runtime.observability import logger, publish_metrics


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Do one run and return what it did and what it left for the next one."""
    reconcile = wiring.reconcile_usage(context.get_remaining_time_in_millis)
    redriven = [RecordKey.parse(name) for name in event.get("redrive", ())]
    return asdict(reconcile(redriven))
