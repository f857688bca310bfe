"""Adding up what the statements of all accounts say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterhouse.domain.accounting import Balance, Standing
from meterhouse.domain.quantity import format_quantity
from operations.audit import Statement

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Units:
    """One line of a statement, in units; `difference` counts both kinds, by amount."""

    journalled: Decimal
    standings: dict[Standing, Decimal]
    difference: Decimal


def units_of(balance: Balance) -> Units:
    """Return the line of one account."""
    difference = abs(balance.difference) + abs(balance.carry_difference)
    return Units(balance.journalled, balance.standings, difference)


def add_up(statements: Iterable[Statement]) -> Units:
    """Return the line of all accounts whose journals can be read."""
    lines = [units_of(one.balance) for one in statements if one.balance is not None]
    return Units(
        sum((line.journalled for line in lines), ZERO),
        {place: sum((line.standings[place] for line in lines), ZERO) for place in Standing},
        sum((line.difference for line in lines), ZERO),
    )


def verdict(statements: Sequence[Statement]) -> str:
    """Return the last line: what the exit code says, in words."""
    wrong = sum(not one.is_right for one in statements)
    if not statements:
        return "OK: no account has usage"
    if not wrong:
        units = format_quantity(add_up(statements).journalled)
        return f"OK: {len(statements)} accounts, {units} units journalled, each in its place"
    faults = sum(len(one.faults) for one in statements)
    return f"FAILED: {wrong} of {len(statements)} accounts are wrong, {faults} faults are named"
