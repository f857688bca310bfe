"""Breaks of the sweep of the Agreement API."""

from tests.breaks.trying import Break

_FOLDER = "tests/unit/use_cases/subscriptions"
SWEEP, RUNS = f"{_FOLDER}/test_sweep.py", f"{_FOLDER}/test_sweep_runs.py"
JUDGES = f"{_FOLDER}/test_sweep_judges.py"
API = "tests/integration/adapters/test_agreements.py"
BOOK = "tests/integration/adapters/test_sweep_book.py"
_SWEEP = "use_cases/subscriptions/sweep_agreements.py"
_CURSOR = "domain/subscriptions/sweeping.py"
_PLACING = "domain/subscriptions/placing.py"

BREAKS: tuple[Break, ...] = (
    Break(
        _SWEEP,
        "SEARCH_PAUSE = timedelta(seconds=0.5)",
        "SEARCH_PAUSE = timedelta(seconds=0.3)",
        f"{RUNS}::test_calls_take_half_of_awss_quotas_at_most",
    ),
    Break(
        _SWEEP,
        "ENTITLEMENTS_PAUSE = timedelta(seconds=0.25)",
        "ENTITLEMENTS_PAUSE = timedelta(seconds=0.15)",
        f"{RUNS}::test_calls_take_half_of_awss_quotas_at_most",
    ),
    Break(
        _SWEEP,
        "            self.searches.wait()\n            previous",
        "            previous",
        f"{RUNS}::test_calls_take_half_of_awss_quotas_at_most",
    ),
    Break(
        _SWEEP,
        "if not self._learn_page(page, learn, answer):",
        "if self._learn_page(page, learn, answer) is None:",
        f"{RUNS}::test_a_run_that_has_no_time_left_says_so_and_the_next_one_goes_on",
    ),
    Break(
        _SWEEP,
        "                if self._is_over:\n                    return False\n",
        "",
        f"{RUNS}::test_a_run_keeps_time_for_what_it_has_begun",
    ),
    Break(
        _SWEEP,
        "        finally:\n            start_run_for(states,",
        "        finally:\n            pass\n        start_run_for(states,",
        f"{RUNS}::test_an_end_is_billed_even_if_the_run_stops_within_its_page",
    ),
    Break(
        _SWEEP,
        " and one.described_at is None",
        "",
        f"{JUDGES}::test_what_only_events_told_is_named_after_a_whole_sweep",
    ),
    Break(
        _SWEEP,
        "if cursor.is_whole and not turned.is_running:",
        "if not turned.is_running:",
        f"{JUDGES}::test_what_only_events_told_is_named_after_a_whole_sweep",
    ),
    Break(
        _SWEEP,
        "                yield follows(found, previous)\n",
        "                pass\n",
        f"{SWEEP}::test_a_week_without_events_is_made_up_for "
        f"{SWEEP}::test_an_old_license_loses_access_when_the_end_of_its_line_is_found",
    ),
    Break(
        _SWEEP,
        " and is_suspended != (Flag.SUSPENDED in own.flags)",
        "",
        f"{SWEEP}::test_a_sweep_that_is_repeated_changes_nothing",
    ),
    Break(
        _SWEEP,
        "        if self.keep.products.are_not_of(own):\n            return\n",
        "",
        f"{JUDGES}::test_of_a_product_that_is_not_ours_nothing_is_billed_or_asked",
    ),
    Break(
        _CURSOR,
        "OVERLAP = timedelta(minutes=10)",
        "OVERLAP = timedelta(0)",
        f"{RUNS}::test_what_a_search_shows_late_is_found_within_the_overlap",
    ),
    Break(
        _CURSOR,
        "max(filter(None, (self.reached_at, *times)), default=None)",
        "times[-1] if times else self.reached_at",
        f"{RUNS}::test_pages_in_disorder_lose_nobody_and_never_turn_the_cursor_back",
    ),
    Break(
        _CURSOR,
        "            self, token=page.token, reached_at=reached_at,",
        "            self, token=None, reached_at=reached_at,",
        f"{RUNS}::test_a_run_that_is_cut_off_after_any_page_is_gone_on_with",
    ),
    Break(
        _CURSOR,
        "        after = None if self.reached_at is None else self.reached_at - OVERLAP\n",
        "        after = self.reached_at\n",
        f"{RUNS}::test_equal_times_on_the_border_of_pages_lose_nobody",
    ),
    Break(
        _CURSOR,
        "        if self.is_running:\n            return self\n",
        "",
        f"{RUNS}::test_a_run_that_is_cut_off_after_any_page_is_gone_on_with",
    ),
    Break(
        _CURSOR,
        "            return Cursor(self.version, is_running=True, is_whole=True)\n",
        "            return replace(self, is_running=True, is_whole=True)\n",
        f"{RUNS}::test_from_the_beginning_forgets_how_far_it_came",
    ),
    Break(
        _CURSOR,
        "        return False if self.end_reason in _OPTED_OUT else None\n",
        "        return None if self.end_behavior is None else False\n",
        f"{SWEEP}::test_whether_a_contract_renews_is_known",
    ),
    Break(
        _PLACING,
        "product_id is not None and bool(ids)",
        "False",
        f"{JUDGES}::test_of_a_product_that_is_not_ours_nothing_is_billed_or_asked",
    ),
    Break(
        _PLACING,
        "        return replace(state, identity=None, phase=Phase.PENDING, has_access=False)\n",
        "        return state\n",
        f"{JUDGES}::test_a_code_that_comes_to_be_known_tells_that_a_license_is_not_ours",
    ),
    Break(
        _PLACING,
        " or state.registered_at is not None",
        "",
        f"{JUDGES}::test_whose_buyer_registered_is_ours_whatever_is_declared",
    ),
    Break(
        "adapters/agreements.py",
        '        raise MarketplaceOutageError("an answer without a list of agreements")\n',
        "        return []\n",
        f"{API}::test_what_is_no_answer_is_never_taken_for_nothing_found",
    ),
    Break(
        "adapters/agreements.py",
        "if token is not None and error.code == _INVALID:",
        "if error.code == _INVALID:",
        f"{API}::test_every_failure_says_whether_it_passes",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        'ConditionExpression="#version = :version"',
        'ConditionExpression="#version >= :version"',
        f"{BOOK}::test_only_who_read_the_last_one_moves_it",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        '        put = partial(put, ConditionExpression="attribute_not_exists(pk)")\n',
        "        pass\n",
        f"{BOOK}::test_only_who_read_the_last_one_moves_it",
    ),
)
