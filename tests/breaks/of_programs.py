"""Breaks of what Lambda runs, and of how usage is read and told."""

from tests.breaks.trying import Break

OBSERVABILITY = "tests/unit/runtime/test_observability.py"
SETTINGS = "tests/unit/runtime/test_settings.py"
WIRING = "tests/unit/functions/test_wiring.py"
WORKERS = "tests/unit/runtime/test_workers.py"
COMMANDS = "tests/unit/domain/test_operator_commands.py"
EVENTS = "tests/unit/domain/usage/test_events.py"
REJECTIONS = "tests/unit/domain/usage/test_event_rejections.py"
EVERY_FAULT = "tests/unit/domain/usage/test_every_fault.py"
ENVELOPES = "tests/unit/domain/usage/test_envelopes.py"
AS_THEY_CAME = "tests/unit/domain/usage/test_messages_as_they_came.py"
TOPICS_AND_BUSES = "tests/unit/use_cases/test_usage_from_topics_and_buses.py"
IDENTITY = "tests/unit/domain/subscriptions/test_identity.py"
PACKING = "tests/unit/domain/calls/test_packing_calls.py"
PAYLOAD = "tests/unit/domain/calls/test_payload.py"
QUANTITY = "tests/unit/domain/test_quantity.py"
STRICT_JSON = "tests/unit/domain/test_strict_json.py"

