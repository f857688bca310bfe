"""Statements and faults that a test says little about, and audits in one word."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhouse.domain.accounting.balances import Balance, Standing
from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger
from operations.audit import Audit
from operations.findings import EVERYTHING, Crossed, Fault, FaultKind, Findings, Scope, Statement

NOON_AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = RecordKey(SubscriptionKey("license#l-5f2c8f6d1b0e4a7c9d3e2f1a0b4c5d6e"), "api_calls", NOON_AT)


def statement(
    dimension: str = "api_calls",
    *,
    journalled: str = "7",
    metered: str = "7",
    held: str = "0",
    crossed: tuple[str, str, str] = ("0", "0", "0"),
    faults: tuple[Fault, ...] = (),
) -> Statement:
    """Return a statement that is right; `crossed` is what left, arrived and was lost."""
    balance = Balance(MeterKey(KEY.subscription, dimension), Decimal(journalled))
    balance.standings |= {Standing.METERED: Decimal(metered), Standing.HELD: Decimal(held)}
    left, arrived, lost = map(Decimal, crossed)
    return Statement(balance, Crossed(left, arrived, lost), faults)


def findings(
    *statements: Statement, faults: tuple[Fault, ...] = (), scope: Scope = EVERYTHING
) -> Findings:
    return Findings(scope, statements, faults)


def fault(kind: FaultKind = FaultKind.DIFFERENCE, detail: str = "a detail") -> Fault:
    return Fault(str(KEY), kind, detail, KEY.meter)


def fault_of_an_hour(detail: str = "a detail") -> Fault:
    return Fault("2026-11-18T12#00", FaultKind.UNREADABLE, detail)


def audited(
    ledger: UsageLedger,
    now: datetime,
    scope: Scope = EVERYTHING,
    *,
    shards: int | None = None,
) -> Findings:
    """Return the findings of a whole audit."""
    audit = Audit(ledger, scope, shards=shards)
    for head in audit.hours(now):
        audit.read(head)
    return audit.findings()


def faults_of(found: Findings) -> list[Fault]:
    """Return all faults, whoever's they are."""
    return [*(fault for one in found.statements for fault in one.faults), *found.faults]


def named(found: Findings) -> set[tuple[str, FaultKind]]:
    """Return the subject and kind of every fault."""
    return {(one.subject, one.kind) for one in faults_of(found)}


def units_in(found: Findings, standing: Standing) -> Decimal:
    """Return all units that stand in one place."""
    return sum((one.balance.standings[standing] for one in found.statements), Decimal(0))
