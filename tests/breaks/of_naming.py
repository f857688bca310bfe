"""Breaks of who pays for a tenant's usage, of how that is kept, and of where it is read."""

from tests.breaks.trying import Break

NAMES = "tests/integration/adapters/test_usage_ledger_names.py"
SHEETS = "tests/integration/adapters/test_usage_ledger_sheets.py"
SPOILT = "tests/integration/adapters/test_usage_table_corrupt_names.py"
NAMING = "tests/unit/domain/journal/test_naming.py"
FOLDING = "tests/unit/domain/journal/test_folding_of_tenants.py"
BILLING = "tests/unit/use_cases/billing/test_tenants.py"
LEAVING = "tests/unit/use_cases/billing/test_tenants_of_those_who_leave.py"
NAMES_TABLE = "adapters/usage_table/names.py"

BREAKS: tuple[Break, ...] = (
    Break("domain/keys.py", "_TENANTS_SHARD if is_tenant(subscription) else ", "", BILLING),
    Break(
        "domain/keys.py",
        "frozenset({shard_of(subscription, shards), _TENANTS_SHARD})",
        "frozenset({shard_of(subscription, shards)})",
        LEAVING,
    ),
    Break(
        "domain/journal/naming.py",
        "moment < _second(link.unlinked_at)",
        "hour_at < _second(link.unlinked_at)",
        NAMING,
    ),
    Break(
        "domain/journal/naming.py",
        "since >= timedelta(0), nearness,",
        "since >= timedelta(0),",
        NAMING,
    ),
    Break(
        "domain/journal/naming.py",
        "return since >= timedelta(0), nearness,",
        "return nearness,",
        NAMING,
    ),
    Break(
        "domain/journal/naming.py",
        "not facts.only and not is_sendable(",
        "not is_sendable(",
        NAMING,
    ),
    Break(
        "domain/journal/naming.py",
        "until_at = min(until_at, _second(facts.now) + _CLOCKS_DIFFER)",
        "pass",
        NAMING,
    ),
    Break(
        "domain/journal/naming.py",
        "moments = [link.linked_at, link.unlinked_at]",
        "moments = [link.unlinked_at]",
        NAMING,
    ),
    Break(
        "domain/journal/folding.py",
        "max(one.generation, span.generation)",
        "one.generation",
        FOLDING,
    ),
    Break(
        "domain/journal/folding.py",
        "return max(one.generation, *unseen, 0)",
        "return one.generation",
        FOLDING,
    ),
    Break(
        "domain/journal/folding.py",
        "(self._arrival(one), one.usage.earliest_at), span",
        "(one.usage.earliest_at, self._arrival(one)), span",
        FOLDING,
    ),
    Break(
        "use_cases/journal/name_tenants.py",
        "if spans and not self.ledger.write_names(lease, spans):",
        "self.ledger.write_names(lease, spans) if spans else None\n        if False:",
        BILLING,
    ),
    Break(
        "use_cases/journal/name_tenants.py",
        "generation=generation, only=only)",
        "generation=generation)",
        LEAVING,
    ),
    Break(
        "use_cases/accounting/read_usage.py",
        "lines[head.log.hour_at, is_of_tenants] =",
        "lines[head.log.hour_at, False] =",
        LEAVING,
    ),
    Break(
        "adapters/usage_table/sheets.py",
        '(_OF_TENANTS if sheet.is_of_tenants else "")',
        '""',
        SHEETS,
    ),
    Break(
        "adapters/usage_table/sheets.py", "_name_of(last_at) + LAST", "_name_of(last_at)", SHEETS
    ),
    Break(NAMES_TABLE, "part in enumerate(batched(", "part in zip([0, 0, 0], batched(", NAMES),
    Break(NAMES_TABLE, 'int(item["sk"]["S"].split("#")[1])', "0", NAMES),
    Break(NAMES_TABLE, 'if document["format"] != FORMAT:', "if False:", SPOILT),
)
