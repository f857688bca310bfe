"""Lambda handler: the scheduled run that submits, retries and accounts for every unit.

It takes commands: of records, such as `{"redrive": ["<record>", ...]}`, and of subscriptions, such
as those to `flush` and, from whoever hears AWS say so, those `ending`: see `read_commands`.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from meterhouse.domain.operator_commands import read_commands
from meterhouse.runtime import reconcile_wiring
from meterhouse.runtime.observability import logger, publish_metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
@publish_metrics
def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Do one run; return what it did, what it left for the next one, and an answer a command."""
    reconcile = reconcile_wiring.reconcile_usage(context.get_remaining_time_in_millis)
    commands = read_commands(event, datetime.now(UTC))
    summary = reconcile(commands)
    return summary.counts() | summary.answers()
