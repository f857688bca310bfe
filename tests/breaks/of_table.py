"""Breaks of the usage table: what a step demands, and how things stand there."""

from tests.breaks.trying import Break

ADAPTERS = "tests/integration/adapters"
BATCHES = f"{ADAPTERS}/test_usage_ledger_batches.py"
BOOK_STORAGE = f"{ADAPTERS}/test_subscriptions_table_storage.py"
CARRIES = f"{ADAPTERS}/test_usage_ledger_carries.py"
CLOSING = f"{ADAPTERS}/test_usage_ledger_closing.py"
CORRUPTION = f"{ADAPTERS}/test_usage_table_corruption.py"
DUE = f"{ADAPTERS}/test_usage_ledger_due.py"
FREEZING = f"{ADAPTERS}/test_usage_ledger_freezing.py"
HEADS = f"{ADAPTERS}/test_usage_ledger_heads.py"
LAYOUT = f"{ADAPTERS}/test_usage_table_layout.py"
QUOTA = f"{ADAPTERS}/test_call_quota.py"
RECORDS = f"{ADAPTERS}/test_usage_table_records.py"
SEGMENTS = f"{ADAPTERS}/test_usage_ledger_segments.py"
SHEETS = f"{ADAPTERS}/test_usage_ledger_sheets.py"
STORAGE = f"{ADAPTERS}/test_usage_table_storage.py"
TRANSACTIONS = f"{ADAPTERS}/test_usage_table_transactions.py"

