"""Breaks of the calls to AWS: DynamoDB, AWS Marketplace, queues, and who is registered."""

from tests.breaks.trying import Break

ADAPTERS = "tests/integration/adapters"
ANSWERS = f"{ADAPTERS}/test_metering_answers.py"
BOOK = f"{ADAPTERS}/test_subscription_book.py"
FOLDERS = "tests/integration/adapters/test_fact_folders.py"
BOOK_STORAGE = f"{ADAPTERS}/test_subscriptions_table_storage.py"
CALLS = f"{ADAPTERS}/test_metering_calls.py"
ROLE = "tests/integration/adapters/test_assumed_role.py"
GIVEN_BACK = f"{ADAPTERS}/test_messages_given_back.py"
QUEUE = f"{ADAPTERS}/test_usage_queue.py"
REJECTED = f"{ADAPTERS}/test_rejected_usage.py"
RESOLVING = f"{ADAPTERS}/test_resolve_customer.py"
SEGMENTS = f"{ADAPTERS}/test_usage_ledger_segments.py"
SILENCE = f"{ADAPTERS}/test_notes_after_a_silence.py"
STORAGE = f"{ADAPTERS}/test_usage_table_storage.py"
TRANSACTIONS = f"{ADAPTERS}/test_usage_table_transactions.py"

