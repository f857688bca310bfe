"""Breaks of what is known of contracts: a wrong one would bill what is included, or not bill."""

from tests.breaks.trying import Break

ADAPTER = "tests/integration/adapters/test_entitlements.py"
ASKING = "tests/unit/use_cases/subscriptions/test_ask_entitlements.py"
EVENTS = "tests/unit/use_cases/subscriptions/test_asking_after_events.py"
REGISTERING = "tests/unit/use_cases/subscriptions/test_registration_entitlements.py"
SWEEP = "tests/unit/use_cases/subscriptions/test_sweep_entitlements.py"
LIVES = "tests/unit/domain/subscriptions/test_lives.py"
STORAGE = "tests/integration/adapters/test_subscriptions_table_storage.py"

BREAKS: tuple[Break, ...] = (
    Break(
        "adapters/entitlements.py",
        "page = call(partial(ask, NextToken=token))",
        "break",
        f"{ADAPTER}::test_every_page_is_read_and_an_empty_one_can_have_a_successor",
    ),
    Break("adapters/entitlements.py", "if token in tokens:", "if False:", ADAPTER),
    Break("adapters/entitlements.py", "== self._pages_max", "== -1", ADAPTER),
    Break(
        "adapters/entitlements.py",
        "if told is None and not _says_nothing(page):",
        "if False:",
        f"{ADAPTER}::test_what_is_no_answer_is_never_taken_for_nothing_held",
    ),
    Break(
        "adapters/entitlements.py",
        "Decimal(str(number))",
        "Decimal(number)",
        f"{ADAPTER}::test_every_kind_of_value_is_read_exactly_in_the_order_of_dimensions",
    ),
    Break(
        "adapters/entitlements.py",
        '"CUSTOMER_AWS_ACCOUNT_ID", account_id',
        '"CUSTOMER_IDENTIFIER", account_id',
        "tests/integration/adapters/test_entitlement_service.py",
    ),
    Break("domain/subscriptions/life.py", "one.asked_at < ended_at", "True", LIVES),
    Break("domain/subscriptions/life.py", "in_time[-1:] or said", "in_time[-1:]", LIVES),
    Break(
        "domain/subscriptions/life.py",
        "starts_at <= fact.at)\n    ]\n    in",
        "True)\n    ]\n    in",
        LIVES,
    ),
    Break(
        "adapters/subscriptions_table/states.py",
        "except (TypeError, ArithmeticError) as error:",
        "except IndexError as error:",
        f"{STORAGE}::test_a_subscription_that_cannot_be_read_is_reported_and_hides_no_other",
    ),
    Break(
        "use_cases/subscriptions/ask_entitlements.py",
        "if has_ended and known is not None:",
        "if False:",
        ASKING,
    ),
    Break(
        "use_cases/subscriptions/ask_entitlements.py",
        "not _is_old(known, now, changed_at) and _same",
        "_same",
        ASKING,
    ),
    Break(
        "use_cases/subscriptions/ask_entitlements.py",
        " and _same(known, said):",
        " and known.all == said.all:",
        f"{ASKING}::test_yes_is_not_one",
    ),
    Break(
        "use_cases/subscriptions/ask_entitlements.py",
        "found.setdefault(state.alias_of or state.folder, one)",
        "found.setdefault(state.folder, one)",
        ASKING,
    ),
    Break(
        "use_cases/subscriptions/ask_entitlements.py",
        "changed_at is not None and known.asked_at < changed_at",
        "False",
        f"{SWEEP}::test_whose_agreement_changed_is_asked_for_once",
    ),
    Break(
        "use_cases/subscriptions/track_agreements.py",
        "return trouble is None or not trouble.retryable",
        "return True",
        EVENTS,
    ),
    Break(
        "use_cases/subscriptions/track_agreements.py",
        "return trouble is None or not trouble.retryable",
        "return trouble is None",
        EVENTS,
    ),
    Break(
        "use_cases/subscriptions/track_agreements.py",
        "if self.keep.clock.seconds_left() < ASK_SECONDS_MIN:",
        "if False:",
        EVENTS,
    ),
    Break(
        "use_cases/subscriptions/track_agreements.py",
        "if fact.kind in _CHANGING:",
        "if True:",
        EVENTS,
    ),
    Break(
        "use_cases/subscriptions/register_customer.py",
        "if self.clock.seconds_left() < ENTITLEMENTS_SECONDS_MIN:",
        "if False:",
        REGISTERING,
    ),
    Break(
        "use_cases/subscriptions/sweep_entitlements.py",
        "pace.wait()",
        "pass",
        f"{SWEEP}::test_at_most_half_of_awss_quota_is_used",
    ),
    Break(
        "use_cases/subscriptions/sweep_entitlements.py",
        "refused.add(one.product_code)",
        "pass",
        f"{SWEEP}::test_a_refusal_ends_the_asking_for_that_product_alone",
    ),
    Break(
        "use_cases/subscriptions/sweep_entitlements.py",
        "is_over = trouble.retryable",
        "pass",
        SWEEP,
    ),
    Break(
        "use_cases/subscriptions/sweep_entitlements.py",
        "if one.alias_of is None",
        "if True",
        f"{SWEEP}::test_who_has_two_names_is_asked_for_once",
    ),
)