BREAKS: tuple[Break, ...] = (
    # Heads, leases and what is due.
    Break(
        "adapters/usage_table/heads.py",
        'only_if="#open = :generation"',
        'only_if="#open >= :generation"',
        f"{HEADS}::test_a_log_is_not_woken_for_another_generation",
    ),
    Break(
        "adapters/usage_table/heads.py",
        '"#open = :before AND (',
        '"#open >= :before AND (',
        f"{CLOSING}::test_a_log_is_not_taken_by_who_saw_another_generation_open",
    ),
    Break(
        "adapters/usage_table/heads.py",
        "for name in outcome.keys() - due_attributes(None).keys()}",
        "for name in outcome}",
        f"{CLOSING}::test_usage_that_came_during_a_closing_keeps_its_due_time",
    ),
    Break(
        "adapters/usage_table/heads.py",
        'return item.get("released") == token',
        "return True",
        f"{CLOSING}::test_a_lease_that_was_taken_over_releases_nothing",
    ),
    Break(
        "adapters/usage_table/heads.py",
        'only_if = f"attribute_not_exists(#lease) AND {unchanged}"',
        "only_if = unchanged",
        f"{CLOSING}::test_a_log_that_somebody_closes_is_not_put_off",
    ),
    Break(
        "adapters/usage_table/head_items.py",
        '"holds": number(head.holds) if head.holds else None,',
        '"holds": None,',
        f"{CLOSING}::test_what_became_of_a_log_is_stored_when_its_lease_is_given_up",
    ),
    Break(
        "adapters/usage_table/head_items.py",
        '"is_balanced": {"BOOL": True} if head.is_balanced else None,',
        '"is_balanced": {"BOOL": True},',
        f"{SHEETS}::test_that_a_log_balances_is_remembered_until_it_is_closed_again",
    ),
    Break(
        "adapters/usage_table/ledger.py",
        "self._table.due(maybe_moment(now))",
        "self._table.due(None)",
        f"{DUE}::test_a_log_is_due_from_its_moment_on",
    ),
    Break(
        "adapters/usage_table/table.py",
        "Key=key, ConsistentRead=True)",
        "Key=key)",
        f"{STORAGE}::test_all_reads_but_those_of_the_index_are_strongly_consistent",
    ),
    Break(
        "adapters/usage_table/table.py",
        '"Item": item, "ConditionExpression": _ABSENT}}',
        '"Item": item}}',
        f"{FREEZING}::test_freezing_again_takes_back_no_step",
    ),
    Break(
        "adapters/usage_table/items.py",
        "return number(int(value.timestamp()))",
        "return number(int(value.timestamp() * 1000))",
        f"{BOOK_STORAGE}::test_a_reference_ends_by_itself_and_a_subscription_never_does",
    ),
    Break(
        "adapters/usage_table/items.py",
        "        ArithmeticError,\n",
        "",
        CORRUPTION,
    ),
    # Batches and what stands in them.
    Break(
        "adapters/usage_table/leased_writes.py",
        'if of_lease == "None" and CONDITION_FAILED in of_items:',
        "if CONDITION_FAILED in of_items:",
        f"{FREEZING} {TRANSACTIONS}",
    ),
    Break(
        "adapters/usage_table/leased_writes.py",
        "if len(list(table.get_each(keys))) < len(keys):",
        "if not list(table.get_each(keys)):",
        f"{CORRUPTION}::test_batches_that_were_frozen_in_part_are_named",
    ),
    Break(
        "adapters/usage_table/batches.py",
        'error.item.get("by") == nonce',
        'error.item.get("version") == number(batch.version)',
        f"{BATCHES}::test_of_two_steps_from_one_reading_only_the_first_is_stored",
    ),
    Break(
        "adapters/usage_table/table.py",
        "hashlib.sha256(repr(actions).encode())",
        "hashlib.sha256(repr(actions[:1]).encode())",
        f"{TRANSACTIONS}::test_the_token_of_a_request_is_that_of_no_other",
    ),
    Break(
        "adapters/usage_table/batch_items.py",
        "if batch.due_at is None and batch.needs_person:",
        "if batch.needs_person:",
        DUE,
    ),
    Break(
        "adapters/usage_table/record_statuses.py",
        "        sends=sends,\n        holds=holds,\n",
        "        sends=holds,\n        holds=sends,\n",
        f"{BATCHES}::test_every_field_of_a_status_is_read_back",
    ),
    Break(
        "adapters/usage_table/sealed_records.py",
        "{} if places == list(range(len(records)))",
        "{} if sorted(places) == list(range(len(records)))",
        f"{RECORDS}::"
        "test_a_legacy_customer_that_comes_before_a_license_does_not_change_places_with_it",
    ),
    Break(
        "adapters/usage_table/buyers.py",
        "LicenseIdentity) or buyer.product_code != product_code:",
        "LicenseIdentity):",
        f"{RECORDS}::test_a_license_of_another_product_keeps_its_product",
    ),
    Break(
        "adapters/usage_table/documents.py",
        "if not decompressor.eof or (rest and rest != ids + _checksum(ids)):",
        "if not decompressor.eof:",
        f"{RECORDS}::test_a_bit_that_was_changed_is_never_read_as_another_record_or_receipt",
    ),
    # Carries, manifests, segments and sheets.
    Break(
        "adapters/usage_table/carries.py",
        'only_if="#version = :before"',
        'only_if="#version >= :before"',
        f"{CARRIES}::test_of_two_targets_from_one_reading_the_first_stands",
    ),
    Break(
        "adapters/usage_table/carry_items.py",
        '"is_withheld": {"BOOL": True} if carry.is_withheld else None,',
        '"is_withheld": None,',
        f"{CARRIES}::test_that_a_carry_is_withheld_is_read_back",
    ),
    Break(
        "adapters/usage_table/manifests.py",
        'return "parts" in parts[0] and _parts_of(parts[0]) == len(parts)',
        'return "parts" in parts[0]',
        f"{CORRUPTION}::test_a_manifest_that_lost_a_part_is_never_taken_for_a_whole_one",
    ),
    Break(
        "adapters/usage_table/manifests.py",
        "if _parts_of(standing) == 1:",
        "if _parts_of(standing) >= 1:",
        f"{SEGMENTS}::test_a_manifest_of_many_segments_stands_whole",
    ),
    Break(
        "adapters/usage_table/manifests.py",
        "if CONDITION_FAILED in error.codes:\n                    return False",
        "if CONDITION_FAILED in error.codes:\n                    return True",
        f"{SEGMENTS}::test_a_manifest_of_many_segments_stands_whole",
    ),
    Break(
        "adapters/usage_table/segments.py",
        'f"{generation_name(last)}#{LAST}"',
        'f"{generation_name(last)}"',
        f"{SEGMENTS}::test_segments_of_some_generations_are_read_with_both_ends",
    ),
    # The account's calls, and the table as a whole.
    Break(
        "adapters/usage_table/call_quota.py",
        'ConditionExpression="place < :first"',
        'ConditionExpression="place <> :first"',
        QUOTA,
    ),
    Break(
        "adapters/usage_table/call_quota.py",
        'f"BatchMeterUsage#{calls_per_second}"',
        '"BatchMeterUsage"',
        f"{QUOTA}::test_a_changed_rate_starts_in_the_present",
    ),
    Break(
        "adapters/usage_table/layout.py",
        "return layout if layout.table == table_name else replace(layout, is_fenced=True)",
        "return layout",
        "tests/integration/operations/test_restore.py::"
        "test_a_table_with_another_name_than_it_was_written_for_is_fenced",
    ),
    Break(
        "adapters/usage_table/layout.py",
        "if self._layout is None or self._layout.is_fenced:",
        "if self._layout is None:",
        f"{LAYOUT}::test_a_fenced_table_is_looked_at_until_its_fence_is_taken_away",
    ),
)
