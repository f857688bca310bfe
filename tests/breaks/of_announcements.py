"""Breaks of what the seller's systems are told."""

from tests.breaks.trying import Break

_ANNOUNCING = "domain/subscriptions/announcing.py"
_CHANGES = "use_cases/subscriptions/announce_changes.py"
TOLD = "tests/unit/domain/subscriptions/test_announcing.py"
HELD = "tests/unit/domain/subscriptions/test_announcing_entitlements.py"
ORDER = "tests/unit/use_cases/subscriptions/test_announce_changes.py"
USAGE = "tests/unit/domain/records/test_announcing.py"
ALLOWANCES = "tests/unit/domain/allowances/test_announcing.py"
FILTER = "tests/template/test_announcements.py"
FUNCTION = "tests/unit/functions/test_announce_changes.py"

BREAKS: tuple[Break, ...] = (
    # Usage that ends unbilled.
    Break(
        "domain/records/announcing.py",
        " and known.get(one.key) is not one.state",
        "",
        f"{USAGE}::test_an_end_is_told_of_once_whatever_becomes_of_its_neighbours",
    ),
    Break(
        "domain/records/announcing.py",
        "said = [self.news, self.change.sequence, ",
        "said = [self.news, self.change.record_id, ",
        f"{USAGE}::test_what_ends_so_again_after_a_redrive_is_told_of_again",
    ),
    Break(
        "adapters/usage_table/batch_items.py",
        'text("unbilled") if batch.needs_person else None',
        'text("unbilled")',
        f"{FILTER}::test_a_batch_starts_the_function_exactly_if_usage_of_it_ended_unbilled",
    ),
    # Allowances that are used up.
    Break(
        "domain/allowances/allowance.py",
        "if before * _WHOLE_PERCENT < granted",
        "if before * _WHOLE_PERCENT <= granted",
        f"{ALLOWANCES}::test_a_threshold_is_told_of_by_the_taking_that_reaches_it",
    ),
    Break(
        "domain/allowances/announcing.py",
        "self.percent, self._granted()]",
        "self.percent]",
        f"{ALLOWANCES}::test_more_that_is_granted_has_thresholds_of_its_own",
    ),
    Break(
        "adapters/usage_table/allowance_items.py",
        'text("crossed") if one.is_news else None',
        'text("crossed")',
        f"{FILTER}::test_an_allowance_starts_the_function_exactly_if_a_threshold_of_it_is_crossed",
    ),
    # Who joins late.
    Break(
        _ANNOUNCING,
        "if not news and self.is_asked_for and",
        "if self.is_asked_for and",
        f"{TOLD}::test_what_did_not_change_is_told_to_those_who_ask_and_to_nobody_else",
    ),
    Break(
        _ANNOUNCING,
        "said = [self.news, change.sequence, _said(change.after), self._more()]",
        "said = [self.news, change.record_id, _said(change.after), self._more()]",
        f"{TOLD}::test_a_repetition_has_the_same_id_and_everything_else_another",
    ),
    Break(
        _ANNOUNCING,
        "said = [self.news, change.sequence, _said(change.after), self._more()]",
        "said = [self.news, change.sequence, change.after.folder]",
        f"{TOLD}::test_a_repetition_has_the_same_id_and_everything_else_another",
    ),
    Break(
        _ANNOUNCING,
        "state is None or state.alias_of is not None or",
        "state is None or",
        f"{TOLD}::test_nobody_is_told_of_under_two_names_in_the_end",
    ),
    Break(
        _ANNOUNCING,
        " or state.folder.startswith(AGREEMENT_PREFIX)",
        "",
        f"{TOLD}::test_of_this_nothing_is_told",
    ),
    Break(
        _ANNOUNCING,
        "return tuple(news) or (News.CHANGED,)",
        "return tuple(news)",
        f"{TOLD}::test_something_is_told_exactly_if_what_is_told_is_another",
    ),
    Break(
        _ANNOUNCING,
        "(_held(before) != _held(after))",
        "((before and before.entitlements) != after.entitlements)",
        f"{HELD}::test_of_entitlements_it_is_no_news_that",
    ),
    Break(
        _ANNOUNCING,
        "return said and {**said, ",
        "return said and {**said} or {",
        f"{HELD}::test_of_entitlements_it_is_no_news_that",
    ),
    Break(
        _ANNOUNCING,
        "return [tell_entitlement(one) for one in held.all] if",
        "return [{'': one.value} for one in held.all] if",
        f"{HELD}::test_a_quantity_of_one_is_another_thing_than_yes",
    ),
    Break(
        "domain/subscriptions/folding.py",
        "alias_of = None if state.folder == key else state.folder",
        "alias_of = None",
        f"{TOLD}::test_a_legacy_customer_is_told_of_once_though_usage_may_name_him_by_account",
    ),
    Break(
        _CHANGES,
        "            stuck |= {one.subscription for one in refused}\n"
        "            told = [one for one in wave if one not in refused]\n",
        "            stuck |= {one.id for one in refused}\n            told = list(wave)\n",
        f"{ORDER}::test_what_stays_refused_holds_up_its_own_subscription_and_no_other",
    ),
    Break(
        _CHANGES,
        "strict=True) if size <= CALL_BYTES_MAX]",
        "strict=True)]",
        f"{ORDER}::test_contracts_of_many_dimensions_are_told_in_as_many_calls_as_they_need",
    ),
    Break(
        _CHANGES,
        "first.setdefault(one.subscription, one)",
        "first.setdefault(one.id, one)",
        f"{ORDER}::test_a_life_is_told_in_its_order_though_a_call_takes_its_entries_in_any",
    ),
    Break(
        _CHANGES,
        "            if self.clock.seconds_left() < CALL_SECONDS_MIN + pause:\n"
        "                break\n",
        "",
        f"{ORDER}::test_a_call_is_never_begun_that_may_outlast_the_run",
    ),
    Break(
        "adapters/announcement_bus.py",
        'if "EventId" not in entry:',
        "if not entry:",
        f"{FUNCTION}::test_an_entry_that_is_refused_for_good_is_named_by_its_record",
    ),
    Break(
        "adapters/subscriptions_table/changes.py",
        'told["Keys"]["sk"]["S"] != STATE',
        'told["Keys"]["sk"]["S"] == "reference"',
        f"{FUNCTION}::test_whatever_else_the_table_wrote_is_nothing_to_tell",
    ),
    Break(
        "adapters/subscriptions_table/states.py",
        "    if news:\n",
        "    if news is not None:\n",
        f"{FILTER}::test_a_state_starts_the_function_exactly_if_there_is_something_to_tell",
    ),
    Break(
        "use_cases/subscriptions/keep_subscriptions.py",
        "news = news_of(opened.state, state)",
        "news = news_of(None, state)",
        f"{TOLD}::test_a_state_that_says_the_same_is_no_news",
    ),
)
