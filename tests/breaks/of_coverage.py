"""Breaks of what is not billed because its hour is none of its subscription's."""

from tests.breaks.trying import Break

BALANCES = "tests/unit/domain/accounting/test_balances_of_what_stays.py"
CARRIES = "tests/integration/adapters/test_usage_ledger_carries.py"
CLOSING = "tests/unit/domain/journal/test_closing_uncovered_hours.py"
COVERAGE = "tests/unit/domain/records/test_coverage.py"
HOURS = "tests/unit/use_cases/billing/test_hours_outside_a_subscription.py"
WAITING = "tests/unit/use_cases/billing/test_records_outside_a_subscription.py"
RECORDS = "tests/integration/adapters/test_usage_table_records.py"
REDRIVE = "tests/unit/domain/records/test_step_on_redrive.py"
STRANGERS = "tests/unit/use_cases/billing/test_late_usage_of_strangers.py"
SEALING = "tests/unit/domain/records/test_sealing.py"
STEPS = "tests/unit/domain/records/test_step_when_uncovered.py"

BREAKS: tuple[Break, ...] = (
    # Which hours a subscription covers.
    Break(
        "domain/records/coverage.py", "hour_at + HOUR <= starts_at", "hour_at < starts_at", COVERAGE
    ),
    Break("domain/records/coverage.py", "hour_at >= ended_at", "hour_at > ended_at", COVERAGE),
    Break(
        "domain/records/coverage.py", "hour_at >= ended_at", "hour_at + HOUR > ended_at", COVERAGE
    ),
    Break("domain/records/coverage.py", " and not is_carried:", ":", COVERAGE),
    Break(
        "domain/records/coverage.py",
        "is_carried = record.sealed.is_carried",
        "is_carried = False",
        f"{COVERAGE}::test_of_a_record_what_was_frozen_in_it_decides",
    ),
    Break(
        "domain/records/sealing.py",
        "first_at = min(_next_second(starts_at), last_of_hour_at)",
        "first_at = min(starts_at, last_of_hour_at)",
        SEALING,
    ),
    Break("domain/records/sealing.py", "last_at = min(last_at, ended_at)", "pass", SEALING),
    Break(
        "domain/journal/closing.py",
        "starts_at=starts_at, ended_at=ended_at",
        "starts_at=None, ended_at=None",
        f"{CLOSING}::test_the_frozen_timestamp_lies_within_the_subscriptions_time",
    ),
    # What is frozen.
    Break(
        "domain/journal/closing.py",
        "sendable = is_sendable(hour_at, now) and uncovered is None",
        "sendable = is_sendable(hour_at, now)",
        CLOSING,
    ),
    Break(
        "domain/journal/closing.py",
        "if uncovered is not None or subscription is None:",
        "if subscription is None:",
        CLOSING,
    ),
    Break(
        "domain/journal/meter_fold.py",
        "    is_own = any(quantity for known in own for quantity, _ in known.values())",
        "    is_own = any(own)",
        CLOSING,
    ),
    Break(
        "domain/journal/meter_fold.py",
        "any(map(is_from_elsewhere, counted)) and not is_own",
        "any(map(is_from_elsewhere, counted))",
        CLOSING,
    ),
    Break(
        "domain/journal/closing.py",
        "is_carried=usage.is_carried,\n",
        "is_carried=False,\n",
        CLOSING,
    ),
    Break("adapters/usage_table/sealed_records.py", "is_carried=place in carried,", "", RECORDS),
    # What becomes of a record that waits, or was redriven.
    Break(
        "domain/records/step_when_due.py",
        "if sendable and record.status.reason == Reason.REDRIVEN:",
        "if record.status.reason == Reason.REDRIVEN:",
        STEPS,
    ),
    Break(
        "domain/records/step_when_due.py",
        "if sendable and record.status.reason == Reason.REDRIVEN:",
        "if False:",
        STEPS,
    ),
    Break(
        "domain/records/step_when_due.py",
        "if uncovered is not None or not sendable:",
        "if not sendable:",
        STEPS,
    ),
    Break(
        "use_cases/billing/step_batch.py",
        "uncovered=why_record_uncovered(record, known),",
        "uncovered=None,",
        f"{WAITING}::test_a_record_that_waits_ends_when_its_subscriptions_times_become_known",
    ),
    Break(
        "use_cases/billing/send_records.py",
        "if refused.cause is not RefusalCause.TIMESTAMP:",
        "if refused.cause is RefusalCause.TIMESTAMP:",
        f"{WAITING}::test_a_time_that_aws_refuses_is_billed_in_no_other_hour",
    ),
    Break(
        "use_cases/billing/send_records.py",
        "said if outlasts_trouble(said) else None",
        "said if said == Reason.NOT_SUBSCRIBED else None",
        WAITING,
    ),
    Break(
        "domain/records/step_on_redrive.py",
        "    if uncovered is not None:\n",
        "    if False:\n",
        REDRIVE,
    ),
    Break(
        "use_cases/billing/redrive_record.py",
        "uncovered=uncovered,",
        "uncovered=None,",
        f"{WAITING}::test_after_the_window_it_cannot_be_redriven_until_the_start_is_put_right",
    ),
    # Late usage, and what exceeds the largest quantity.
    Break(
        "use_cases/billing/close_log.py",
        "parts, kept=kept, waiting=stay",
        "parts, waiting=stay",
        HOURS,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "rest_name(batch.key.name, met=met), parts, kept=kept)",
        "rest_name(batch.key.name, met=met), parts)",
        HOURS,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "tuple(part for part in parts if part.meter not in kept)",
        "() if kept else parts",
        HOURS,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "        if self.policy.may_be_billed(log.hour_at):\n",
        "        if False:\n",
        f"{HOURS}::test_what_a_lost_table_may_have_billed_is_not_called_unbilled",
    ),
    Break(
        "domain/journal/carrying.py",
        "self.has_arrived or self.is_withheld or not self.parts",
        "self.has_arrived or self.is_withheld",
        HOURS,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "            self._report_kept(carry)\n",
        "            pass\n",
        HOURS,
    ),
    Break(
        "use_cases/accounting/balance_log.py",
        "if carry.is_withheld or not carry.parts:",
        "if carry.is_withheld:",
        HOURS,
    ),
    Break(
        "domain/accounting/balances.py",
        "kept = _sum_of(one for one in left if one.is_kept)",
        "kept = ZERO",
        BALANCES,
    ),
    Break(
        "domain/accounting/balances.py",
        "kept - _sum_of(o for o in went if o.carry.is_redriven)",
        "kept",
        STRANGERS,
    ),
    Break(
        "domain/accounting/sheets.py",
        "        return Standing.REJECTED",
        "        return None",
        STRANGERS,
    ),
    # Late usage of whom nobody knows.
    Break(
        "domain/journal/late_usage.py",
        "reason = why_stranger([meter.subscription])\n        if reason",
        "pass\n        if reason",
        STRANGERS,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "_KEPT = UNCOVERED | STRANGERS",
        "_KEPT = UNCOVERED",
        f"{STRANGERS}::test_what_exceeds_the_largest_quantity_stays_and_goes_with_its_record",
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "found |= not stands.is_settled",
        "found = True",
        STRANGERS,
    ),
    Break(
        "use_cases/billing/redrive_record.py",
        "is_owed = key.subscription in known and not uncovered and not may_be_billed",
        "is_owed = key.subscription in known",
        STRANGERS,
    ),
    Break("use_cases/billing/redrive_record.py", "self._close_again(log)\n", "pass\n", STRANGERS),
    Break("domain/journal/carrying.py", "if part.meter == meter and", "if", STRANGERS),
    Break("domain/accounting/balances.py", "in carry.all_parts:", "in carry.parts:", BALANCES),
    Break(
        "domain/accounting/sheets.py",
        "units[meter, Standing.REJECTED] += quantity",
        "pass",
        HOURS,
    ),
    Break(
        "adapters/usage_table/carry_items.py",
        'kept = _read_kept(bytes(item["kept"]["B"])) if "kept" in item else ()',
        "kept = ()",
        f"{CARRIES}::test_what_stays_of_a_carry_is_read_back_with_its_reason",
    ),
    Break(
        "adapters/usage_table/carry_items.py",
        "if carry.needs_person else due_attributes(None)",
        "if not carry.parts else due_attributes(None)",
        f"{CARRIES}::test_logs_of_which_usage_stays_are_listed_by_hour_for_ever",
    ),
)
