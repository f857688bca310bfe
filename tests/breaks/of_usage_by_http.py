"""Breaks of usage that is sent over HTTP."""

from tests.breaks.trying import Break

_REQUESTS = "domain/usage/requests.py"
_FIELDS = "domain/usage/event_fields.py"
_ROUTE = "web/api_usage.py"
READ = "tests/unit/domain/usage/test_requests.py"
ROUTE = "tests/unit/web/test_api_usage.py"
USE_CASE = "tests/unit/use_cases/test_usage_over_http.py"

BREAKS: tuple[Break, ...] = (
    Break(
        _FIELDS,
        "        if origin.event_id is None:\n",
        "        if False:\n",
        f"{READ}::test_an_event_needs_an_id_and_a_time_of_its_own",
    ),
    Break(
        _FIELDS,
        "    if moment is None:\n",
        "    if moment is None and not (moment := origin.last_at):\n",
        f"{READ}::test_an_event_needs_an_id_and_a_time_of_its_own",
    ),
    Break(
        _REQUESTS,
        "    text = text.translate(_NOT_FOR_SQS)\n",
        "",
        f"{READ}::test_characters_that_sqs_would_replace_are_sent_as_escapes",
    ),
    Break(
        _REQUESTS,
        "if len(text.encode()) > REQUEST_BYTES_MAX",
        "if len(text) > REQUEST_BYTES_MAX",
        f"{READ}::test_limits_are_of_bytes_and_of_events_and_are_told",
    ),
    Break(
        _REQUESTS,
        "if len(found) > REQUEST_EVENTS_MAX",
        "if len(found) >= REQUEST_EVENTS_MAX",
        f"{READ}::test_limits_are_of_bytes_and_of_events_and_are_told",
    ),
    Break(
        _REQUESTS,
        "    if open_envelope(body, text) is not None:\n",
        "    if False:\n",
        f"{READ}::test_what_holds_no_events_is_refused_whole",
    ),
    Break(
        _REQUESTS,
        "says = (member.quantity, member.tags)",
        "says = (member.quantity, ())",
        f"{READ}::test_two_events_of_one_id_that_say_different_things_are_not_both_taken",
    ),
    Break(
        _REQUESTS,
        "said.setdefault((member.home, member.event_id), says)",
        "said.setdefault((member.home.meter, member.event_id), says)",
        f"{READ}::test_one_id_in_another_meter_or_hour_is_another_event",
    ),
    Break(
        _REQUESTS,
        "return read if is_whole(member) else Rejection",
        "return read if member else Rejection",
        f"{READ}::test_nesting_that_the_drain_might_not_read_harms_no_neighbour",
    ),
    Break(
        _REQUESTS,
        "if is_right]\n",
        "]\n",
        f"{READ}::test_what_is_wrong_stays_behind_and_the_rest_travels_as_it_was_written",
    ),
    Break(
        _ROUTE,
        "    read_json(data)",
        "    str(data)",
        f"{ROUTE}::test_binary_mode_is_refused_by_the_rules_of_cloud_events",
    ),
    Break(
        _ROUTE,
        'attributes: dict[str, str | None] = {"specversion": None}',
        "attributes: dict[str, str | None] = {}",
        f"{ROUTE}::test_binary_mode_without_a_version_is_no_plain_event",
    ),
    Break(
        _ROUTE,
        " or charset not in _CHARSETS",
        "",
        f"{ROUTE}::test_the_type_of_the_body_decides_whether_it_is_read",
    ),
    Break(
        _ROUTE,
        "if request.content_type == JSON_TYPE and has_binary_mode(request.headers)",
        "if has_binary_mode(request.headers)",
        f"{ROUTE}::test_headers_of_binary_mode_say_nothing_beside_a_structured_event",
    ),
    Break(
        _ROUTE,
        "        return ApiAnswer(document, 207)\n",
        "        return ApiAnswer(document, 202)\n",
        f"{ROUTE}::test_some_that_are_refused_are_answered_207_each_with_all_its_faults",
    ),
    Break(
        "use_cases/accept_usage.py",
        "        if request.message is not None:\n",
        "        if request.message is not None and not request.rejected:\n",
        f"{USE_CASE}::test_a_thousand_events_are_accepted_or_refused_each_for_itself",
    ),
    Break(
        "adapters/usage_intake.py",
        'raise StorageUnavailableError(f"the usage queue takes nothing: {error}") from error',
        "return",
        "tests/integration/adapters/test_usage_intake.py",
    ),
)