BREAKS: tuple[Break, ...] = (
    # Calls to DynamoDB.
    Break(
        "adapters/dynamodb.py",
        '{"Keys": wanted, "ConsistentRead": True}',
        '{"Keys": wanted, "ConsistentRead": False}',
        STORAGE,
    ),
    Break(
        "adapters/dynamodb.py",
        '"ConsistentRead": True,\n',
        '"ConsistentRead": False,\n',
        STORAGE,
    ),
    Break(
        "adapters/dynamodb.py",
        'unprocessed = answer["UnprocessedKeys"].get(table_name)',
        'unprocessed = answer["UnprocessedKeys"].get("Keys")',
        f"{STORAGE}::test_keys_that_dynamodb_leaves_unprocessed_are_asked_for_again",
    ),
    Break(
        "adapters/dynamodb.py",
        'last_key = answer.get("LastEvaluatedKey")',
        "last_key = None",
        f"{SEGMENTS}::test_large_segments_are_read_over_many_pages",
    ),
    Break(
        "adapters/dynamodb.py",
        'ConditionFailedError(details.get("Item"))',
        "ConditionFailedError(None)",
        f"{TRANSACTIONS}::test_a_step_whose_answer_was_lost_is_our_own",
    ),
    Break(
        "adapters/dynamodb.py",
        '"TransactionConflictException",',
        '"TransactionConflict",',
        f"{TRANSACTIONS}::test_a_single_write_is_repeated_when_it_meets_a_transaction",
    ),
    # Calls to AWS Marketplace, in the role of another account.
    Break(
        "adapters/assumed_role.py",
        "not is_server_error(error) and code_of(error) not in THROTTLING_CODES",
        "not is_server_error(error)",
        f"{ROLE}::test_what_passes_by_itself_is_an_outage_and_nothing_is_sent",
    ),
    Break(
        "adapters/assumed_role.py",
        "self._failed_until = self._now() + FAILED_SECONDS",
        "self._failed_until = self._now()",
        f"{ROLE}::test_what_failed_a_moment_ago_is_asked_again_a_few_seconds_later",
    ),
    Break(
        "adapters/marketplace.py",
        "return Refused(Reason.ROLE_REFUSED, RefusalCause.DEPLOYMENT)",
        "return NotSent(str(error))",
        f"{ROLE}::test_a_role_that_is_refused_is_a_fault_of_the_deployment_and_nothing_is_sent",
    ),
    Break(
        "adapters/role_session.py",
        "CredentialResolver([_RoleProvider(assume)])",
        'own.get_component("credential_provider")',
        f"{ROLE}::test_every_marketplace_call_is_made_in_the_role_and_no_other_call_is",
    ),
    # Calls to AWS Marketplace.
    Break(
        "adapters/marketplace.py",
        '"total_max_attempts": 1}',
        '"total_max_attempts": 2}',
        f"{CALLS}::test_no_failure_is_tried_again_in_secret",
    ),
    Break(
        "adapters/marketplace.py",
        "return OutcomeUnknown(type(error).__name__)",
        "return NotSent(type(error).__name__)",
        f"{CALLS}::test_an_answer_that_does_not_come_leaves_the_outcome_unknown",
    ),
    Break(
        "adapters/marketplace_failures.py",
        ">= _SERVER_ERROR",
        "> _SERVER_ERROR",
        f"{CALLS}::test_after_a_server_error_the_call_may_have_been_applied",
    ),
    Break(
        "adapters/marketplace.py",
        "int(moment.timestamp()) // _SECONDS_PER_HOUR",
        "int(moment.timestamp())",
        f"{ANSWERS}::test_a_record_is_recognised_however_aws_echoes_it",
    ),
    Break(
        "adapters/marketplace.py",
        "if position == 0 or key not in named:",
        "if position >= 0:",
        f"{ANSWERS}::test_what_aws_adds_to_one_echo_does_not_answer_for_another_record",
    ),
    Break(
        "adapters/marketplace.py",
        "Missing()) for record in records",
        "Unprocessed()) for record in records",
        f"{ANSWERS}::test_a_record_in_neither_list_of_the_reply_proves_nothing",
    ),
    Break(
        "adapters/marketplace.py",
        "return Refused(AwsCode(code), RefusalCause.DEPLOYMENT)",
        "return Refused(AwsCode(code), RefusalCause.UNKNOWN)",
        f"{ANSWERS}::test_whoever_is_denied_under_a_name_that_nobody_knows_is_denied",
    ),
    Break(
        "adapters/resolving.py",
        'that the SDK refuses") from None',
        'that the SDK refuses")',
        f"{RESOLVING}::test_what_the_sdk_says_of_a_token_that_it_refuses_is_not_repeated",
    ),
    # The usage queue, and what drains note of it.
    Break(
        "adapters/usage_queue.py",
        "oldest_at = min(message.sent_at",
        "oldest_at = max(message.sent_at",
        f"{QUEUE}::test_of_messages_that_come_back_the_oldest_counts",
    ),
    Break(
        "adapters/usage_queue.py",
        "pause_seconds = max(retry_pause_seconds",
        "pause_seconds = min(retry_pause_seconds",
        f"{GIVEN_BACK}::test_the_message_that_comes_back_last_says_until_when_all_of_them_count",
    ),
    Break(
        "adapters/usage_queue.py",
        'return len(answer.get("Failed", []))',
        "return 0",
        f"{GIVEN_BACK}::test_messages_that_sqs_does_not_hasten_are_counted",
    ),
    Break(
        "adapters/usage_queue.py",
        "return len(batch)\n",
        "return 0\n",
        f"{GIVEN_BACK}::test_messages_that_sqs_does_not_hasten_are_counted",
    ),
    Break(
        "adapters/usage_table/drain_notes.py",
        "NOTE_LIFETIME = timedelta(minutes=20)",
        "NOTE_LIFETIME = timedelta(minutes=2)",
        QUEUE,
    ),
    Break(
        "adapters/usage_table/drain_notes.py",
        "if noted_sent_at <= sent_at and now",
        "if now",
        f"{QUEUE}::test_a_drain_that_goes_back_says_so_at_once",
    ),
    Break(
        "adapters/usage_table/drain_notes.py",
        "if self._has_failed or (is_new and",
        "if (is_new and",
        f"{SILENCE}::test_after_a_note_that_failed_messages_of_any_time_may_come",
    ),
    Break(
        "adapters/usage_table/drain_notes.py",
        "if ends in self._kept and self._kept[ends] <= sent_at:",
        "if ends in self._kept:",
        f"{GIVEN_BACK}::test_older_messages_that_are_given_back_in_the_same_minute_are_noted_too",
    ),
    Break(
        "adapters/usage_table/drain_notes.py",
        '"expires_at": epoch_number(counts_until + _TTL_DELAY),',
        "",
        f"{GIVEN_BACK}::test_notes_that_no_longer_count_are_left_to_the_tables_ttl",
    ),
    # Rejected usage.
    Break(
        "adapters/rejected_usage.py",
        'return {batch[int(entry["Id"])].message_id for entry in answer.get("Failed", [])}',
        "return set()",
        f"{REJECTED}::test_a_body_that_the_queue_refuses_keeps_its_message_and_no_other",
    ),
    Break(
        "adapters/rejected_usage.py",
        "range(0, len(raw), _PART_CHARACTERS)",
        "range(0, len(raw) - _PART_CHARACTERS, _PART_CHARACTERS)",
        f"{REJECTED}::test_a_body_of_a_mebibyte_arrives_in_parts_that_reassemble",
    ),
    Break(
        "adapters/rejected_usage.py",
        'self._report.failure("rejected_usage_not_sent"',
        'self._report.event("rejected_usage_not_sent"',
        f"{REJECTED}::test_a_queue_that_does_not_answer_keeps_every_message",
    ),
    # Subscriptions.
    Break(
        "adapters/subscriptions_table/references.py",
        '"expires_at > :now AND "',
        '"expires_at > :now OR "',
        BOOK,
    ),
    Break(
        "adapters/subscriptions_table/references.py",
        '"(attribute_not_exists(redeemed_with) OR redeemed_with = :form)"',
        '"attribute_not_exists(redeemed_with)"',
        f"{BOOK}::test_the_same_form_may_come_twice_and_another_one_may_not",
    ),
    Break(
        "adapters/subscriptions_table/references.py",
        "if item is None:",
        "if False:",
        f"{BOOK}::test_contact_details_of_a_subscription_that_is_gone_are_refused",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        "except (KeyError, ValueError) as error:",
        "except IndexError as error:",
        f"{BOOK_STORAGE}::test_a_subscription_that_cannot_be_read_is_reported_and_hides_no_other",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        '("> :after", after)',
        '(">= :after", after)',
        f"{FOLDERS}::test_who_ends_is_found_until_aws_takes_no_more",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        'ConditionExpression="#version = :version"',
        'ConditionExpression="#version <> :version OR #version = :version"',
        f"{FOLDERS}::test_a_state_is_written_over_the_one_that_was_read_and_over_no_other",
    ),
    Break(
        "adapters/subscriptions_table/access.py",
        'put = partial(put, ConditionExpression="attribute_not_exists(pk)")',
        "pass",
        f"{FOLDERS}::test_a_fact_is_stored_once_and_read_as_it_was_told",
    ),
    Break(
        "adapters/subscriptions_table/folders.py",
        "((read, READER + reader), (reader, _READS + read))",
        "((reader, _READS + read),)",
        f"{FOLDERS}::test_folders_know_whom_they_read_and_who_reads_them",
    ),
    Break(
        "adapters/subscriptions_table/folders.py",
        "except (UnreadableError, ValueError, TypeError, ArithmeticError):",
        "except IndexError:",
        f"{BOOK_STORAGE}::test_a_fact_of_another_version_is_shown_and_hides_no_other",
    ),
    Break(
        "adapters/subscriptions_table/states.py",
        "    if not is_listed:",
        "    if False:",
        f"{BOOK_STORAGE}::test_an_agreement_is_found_by_its_phase_only_as_long_as_it_has_no_license",
    ),
    Break(
        "adapters/billed_identities.py",
        "return LegacyAccountIdentity(product_code, account)",
        "return LegacyCustomerIdentity(product_code, account)",
        f"{BOOK}::test_a_legacy_customer_is_found_under_both_names",
    ),
)
