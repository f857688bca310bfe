"""When BatchMeterUsage takes usage: section 1.2."""

from marketplace_sandbox.facts.rule import Grade, Rule
from marketplace_sandbox.facts.sources import BATCH, NOWHERE, RECORD, SETUP_PAGE

WINDOW_RULES = (
    Rule(
        "time.age-max",
        "1.2",
        "Usage is less than 24 hours old, or TimestampOutOfBoundsException answers the call.",
        Grade.MODEL,
        BATCH,
        (
            "test_usage_is_less_than_24_hours_old",
            "test_a_legacy_customers_usage_has_the_same_limits",
        ),
        kept_by="core/operations/windows.py",
    ),
    Rule(
        "time.license-start",
        "1.2",
        "Usage of before the license's start, to the microsecond, is InvalidLicenseException.",
        Grade.INF,
        f"{RECORD}$Timestamp asks for no usage of before the start, and not how exactly",
        ("test_usage_is_not_older_than_its_license",),
        kept_by="core/operations/subscribers.py",
    ),
    Rule(
        "time.not-yet-active",
        "1.2",
        "Usage of before a legacy subscription is not metered.",
        Grade.DOC,
        SETUP_PAGE,
        ("test_usage_from_before_a_legacy_subscription_is_not_metered",),
        kept_by="core/model/agreements.py",
    ),
    Rule(
        "time.sent-before-start",
        "1.2",
        "A record that is sent before the subscription begins is not metered.",
        Grade.DOC,
        SETUP_PAGE,
        ("test_what_is_sent_before_the_start_is_not_metered",),
        kept_by="core/model/agreements.py",
    ),
    Rule(
        "time.legacy-goes-on",
        "1.2",
        "A legacy customer who renewed or came back is metered for earlier usage as well.",
        Grade.INF,
        NOWHERE,
        (
            "test_who_renewed_is_metered_by_product_code_for_earlier_usage",
            "test_who_came_back_is_metered_for_usage_of_before",
        ),
        kept_by="core/operations/subscribers.py",
    ),
    Rule(
        "time.month-end",
        "1.2",
        "Last month's usage is accepted until 06:00 UTC on the 1st.",
        Grade.MODEL,
        BATCH,
        ("test_last_months_usage_is_accepted_until_six_on_the_first",),
        kept_by="core/operations/windows.py",
    ),
    Rule(
        "time.both-limits",
        "1.2",
        "Until 06:00 on the 1st the 24 hours hold too; from then on nothing before 00:00 is taken.",
        Grade.INF,
        NOWHERE,
        ("test_at_the_turn_of_the_month_both_limits_hold",),
        kept_by="core/operations/windows.py",
    ),
    Rule(
        "time.future",
        "1.2",
        "Usage lies at most five minutes ahead.",
        Grade.INF,
        NOWHERE,
        ("test_usage_does_not_lie_ahead",),
        kept_by="core/operations/windows.py",
    ),
)
