"""Breaks of what the seller's systems ask and say."""

from tests.breaks.trying import Break

_API = "web/seller_api.py"
_SUBSCRIPTIONS = "web/api_subscriptions.py"
_REPORTS = "web/api_usage_reports.py"
_SIGN_UP = "use_cases/subscriptions/redeem_registration.py"
_LISTING = "adapters/subscriptions_table/listing.py"
ANSWERS = "tests/unit/web/test_seller_api.py"
TOLD = "tests/unit/web/test_api_subscriptions.py"
INCLUDED = "tests/unit/web/test_api_allowances.py"
USED = "tests/unit/web/test_api_usage_reports.py"
REDEEMED = "tests/unit/web/test_api_sign_up.py"
STATES = "tests/integration/adapters/test_subscription_states.py"

BREAKS: tuple[Break, ...] = (
    # What a contract includes.
    Break(
        "web/api_allowances.py",
        '"left": None if granted is None else',
        '"left": None if False else',
        f"{INCLUDED}::test_as_long_as_aws_has_not_said_how_much_nobody_knows_what_is_left",
    ),
    Break(
        "use_cases/accounting/read_allowances.py",
        "current.add(key)",
        "current.update(known)",
        f"{INCLUDED}::test_a_period_that_is_over_is_told_apart",
    ),
    Break(
        "domain/allowances/rules.py",
        "next_month_of(datetime(int(year), int(month), 1, tzinfo=UTC))",
        "datetime(int(year), int(month), 1, tzinfo=UTC)",
        "tests/unit/domain/allowances/test_rules.py::test_a_period_ends_where_the_next_one_begins",
    ),
    Break(
        _API,
        "answer, code = _explained(MeterhouseError(), request)",
        "answer, code = _explained(ApiRefusedError(500, 'internal', str(error)), request)",
        f"{ANSWERS}::test_what_fails_is_told_without_the_text_of_the_failure",
    ),
    Break(
        _API,
        "self._tell(answer, request, type(error).__name__)",
        "self._tell(answer, request, repr(error))",
        f"{ANSWERS}::test_the_text_of_what_nobody_foresaw_is_not_logged",
    ),
    Break(
        _API,
        "if not given.keys() <= {*known}:",
        "if False:",
        f"{TOLD}::test_a_word_that_says_nothing_clear_changes_nothing",
    ),
    Break(
        _SUBSCRIPTIONS,
        "if (of, with_value) == (name, value):",
        "if of or with_value:",
        f"{TOLD}::test_a_page_that_nobody_gave_out_is_refused",
    ),
    Break(
        _SUBSCRIPTIONS,
        "if stopped_at > now:",
        "if stopped_at is None:",
        f"{TOLD}::test_a_word_that_says_nothing_clear_changes_nothing",
    ),
    Break(
        "use_cases/subscriptions/say_stopped.py",
        "start_run_for(learned.states, self.start_run, self.report)",
        "start_run_for((), self.start_run, self.report)",
        f"{TOLD}::test_a_product_that_stops_after_the_end_has_its_last_hour_billed_at_once",
    ),
    Break(
        _SIGN_UP,
        'used_for = sha256_hex(f"api\\n{reference}\\n{client_token}")',
        'used_for = sha256_hex(f"api\\n{reference}")',
        f"{REDEEMED}::test_a_second_request_gets_nothing",
    ),
    Break(
        "web/api_sign_up.py",
        'said.get("client_token", f"request {request.request_id}")',
        'said.get("client_token", "none")',
        f"{REDEEMED}::test_a_second_request_gets_nothing",
    ),
    Break(
        _LISTING,
        "if item is None or not is_listed(item):",
        "if item is None:",
        f"{STATES}::test_what_is_another_products_is_nobodys_here",
    ),
    Break(
        _REPORTS,
        "lines = [line for line in used.lines if first_at <= line.hour_at < end_at]",
        "lines = list(used.lines)",
        f"{USED}::test_a_span_has_its_own_hours_alone",
    ),
    Break(
        _REPORTS,
        "if end_at - first_at > SPAN_MAX:",
        "if end_at == first_at:",
        f"{USED}::test_a_span_is_bounded_and_means_one_thing",
    ),
)
