"""All rules, by section."""

from marketplace_sandbox.facts.agreements import AGREEMENT_RULES
from marketplace_sandbox.facts.batch_allocations import ALLOCATION_RULES
from marketplace_sandbox.facts.batch_outcomes import FIRST_WRITE_RULES, OUTCOME_RULES
from marketplace_sandbox.facts.batch_requests import REQUEST_RULES
from marketplace_sandbox.facts.batch_windows import WINDOW_RULES
from marketplace_sandbox.facts.buyers import BUYER_RULES
from marketplace_sandbox.facts.contracts import CONTRACT_RULES
from marketplace_sandbox.facts.events import EVENT_RULES
from marketplace_sandbox.facts.resources import RESOURCE_RULES
from marketplace_sandbox.facts.rule import Rule

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
            *AGREEMENT_RULES,
        ),
        key=lambda rule: tuple(int(number) for number in rule.section.split(".")),
    )
)
