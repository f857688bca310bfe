"""Switches of what AWS's events look like, where its samples and what was seen differ."""

from marketplace_sandbox.facts.rule import Grade, Reading, Switch
from marketplace_sandbox.facts.sources import CAPTURED_EVENTS, EVENTS_PAGE, NOWHERE

EVENT_SWITCHES = (
    Switch(
        "event_license_arn",
        "C7",
        "How do events print a license?",
        (
            Reading("as_resolved", "As ResolveCustomer does.", Grade.OBS, CAPTURED_EVENTS),
            Reading(
                "without_prefix",
                "aws:license-manager:<region>:<account>:l-…, with no arn: before it.",
                Grade.DOC,
                EVENTS_PAGE,
            ),
        ),
        why_default="It is what was seen; turn it, and a seller who joins on the text finds out.",
        tested_by=("test_events_print_a_license_as_the_reading_says",),
        kept_by="core/model/licenses.py",
    ),
    Switch(
        "license_updated",
        "C13",
        "When does License Updated follow Purchase Agreement Created?",
        (
            Reading("minute_after", "A minute later: 61 seconds.", Grade.OBS, CAPTURED_EVENTS),
            Reading("at_once", "At the same moment; AWS's pages say no time.", Grade.INF, NOWHERE),
        ),
        why_default="It is what was seen: there is a time in which a buyer has no license yet.",
        tested_by=("test_a_new_license_is_told_as_the_reading_says",),
        kept_by="core/agreements/lifecycle.py",
    ),
    Switch(
        "ended_offer",
        "C13",
        "Does Purchase Agreement Ended name the offer?",
        (
            Reading("absent", "No, it was not there.", Grade.OBS, CAPTURED_EVENTS),
            Reading("present", "Yes, as in AWS's sample.", Grade.DOC, EVENTS_PAGE),
        ),
        why_default="A seller who reads it without asking finds out.",
        tested_by=("test_an_end_names_the_offer_as_the_reading_says",),
        kept_by="core/events/event_documents.py",
    ),
)
