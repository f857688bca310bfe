"""How an operator names a subscription: as for a final flush."""

import json
from datetime import UTC, datetime

from meterhouse.domain.commands import read_commands
from meterhouse.domain.identity import SubscriptionKey
from meterhouse.errors import CommandUnreadableError

_FORMS = (
    "name it as log lines do (license#l-…, customer#<product>#<identifier>, "
    "account#<product>#<account>) or as usage events do (a license ARN, or a JSON object with "
    "product_code)"
)


def read_subscription_name(name: str) -> SubscriptionKey:
    """Read what an operator typed; raises ValueError with a sentence that says what to type."""
    try:
        reference = json.loads(name) if name.startswith("{") else name
        commands = read_commands({"flush": [{"subscription": reference}]}, datetime.now(UTC))
    except (CommandUnreadableError, RecursionError, ValueError) as error:
        raise ValueError(f"{name!a} names no subscription: {_FORMS}") from error
    (flush,) = commands.flushes
    return flush.subscription
