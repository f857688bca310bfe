"""Switches about entitlements and the Agreement API."""

from marketplace_sandbox.facts.rule import Grade, Reading, Switch
from marketplace_sandbox.facts.sources import AGREEMENT, ENTITLEMENTS, NOWHERE

_ENTITLEMENTS = "core/operations/get_entitlements.py"

AGREEMENT_SWITCHES = (
    Switch(
        "empty_entitlements",
        "C14",
        "Is the member Entitlements there when there are none?",
        (
            Reading("present", "Yes, as an empty list.", Grade.INF, NOWHERE),
            Reading(
                "absent",
                "No: the model does not require it.",
                Grade.INF,
                f"{ENTITLEMENTS}Result$Entitlements",
            ),
        ),
        why_default="It is how AWS's protocols write an empty list; the other is quickly tried.",
        tested_by=("test_an_empty_page_of_entitlements_is_written_as_the_reading_says",),
        kept_by=_ENTITLEMENTS,
    ),
    Switch(
        "dimension_filter",
        "C15",
        "May GetEntitlements be asked by DIMENSION alone?",
        (
            Reading(
                "accepted",
                "Yes: filters are for a customer or for a dimension.",
                Grade.MODEL,
                f"{ENTITLEMENTS}Request$Filter",
            ),
            Reading(
                "refused",
                "No: a request uses one of the customer's filters, says the same text, or a "
                "license's.",
                Grade.INF,
                f"{ENTITLEMENTS}Request$Filter",
            ),
        ),
        why_default="It is the plain text; whoever asks by customer or license is safe.",
        tested_by=("test_a_dimension_alone_filters_as_the_reading_says",),
        kept_by=_ENTITLEMENTS,
    ),
    Switch(
        "ended_end_time",
        "C16",
        "Which endTime does the Agreement API tell of an agreement that ended early?",
        (
            Reading(
                "as_agreed",
                "The one that was agreed; pay as you go has none, also after its end.",
                Grade.INF,
                f"{AGREEMENT}Output$endTime",
            ),
            Reading("actual", "The moment at which it ended.", Grade.INF, NOWHERE),
        ),
        why_default="It is the stricter one: a seller must take the status for the end.",
        tested_by=("test_an_early_end_has_the_end_time_that_the_reading_says",),
        kept_by="core/operations/agreement_views.py",
    ),
)
