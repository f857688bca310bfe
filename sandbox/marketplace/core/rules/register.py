"""All rules, by section."""

from sandbox.marketplace.core.rules.batch_outcomes import FIRST_WRITE_RULES, OUTCOME_RULES
from sandbox.marketplace.core.rules.batch_requests import ALLOCATION_RULES, REQUEST_RULES
from sandbox.marketplace.core.rules.batch_windows import WINDOW_RULES
from sandbox.marketplace.core.rules.buyers import BUYER_RULES
from sandbox.marketplace.core.rules.contracts import CONTRACT_RULES
from sandbox.marketplace.core.rules.events import EVENT_RULES
from sandbox.marketplace.core.rules.resources import RESOURCE_RULES
from sandbox.marketplace.core.rules.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *REQUEST_RULES,
            *WINDOW_RULES,
            *FIRST_WRITE_RULES,
            *OUTCOME_RULES,
            *ALLOCATION_RULES,
            *BUYER_RULES,
            *RESOURCE_RULES,
            *EVENT_RULES,
            *CONTRACT_RULES,
        ),
        key=lambda rule: tuple(int(number) for number in rule.section.split(".")),
    )
)
