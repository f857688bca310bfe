"""The switches: what AWS contradicts itself about, and which reading is the safer one."""

from marketplace_sandbox.facts.agreement_switches import AGREEMENT_SWITCHES
from marketplace_sandbox.facts.event_switches import EVENT_SWITCHES
from marketplace_sandbox.facts.rule import Grade, Reading, Switch
from marketplace_sandbox.facts.sources import (
    BATCH,
    CAPTURED_EVENTS,
    CONTAINER_PAGE,
    EVENTS_PAGE,
    EXAMPLES_PAGE,
    NOWHERE,
    RECORD,
    RESOLVE,
    RESULT,
    SELLER_TRIED,
    SETUP_PAGE,
    SKILL_PAGE,
)

_CONSUMPTION = "older copies of the saas-integrate pages"

SWITCHES = (
    Switch(
        "usage_age",
        "C1",
        "How old may a record of BatchMeterUsage be?",
        (
            Reading("24h", "Less than 24 hours.", Grade.MODEL, BATCH),
            Reading(
                "6h", "Less than six hours, as the API text said before.", Grade.DOC_OLD, BATCH
            ),
            Reading("1h", "An hour, as comments in the examples say.", Grade.DOC, EXAMPLES_PAGE),
        ),
        why_default="It is the current API text; a seller who sends within the hour fits them all.",
        tested_by=("test_usage_is_as_old_as_the_reading_says",),
        kept_by="core/operations/windows.py",
    ),
    Switch(
        "usage_age_from",
        "C1",
        "From where is that age measured?",
        (
            Reading("record", "From the record's own time.", Grade.MODEL, BATCH),
            Reading(
                "hour_start",
                "Back from the start of the current hour, as seen with the older limit.",
                Grade.OBS,
                "RedHatInsights/rhsm-subscriptions, pull request 2641",
            ),
        ),
        why_default="It is the stricter one: what is in time for it is in time for the other.",
        tested_by=("test_the_age_is_measured_as_the_reading_says",),
        kept_by="core/operations/windows.py",
    ),
    Switch(
        "token_lifetime",
        "C2",
        "How long does a registration token live?",
        (
            Reading("4h", "Four hours.", Grade.DOC, SETUP_PAGE),
            Reading(
                "1h",
                "About an hour, as the same page's security section says.",
                Grade.DOC,
                SETUP_PAGE,
            ),
            Reading(
                "30min",
                "Half an hour, as tokens of GetAgreementEntitlements do.",
                Grade.MODEL,
                "marketplace-agreement GetAgreementEntitlements",
            ),
        ),
        why_default="A landing page resolves within the POST, so it works under each of them.",
        tested_by=("test_a_token_lives_as_long_as_the_reading_says",),
        kept_by="core/model/tokens.py",
    ),
    Switch(
        "token_uses",
        "C2",
        "How often does a token resolve?",
        (
            Reading("any", "Again and again, with the same answer.", Grade.DOC, SETUP_PAGE),
            Reading("once", "Once, then it has expired.", Grade.OBS, f"paddock-mcp; {RESOLVE}"),
        ),
        why_default="A buyer who reloads the page is an everyday case, and it must do no harm.",
        tested_by=("test_a_token_resolves_as_often_as_the_reading_says",),
        kept_by="core/model/tokens.py",
    ),
    Switch(
        "final_window",
        "C3",
        "What opens the last hour of an agreement that ended?",
        (
            Reading(
                "hour_after_end",
                "The end; License Deprovisioned follows within a minute and closes nothing.",
                Grade.OBS,
                CAPTURED_EVENTS,
            ),
            Reading(
                "agreement_ended",
                "Purchase Agreement Ended opens it, License Deprovisioned closes it.",
                Grade.DOC_OLD,
                EVENTS_PAGE,
            ),
            Reading(
                "license_deprovisioned",
                "License Deprovisioned follows the end within a minute and opens it.",
                Grade.DOC,
                EVENTS_PAGE,
            ),
        ),
        why_default="It is what was seen, and the hour is the shortest: who makes it, makes all.",
        tested_by=("test_the_last_hour_opens_as_the_reading_says",),
        kept_by="core/agreements/lifecycle.py",
    ),
    Switch(
        "same_record_again",
        "C4",
        "What answers a record that is billed already with the same quantity?",
        (
            Reading("success", "Success: identical requests are idempotent.", Grade.MODEL, BATCH),
            Reading("duplicate_record", "DuplicateRecord.", Grade.SKILL, f"{SKILL_PAGE}; {RESULT}"),
        ),
        why_default="It is the API text; a seller compares with an own ledger and survives both.",
        tested_by=("test_the_same_record_again_is_answered_as_the_reading_says",),
        kept_by="core/operations/batch_decision.py",
    ),
    Switch(
        "dedupe_scope",
        "C5",
        "Is the same hour, metered in two regions, one record or two?",
        (
            Reading("region", "Two: each region knows its own.", Grade.SKILL, SKILL_PAGE),
            Reading("global", "One, wherever it is sent.", Grade.INF, NOWHERE),
        ),
        why_default="It shows the damage: a seller who changes regions sees the double billing.",
        tested_by=("test_an_hour_in_two_regions_counts_as_the_reading_says",),
        kept_by="core/operations/batch_decision.py",
    ),
    Switch(
        "zero_quantity",
        "C6",
        "Does a record of zero take its hour's place?",
        (
            Reading("takes_the_hour", "Yes: usage found later is a duplicate.", Grade.INF, NOWHERE),
            Reading("leaves_it_open", "No: usage found later is billed.", Grade.INF, _CONSUMPTION),
        ),
        why_default="Heartbeats that burn an hour which still expects usage are found here.",
        tested_by=("test_a_zero_holds_its_hour_as_the_reading_says",),
        kept_by="core/operations/batch_decision.py",
    ),
    *EVENT_SWITCHES,
    Switch(
        "resolved_license_arn",
        "C7",
        "How does ResolveCustomer print a license?",
        (
            Reading("colon", "…:license:l-…, as in the code sample.", Grade.DOC, EXAMPLES_PAGE),
            Reading("slash", "…:license/lic-…", Grade.SKILL, SKILL_PAGE),
        ),
        why_default="It is AWS's sample; a seller stores the text as it came.",
        tested_by=("test_licenses_are_printed_as_the_reading_says",),
        kept_by="core/model/licenses.py",
    ),
    Switch(
        "first_resolve",
        "C7",
        "Does an agreement's first ResolveCustomer name its license?",
        (
            Reading("with_license", "Yes, as each later one.", Grade.MODEL, RESOLVE),
            Reading("without_license", "No, only the next one does.", Grade.OBS, SELLER_TRIED),
        ),
        why_default="It is the model, and the other was seen once; turn it before going live.",
        tested_by=(
            "test_a_first_resolve_names_the_license_as_the_reading_says",
            "test_a_resolve_that_is_refused_is_not_the_first",
        ),
        kept_by="core/operations/resolve_customer.py",
    ),
    Switch(
        "too_many_tags",
        "C8",
        "Which error answers too many tags?",
        (
            Reading("invalid_tag", "InvalidTagException.", Grade.MODEL, "meteringmarketplace"),
            Reading(
                "too_many_tags",
                "TooManyTagsException, which the model does not know.",
                Grade.SKILL,
                SKILL_PAGE,
            ),
        ),
        why_default="It is in the model; an unknown code must be handled as a failure anyway.",
        tested_by=("test_too_many_tags_are_refused_as_the_reading_says",),
        kept_by="core/operations/allocations.py",
    ),
    Switch(
        "decimals",
        "C9",
        "May quantities be decimal?",
        (
            Reading(
                "accepted", "Yes, in QuantityAsDecimal.", Grade.MODEL, f"{RECORD}$QuantityAsDecimal"
            ),
            Reading("refused", "No: whole numbers only.", Grade.SKILL, SKILL_PAGE),
        ),
        why_default="It is the current model; the other shows what an older region would do.",
        tested_by=("test_decimals_are_taken_as_the_reading_says",),
        kept_by="core/model/quantities.py",
    ),
    Switch(
        "signature_claims",
        "C10",
        "How are the claims of RegisterUsage's signature named?",
        (
            Reading(
                "camel_case",
                "productCode, publicKeyVersion, nonce, as the example's program reads them.",
                Grade.DOC,
                CONTAINER_PAGE,
            ),
            Reading(
                "pascal_case",
                "ProductCode, PublicKeyVersion, Nonce, as the same page's text prints them.",
                Grade.DOC,
                CONTAINER_PAGE,
            ),
        ),
        why_default="A program that follows AWS's own would refuse the other.",
        tested_by=("test_the_claims_are_named_as_the_reading_says",),
        kept_by="core/model/signing.py",
    ),
    Switch(
        "unknown_customer",
        "C11",
        "What answers a CustomerIdentifier that nobody has?",
        (
            Reading("status", "CustomerNotSubscribed, for its record alone.", Grade.MODEL, RESULT),
            Reading(
                "exception",
                "InvalidCustomerIdentifierException, for the whole call.",
                Grade.MODEL,
                "meteringmarketplace InvalidCustomerIdentifierException",
            ),
        ),
        why_default="A seller who looks at each status is safe; the other is met by bisection.",
        tested_by=("test_an_unknown_identifier_is_answered_as_the_reading_says",),
        kept_by="core/operations/subscribers.py",
    ),
    Switch(
        "license_start",
        "C12",
        "From when on is usage not older than its license?",
        (
            Reading("instant", "From the very moment of the start.", Grade.INF, NOWHERE),
            Reading("hour", "From the beginning of the start's hour.", Grade.INF, NOWHERE),
        ),
        why_default="It is the stricter one: a first hour that was floored is refused here.",
        tested_by=("test_a_license_starts_as_the_reading_says",),
        kept_by="core/operations/subscribers.py",
    ),
    *AGREEMENT_SWITCHES,
)
