"""Statements that are right by default."""

from decimal import Decimal

from meterhouse.domain.accounting import Balance, Standing
from meterhouse.domain.keys import AccountKey
from operations.audit import Statement
from operations.faults import Fault, FaultKind
from tests.unit.domain.builders import KEY


def statement(
    dimension: str = "api_calls",
    *,
    journalled: str = "7",
    metered: str = "7",
    held: str = "0",
    carried_out: str = "0",
    carried_in: str = "0",
    faults: tuple[Fault, ...] = (),
) -> Statement:
    account = AccountKey(KEY.subscription, dimension)
    balance = Balance(account, Decimal(journalled))
    balance.standings |= {Standing.METERED: Decimal(metered), Standing.HELD: Decimal(held)}
    balance.carried_out, balance.carried_in = Decimal(carried_out), Decimal(carried_in)
    return Statement(account, is_registered=True, balance=balance, faults=faults)


def unreadable_statement(dimension: str = "api_calls", *faults: Fault) -> Statement:
    account = AccountKey(KEY.subscription, dimension)
    return Statement(account, is_registered=True, balance=None, faults=faults)


def fault(kind: FaultKind = FaultKind.DIFFERENCE, detail: str = "a detail") -> Fault:
    return Fault(KEY, kind, detail)