BREAKS: tuple[Break, ...] = (
    # What Lambda runs.
    Break(
        "runtime/environ.py",
        'return value == "true"',
        "return bool(value)",
        f"{SETTINGS}::test_zeros_are_told_only_where_they_are_asked_for",
    ),
    Break(
        "runtime/settings.py",
        "settle=timedelta(minutes=",
        "settle=timedelta(seconds=",
        f"{SETTINGS}::test_metering_settings_are_read_in_their_units",
    ),
    Break(
        "runtime/observability.py",
        "_root.setLevel(max(_root.level, logging.INFO))",
        "_root.setLevel(min(_root.level, logging.INFO))",
        OBSERVABILITY,
    ),
    Break(
        "runtime/observability.py",
        "logger.error(name, extra=_present(fields))",
        "logger.info(name, extra=_present(fields))",
        f"{OBSERVABILITY}::test_a_failure_is_an_error_and_an_event_is_not",
    ),
    Break(
        "runtime/observability.py",
        "        try:\n            return handler(event, context, **kwargs)\n"
        "        finally:\n            _hand_over_totals()\n",
        "        answer = handler(event, context, **kwargs)\n"
        "        _hand_over_totals()\n        return answer\n",
        f"{OBSERVABILITY}::test_what_a_run_counted_before_it_failed_is_published",
    ),
    Break(
        "runtime/wiring.py",
        "return True, None\n",
        "return False, None\n",
        f"{WIRING}::test_a_drain_that_cannot_ask_whether_its_table_was_restored_bills_nothing",
    ),
    Break(
        "runtime/reconcile_wiring.py",
        "    wiring.usage_table().hold()\n",
        "",
        f"{WIRING}::test_a_scheduled_run_that_cannot_ask_whether_its_table_was_restored_fails",
    ),
    Break(
        "runtime/wiring.py",
        "clients.metering(METERING_CONFIG)",
        "clients.metering(clients.QUEUE_CONFIG)",
        f"{WIRING}::test_every_call_that_bills_is_one_that_we_know_of",
    ),
    Break(
        "runtime/wiring.py",
        "            lost_until=lost_until,\n",
        "            lost_until=None,\n",
        f"{WIRING}::test_what_a_lost_table_may_have_billed_is_known_to_both_functions",
    ),
    Break(
        "runtime/clock.py",
        "self._remaining_milliseconds() / 1000",
        "self._remaining_milliseconds() / 100",
        "tests/unit/functions/test_drain_usage.py::"
        "test_little_time_left_means_that_nothing_is_sent_and_nothing_lost",
    ),
    Break(
        "runtime/workers.py",
        "max(1, min(count_max, len(items)))",
        "max(1, len(items))",
        WORKERS,
    ),
    # Who is billed, for what, and how AWS is told.
    Break(
        "domain/subscriptions/identity.py",
        "_LICENSE_ARN.fullmatch(license_arn)",
        "_LICENSE_ARN.match(license_arn)",
        f"{IDENTITY}::test_a_reference_of_any_other_shape_names_nobody",
    ),
    Break(
        "domain/subscriptions/identity.py",
        'r"[!-\\"$-{}~]{1,255}"',
        'r"[!-~]{1,255}"',
        f"{IDENTITY}::test_a_legacy_key_cannot_be_mistaken_for_another",
    ),
    Break(
        "domain/strict_json.py",
        "parse_float=_read_number",
        "parse_float=float",
        STRICT_JSON,
    ),
    Break(
        "domain/strict_json.py",
        "if len(members) != len(pairs):",
        "if len(members) > len(pairs):",
        f"{STRICT_JSON}::test_an_object_that_names_a_key_twice_is_marked_and_others_are_not",
    ),
    Break(
        "domain/usage/events.py",
        "max(now, message.sent_at) + CLOCK_SKEW",
        "now + CLOCK_SKEW",
        f"{EVENTS}::test_a_host_whose_clock_is_slow_rejects_nothing_that_sqs_has_seen",
    ),
    Break(
        "domain/usage/events.py",
        "first_at = message.sent_at - late_max",
        "first_at = now - late_max",
        f"{REJECTIONS}::test_however_long_a_message_waits_its_old_usage_meets_the_same_bound",
    ),
    Break(
        "domain/usage/event_fields.py",
        "if moment < origin.first_at:",
        "if moment <= origin.first_at:",
        f"{REJECTIONS}::test_the_bound_is_counted_from_when_sqs_took_the_message",
    ),
    Break(
        "runtime/wiring.py",
        "drain_usage(replace(ports, policy=policy), ",
        "drain_usage(ports, ",
        f"{WIRING}::test_how_old_usage_may_be_is_a_setting_of_the_drain",
    ),
    Break(
        "domain/usage/event_fields.py",
        'else f"{origin.event_id}/{position}"',
        "else origin.event_id",
        f"{EVENTS}::test_packed_events_without_ids_are_told_apart_by_their_position",
    ),
    Break(
        "domain/usage/events.py",
        "body, text, event_id, sent_at = delivery",
        "body, text, _, sent_at = delivery",
        f"{TOPICS_AND_BUSES}::test_a_second_delivery_hours_later_bills_nothing_again",
    ),
    Break(
        "domain/usage/events.py",
        "body, text, event_id, sent_at = delivery",
        "body, text, event_id, _ = delivery",
        f"{TOPICS_AND_BUSES}::test_a_second_delivery_hours_later_bills_nothing_again",
    ),
    Break(
        "domain/usage/events.py",
        "faults = _faults_in(member, origin, position)",
        "faults = _faults_in(member, origin, position)[:1]",
        f"{EVERY_FAULT}::test_every_wrong_field_of_an_event_is_named_and_no_other",
    ),
    Break(
        "domain/usage/envelopes.py",
        'or "specversion" in content:',
        "or not content:",
        f"{ENVELOPES}::test_a_cloud_event_is_no_envelope_of_aws_whatever_extensions_it_has",
    ),
    Break(
        "domain/usage/envelopes.py",
        "open_envelope(delivery.content, delivery.text) or delivery",
        "delivery",
        f"{ENVELOPES}::test_an_event_without_id_and_time_takes_both_from_the_envelope_on_every_delivery",
    ),
    Break(
        "domain/usage/cloud_events.py",
        "if data is not None:",
        "if data is False:",
        f"{AS_THEY_CAME}::test_encoded_data_that_nobody_can_read_are_refused",
    ),
    Break(
        "domain/strict_json.py",
        "if key == name:",
        "if key != name:",
        f"{ENVELOPES}::test_an_event_with_an_id_and_a_time_is_the_same_with_and_without_an_envelope",
    ),
    Break(
        "use_cases/drain_usage.py",
        "for rejection in rejections for fault in rejection.faults)",
        "for rejection in rejections for fault in rejection.faults[:1])",
        f"{TOPICS_AND_BUSES}::test_the_log_counts_the_faults_of_a_message_and_its_refused_events",
    ),
    Break(
        "domain/quantity.py",
        'text.rstrip("0").rstrip(".") if "." in text else text',
        'text.rstrip("0").rstrip(".")',
        f"{QUANTITY}::test_every_quantity_survives_being_written_and_read",
    ),
    Break(
        "domain/operator_commands.py",
        "min(moment, now)",
        "moment",
        f"{COMMANDS}::test_usage_cannot_have_stopped_in_the_future",
    ),
    Break(
        "domain/usage/backlog.py",
        "if self.backlog.waiting == 0 and self.backlog.in_flight <= self.own_messages:",
        "if self.backlog.waiting == 0:",
        "tests/unit/use_cases/test_outage.py::"
        "test_messages_in_the_hands_of_another_drain_hold_their_hour",
    ),
    Break(
        "domain/calls/payload.py",
        "all(_is_whole(quantity) for quantity in quantities)",
        "_is_whole(sealed.quantity)",
        f"{PAYLOAD}::test_one_fraction_makes_the_whole_record_decimal",
    ),
    Break(
        "domain/calls/payload.py",
        "return None if isinstance(sealed.identity, LicenseIdentity) else sealed.product_code",
        "return sealed.product_code",
        f"{PAYLOAD}::test_a_license_is_sent_without_any_product_code",
    ),
    Break(
        "domain/calls/payload.py",
        "json.dumps(usage_record(sealed_of(item)))",
        "json.dumps(usage_record(sealed_of(item)), ensure_ascii=False)",
        f"{PACKING}::test_wide_characters_are_measured_as_the_escapes_that_they_become",
    ),
)
