"""Lambda handler: the scheduled run that submits, retries and accounts for every unit.

An operator redrives rejected records by invoking it with `{"redrive": ["<record>", ...]}`, and
bills all that an ending subscription used with `{"flush": ["<subscription>", ...]}`.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.domain.operator_commands import read_commands
from meterhouse.runtime import wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:
    """Do one run and return what it did and what it left for the next one."""
    reconcile = wiring.reconcile_usage(context.get_remaining_time_in_millis)
    return asdict(reconcile(read_commands(event, datetime.now(UTC))))
