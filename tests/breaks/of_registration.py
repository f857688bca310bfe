"""Breaks of registration: the token, the pages, the contact details."""

from tests.breaks.trying import Break

CONTACTS = "tests/unit/domain/subscriptions/test_registration.py"
IDENTITY = "tests/unit/domain/subscriptions/test_identity.py"
KNOWN = "tests/unit/use_cases/subscriptions/test_registration_contacts.py"
PAGES = "tests/unit/web/test_registration_pages.py"
REGISTRATION = "tests/unit/use_cases/subscriptions/test_registration.py"
SETTINGS = "tests/unit/runtime/test_settings.py"
WEB = "tests/unit/web/test_registration.py"
FLOODS = "tests/unit/functions/test_registration_floods.py"
RESOLVING = "tests/integration/adapters/test_resolve_customer.py"

BREAKS: tuple[Break, ...] = (
    # Who is no buyer.
    Break(
        "adapters/resolving.py",
        '"total_max_attempts": 1}',
        '"total_max_attempts": 2}',
        f"{RESOLVING}::test_a_flood_of_forged_tokens_is_not_made_larger",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "len(token) > TOKEN_LENGTH_MAX",
        "len(token) > 10**9",
        f"{FLOODS}::test_a_forged_registration_stores_nothing_and_asks_aws_once_at_most",
    ),
    Break(
        "web/firewall.py",
        "if DIGESTS_VARIABLE not in stage:",
        "if True:",
        f"{FLOODS}::test_behind_a_firewall_only_what_came_through_it_is_answered",
    ),
    # Who it is, and what is stored.
    Break(
        "domain/subscriptions/placing.py",
        "        yield FolderKey(legacy_account_key(code, account)), FolderKey(customer)\n",
        "        yield FolderKey(customer), FolderKey(customer)\n",
        f"{REGISTRATION}::test_a_legacy_customer_is_billed_under_either_name",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "contact, now) for key in keys]",
        "contact, now) for key in keys[:1]]",
        f"{REGISTRATION}::test_contact_details_of_a_legacy_customer_stand_under_either_name",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "REFERENCE_LIFETIME = timedelta(minutes=30)",
        "REFERENCE_LIFETIME = timedelta(hours=30)",
        f"{REGISTRATION}::test_a_reference_lives_for_half_an_hour",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        '"customer_registered", subscriptions=list(keys), trial=trial',
        '"customer_registered", subscriptions=list(keys), trial=trial, reference=reference',
        f"{REGISTRATION}::test_neither_token_nor_reference_is_reported_or_kept",
    ),
    Break(
        "domain/subscriptions/registration.py",
        "len(text) <= FIELD_LENGTH_MAX and ",
        "",
        f"{CONTACTS}::test_an_address_that_is_too_long_is_refused_and_not_cut_into_somebody_elses",
    ),
    Break(
        "domain/subscriptions/registration.py",
        "{self.email}\\n{self.company}\\n{self.name}",
        "{self.email}{self.company}{self.name}",
        f"{CONTACTS}::test_the_digest_tells_where_one_detail_ends_and_the_next_begins",
    ),
    Break(
        "domain/subscriptions/placing.py",
        "return () if account is None else (fact.license,)",
        "return (fact.license,)",
        f"{IDENTITY}::test_who_cannot_be_billed_is_no_subscription",
    ),
    Break(
        "web/registration.py",
        "UnforeseenError(type(error).__name__)",
        "UnforeseenError(str(error))",
        f"{WEB}::test_no_error_at_all_leaves_the_buyer_without_a_page",
    ),
    Break(
        "web/registration.py",
        "if not isinstance(error, TokenMissingError):",
        "if isinstance(error, TokenInvalidError):",
        f"{WEB}::test_no_error_at_all_leaves_the_buyer_without_a_page",
    ),
    Break(
        "web/registration_pages.py",
        "reference=escape(reference)",
        "reference=reference",
        f"{PAGES}::test_hostile_input_is_text_and_nothing_else",
    ),
    Break(
        "web/registration_pages.py",
        "escape(error.public_message)",
        "escape(str(error))",
        f"{PAGES}::test_a_problem_tells_the_buyer_what_to_do_and_nothing_about_its_cause",
    ),
    Break(
        "web/brand.py",
        "form-action 'self'; ",
        "",
        "tests/unit/web/test_brand.py::test_nothing_may_be_loaded_framed_or_sent_elsewhere",
    ),
    # What AWS knows of a buyer.
    Break(
        "domain/subscriptions/registration.py",
        'tidy_company if len(tidy_company) <= FIELD_LENGTH_MAX else ""',
        "tidy_company[:FIELD_LENGTH_MAX]",
        f"{CONTACTS}::test_of_what_aws_knows_only_what_fits_is_filled_in",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "            return self._without_contact(agreement_id, str(error))\n",
        "            raise\n",
        f"{KNOWN}::test_a_refusal_of_aws_costs_the_buyer_nothing_else",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "if self.clock.seconds_left() < CONTACT_SECONDS_MIN:",
        "if self.clock.seconds_left() < 0:",
        f"{KNOWN}::test_nothing_is_asked_when_it_would_take_the_pages_time",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "contact: KnownContact = field(default_factory=KnownContact, repr=False)",
        "contact: KnownContact = field(default_factory=KnownContact)",
        f"{KNOWN}::test_what_aws_knows_is_neither_stored_nor_told",
    ),
    Break(
        "runtime/registration_settings.py",
        " and not signup_url",
        "",
        f"{SETTINGS}::test_aws_is_asked_for_contacts_where_they_are_wanted_and_shown",
    ),
    Break(
        "runtime/registration_wiring.py",
        "_agreement_contacts() if settings.asks_contacts else None",
        "_agreement_contacts()",
        "tests/unit/functions/test_register_customer.py::"
        "test_the_form_begins_with_whom_the_buyer_named_to_aws_where_that_is_chosen",
    ),
    # The page grown up.
    Break(
        "web/brand.py",
        "> _BRIGHT else",
        "> 0.5 else",
        "tests/unit/web/test_brand.py::test_a_button_is_legible_whatever_its_colour",
    ),
    Break(
        "web/registration.py",
        "if phase is Phase.PENDING and is_looking:",
        "if phase is Phase.PENDING:",
        "tests/unit/web/test_registration_status.py::"
        "test_a_page_that_was_told_to_stop_does_not_look_again",
    ),
    Break(
        "adapters/subscriptions_table/references.py",
        """ or int(item["expires_at"]["N"]) <= now.timestamp()""",
        "",
        "tests/integration/adapters/test_subscription_book.py::"
        "test_a_reference_that_is_too_old_tells_nothing",
    ),
    Break(
        "adapters/subscriptions_table/references.py",
        "attribute_exists(pk) AND attribute_not_exists(has_letter)",
        "attribute_not_exists(has_letter)",
        "tests/integration/adapters/test_subscription_book.py::"
        "test_a_letter_is_claimed_once_for_a_reference",
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        'company if "company" in self.contact_fields else ""',
        "company",
        "tests/unit/web/test_registration_status.py::"
        "test_what_nobody_asked_for_is_not_stored_though_somebody_sends_it",
    ),
    Break(
        "adapters/subscriptions_table/contacts.py",
        "for one in readers)",
        "for one in [])",
        "tests/integration/adapters/test_contact_book.py::"
        "test_nothing_of_it_is_left_under_any_name_and_a_line_says_who_and_when",
    ),
)
