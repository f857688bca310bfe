"""Adding up what the statements of all meters say."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from meterhouse.domain.accounting import ZERO, Standing
from meterhouse.domain.quantity import format_quantity
from operations.findings import Findings, Statement


@dataclass(frozen=True, slots=True)
class Units:
    """One line of a statement, in units; `difference` counts both kinds, by amount."""

    journalled: Decimal
    standings: dict[Standing, Decimal]
    difference: Decimal


def units_of(statement: Statement) -> Units:
    """Return the line of one meter."""
    balance = statement.balance
    difference = abs(balance.difference) + statement.crossed.lost
    return Units(balance.journalled, balance.standings, difference)


def add_up(statements: Iterable[Statement]) -> Units:
    """Return the line of all meters."""
    lines = [units_of(one) for one in statements]
    return Units(
        sum((line.journalled for line in lines), ZERO),
        {place: sum((line.standings[place] for line in lines), ZERO) for place in Standing},
        sum((line.difference for line in lines), ZERO),
    )


def verdict(findings: Findings) -> str:
    """Return the last line: what the exit code says, in words."""
    statements = findings.statements
    if not findings.is_right:
        wrong = sum(not one.is_right for one in statements)
        faults = len(findings.faults) + sum(len(one.faults) for one in statements)
        meters = _count(len(statements), "meter")
        return f"FAILED: {wrong} of {meters} wrong, {_count(faults, 'fault')} named"
    if not statements:
        return f"OK: no meter{_of_subscription(findings)} has usage"
    units = format_quantity(add_up(statements).journalled)
    return (
        f"OK: {_count(len(statements), 'meter')}{_of_subscription(findings)}, "
        f"{units} units journalled, each in its place"
    )


def _of_subscription(findings: Findings) -> str:
    subscription = findings.scope.subscription
    return "" if subscription is None else f" of {subscription}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
