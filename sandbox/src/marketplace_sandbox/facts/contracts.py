"""What contracts entitle to: section 6."""

from marketplace_sandbox.facts.rule import Grade, Rule
from marketplace_sandbox.facts.sources import (
    CONSUMPTION_PAGE,
    CONTRACT_PAGE,
    ENTITLEMENTS,
    NOWHERE,
)

CONTRACT_RULES = (
    Rule(
        "entitlements.product",
        "6",
        "GetEntitlements needs a ProductCode.",
        Grade.MODEL,
        f"{ENTITLEMENTS}Request$ProductCode",
        ("test_entitlements_are_asked_for_by_product",),
    ),
    Rule(
        "entitlements.filters",
        "6",
        "Filters are AND-ed; the values of one are OR-ed.",
        Grade.MODEL,
        f"{ENTITLEMENTS}Request$Filter",
        ("test_filters_are_and_ed_and_the_values_of_one_are_or_ed",),
    ),
    Rule(
        "entitlements.customer-filters",
        "6",
        "CUSTOMER_IDENTIFIER and CUSTOMER_AWS_ACCOUNT_ID exclude each other.",
        Grade.MODEL,
        f"{ENTITLEMENTS}Request$Filter",
        ("test_the_two_filters_of_the_customer_exclude_each_other",),
    ),
    Rule(
        "entitlements.page-size",
        "6",
        "A page has at most 25 entitlements.",
        Grade.MODEL,
        f"{ENTITLEMENTS}Request$MaxResults",
        ("test_a_page_has_at_most_25_entitlements",),
    ),
    Rule(
        "entitlements.empty-page",
        "6",
        "An empty page can have a NextToken.",
        Grade.MODEL,
        f"{ENTITLEMENTS}Result$NextToken",
        ("test_an_empty_page_can_have_a_next_token",),
    ),
    Rule(
        "entitlements.value",
        "6",
        "A value is an integer, a double, a boolean or a string.",
        Grade.MODEL,
        "marketplace-entitlement EntitlementValue",
        ("test_an_entitlement_has_a_value_of_its_dimensions_type",),
    ),
    Rule(
        "entitlements.expiration",
        "6",
        "ExpirationDate is the least validity; renewing customers have one too.",
        Grade.MODEL,
        "marketplace-entitlement Entitlement$ExpirationDate",
        (
            "test_an_entitlement_says_until_when_it_is_valid",
            "test_a_renewing_customers_entitlement_expires_with_each_term",
        ),
    ),
    Rule(
        "contract.overage",
        "6",
        "A contract with consumption meters its overage; an entitled dimension is not metered.",
        Grade.DOC_OLD,
        CONSUMPTION_PAGE,
        ("test_overage_is_metered_and_what_is_entitled_is_not",),
    ),
    Rule(
        "contract.call-on-landing",
        "6",
        "A seller asks for entitlements on landing and on every License Updated.",
        Grade.DOC,
        CONTRACT_PAGE,
        not_modelled="it is the seller's duty; AWS refuses nothing for it",
    ),
    Rule(
        "contract.fee",
        "6",
        "A contract is paid in advance, in the month in which it begins.",
        Grade.INF,
        NOWHERE,
        ("test_a_contract_is_paid_in_the_month_in_which_it_begins",),
    ),
    Rule(
        "invoice.rounding",
        "6",
        "Amounts are exact; each agreement's month is rounded once, half up to the cent.",
        Grade.INF,
        NOWHERE,
        ("test_amounts_are_exact_and_what_is_charged_is_rounded_half_up_to_the_cent_once",),
    ),
)
