"""Breaks of included units: a wrong one would bill what is included, or include it twice."""

from tests.breaks.trying import Break

CLOSING = "tests/unit/domain/journal/test_closing_included_units.py"
RULES = "tests/unit/domain/allowances/test_rules.py"
UNITS = "tests/unit/use_cases/billing/test_included_units.py"
ENTITLED = "tests/unit/use_cases/billing/test_entitled_units.py"
NOT_TOLD = "tests/unit/use_cases/billing/test_entitlements_that_nobody_tells.py"
NAMES = "tests/unit/use_cases/billing/test_included_units_by_two_names.py"
LEDGER = "tests/integration/adapters/test_usage_ledger_allowances.py"
READING = "tests/unit/use_cases/accounting/test_read_allowances.py"

BREAKS: tuple[Break, ...] = (
    Break(
        "domain/allowances/allowance.py",
        "return max((self.granted or ZERO) - self.taken, ZERO)",
        "return (self.granted or ZERO) - self.taken",
        CLOSING,
    ),
    Break("domain/allowances/rules.py", 'f"{hour_at:%Y-%m}"', 'f"{hour_at:%m}"', RULES),
    Break("domain/allowances/rules.py", "return own or", "return", RULES),
    Break(
        "domain/records/sealing.py",
        "for tags, quantity in sorted(by_tags.items()):\n        taken",
        "for tags, quantity in by_tags.items():\n        taken",
        UNITS,
    ),
    Break(
        "domain/journal/including.py",
        "fresh, _ = split_by_allowance(usage.own)",
        "fresh = usage.own",
        CLOSING,
    ),
    Break(
        "domain/journal/closing.py",
        "(is_sendable(hour_at, now) or not facts.may_be_billed)",
        "True",
        CLOSING,
    ),
    Break(
        "domain/journal/closing.py",
        " or subscription.ended_at is not None",
        "",
        ENTITLED,
    ),
    Break(
        "domain/journal/closing.py",
        "return facts.now < until",
        "return True",
        CLOSING,
    ),
    Break(
        "domain/journal/closing.py",
        "plan.unentitled.add(meter.subscription)",
        "pass",
        ENTITLED,
    ),
    Break(
        "domain/journal/closing.py",
        "if not (is_told and sendable):",
        "if True:",
        UNITS,
    ),
    Break("domain/journal/carrying.py", "return _MET in", "return _MET not in", CLOSING),
    Break(
        "use_cases/billing/carry_usage.py",
        "rest_name(batch.key.name, met=met)",
        "rest_name(batch.key.name)",
        ENTITLED,
    ),
    Break(
        "use_cases/billing/carry_usage.py",
        "record_name(batch.key.name, place, met=met)",
        "record_name(batch.key.name, place)",
        ENTITLED,
    ),
    Break(
        "use_cases/billing/close_log.py",
        "TAKING_BATCHES_PER_FREEZE_MAX if plan.takings else BATCHES_PER_FREEZE_MAX",
        "BATCHES_PER_FREEZE_MAX",
        UNITS,
    ),
    Break(
        "use_cases/billing/find_allowances.py",
        "if is_current or subscription.ended_at is not None:",
        "if is_current:",
        ENTITLED,
    ),
    Break(
        "use_cases/billing/find_allowances.py",
        "held is not None and not held.is_stale_for(hour_at)",
        "held is not None",
        f"{ENTITLED}::test_what_expired_since_aws_was_asked_is_asked_for_again",
    ),
    Break(
        "use_cases/billing/find_allowances.py",
        "if rule.units is None and subscription.key not in answers:",
        "if rule.units is None:",
        f"{ENTITLED}::test_aws_is_asked_once_for_all_dimensions_of_a_buyer",
    ),
    Break("domain/accounting/sheets.py", "if record.included:", "if False:", UNITS),
    Break(
        "adapters/usage_table/leased_writes.py",
        "if CONDITION_FAILED in of_others and",
        "if False and",
        LEDGER,
    ),
    Break(
        "adapters/usage_table/allowances.py",
        '"#taken = :before", {":before": number(one.before)}',
        '"attribute_exists(pk)", {}',
        LEDGER,
    ),
    Break(
        "adapters/usage_table/allowances.py",
        'only_if, given = "attribute_not_exists(pk)", {}',
        'only_if, given = "attribute_not_exists(nothing)", {}',
        LEDGER,
    ),
    Break(
        "use_cases/accounting/read_allowances.py",
        "granted=granted)\n        return",
        "granted=granted or 0)\n        return",
        READING,
    ),
    Break(
        "use_cases/billing/close_log.py",
        "if asks_for_allowance(fold.meters.get(meter))",
        "if True",
        NOT_TOLD,
    ),
    Break(
        "domain/journal/closing.py", "min(going_at, ends_at - HOLD_PAUSE_MAX)", "going_at", NOT_TOLD
    ),
    Break(
        "domain/journal/closing.py",
        "if allowance is None or not _meets_it_elsewhere(allowance, usage, facts):",
        "if True:",
        NOT_TOLD,
    ),
    Break(
        "use_cases/billing/find_allowances.py",
        "or self.asking >= ASKING_MAX",
        "",
        NOT_TOLD,
    ),
    Break(
        "use_cases/billing/find_allowances.py",
        "except (MarketplaceError, StorageUnavailableError) as error",
        "except MarketplaceError as error",
        NOT_TOLD,
    ),
    Break("domain/journal/closing.py", "+= record.included", "= ZERO", NAMES),
    Break(
        "domain/subscriptions/subscription.py",
        "return self.alias_of or self.key",
        "return self.key",
        NAMES,
    ),
)
