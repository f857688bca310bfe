"""What a contract includes and what is left of it, as the command and the console show it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from meterhouse.domain.allowances.rules import Rules, read_rules
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import UnreadableError
from meterhouse.use_cases.accounting.read_allowances import ReadAllowances, TakenAllowances
from operations.careful_ledger import CarefulUsageTable
from operations.errors import OperationError
from operations.resources import find_resource, tell_parameter

PARAMETER = "IncludedUnits"
NOT_KNOWN = (
    "What its contract includes is not shown: a table alone does not say it. Name the stack, by "
    "--stack-name."
)
NOTHING = (
    f"Its contract includes no units: no rule of {PARAMETER} is for its product, or AWS has not "
    "said yet under which license it is billed."
)


@dataclass(frozen=True, slots=True)
class AllowanceRow:
    """Units of a dimension that are included in a period.

    `granted` and `left` are None as long as AWS has not said what the buyer is entitled to. What is
    not current is of a period that is over, or of a rule that is no more.
    """

    dimension: str
    period: str
    is_current: bool
    ends_at: datetime | None
    granted: Decimal | None
    taken: Decimal
    left: Decimal | None


type ShowIncluded = Callable[[State, datetime], tuple[AllowanceRow, ...] | None]
"""Returns the allowances of a subscription; None if nothing tells what is included."""


def included_units_of(table: str | None, stack_name: str | None, directory: Path) -> ShowIncluded:
    """Return who tells what a stack includes; of a table that was named by itself nobody does."""

    def show(state: State, now: datetime) -> tuple[AllowanceRow, ...] | None:
        if table is not None:
            return None
        rules = rules_of(stack_name, directory)
        client, name = find_resource(CarefulUsageTable.kind, None, stack_name, directory)
        with closing(client):
            return rows_of(CarefulUsageTable(client, name), rules, state, now)

    return show


def rules_of(stack_name: str | None, directory: Path) -> Rules:
    """Return the rules with which a stack is deployed; raises OperationError."""
    try:
        return read_rules(tell_parameter(PARAMETER, stack_name, directory))
    except UnreadableError as error:
        raise OperationError(
            f"parameter {PARAMETER} of the stack cannot be read ({error}): use the command of the "
            "stack's own version"
        ) from error


def rows_of(
    ledger: TakenAllowances, rules: Rules, state: State, now: datetime
) -> tuple[AllowanceRow, ...]:
    """Return the allowances of a subscription, those of the present first."""
    if state.subscription is None:
        return ()
    found = ReadAllowances(ledger, rules)(state.subscription, now)
    return tuple(
        AllowanceRow(
            one.key.meter.dimension,
            one.key.period,
            is_current,
            ends_at,
            one.granted,
            one.taken,
            None if one.granted is None else one.left,
        )
        for one, ends_at, is_current in sorted(found, key=lambda of: not of.is_current)
    )


def words_about_included(rows: Sequence[AllowanceRow] | None) -> Iterator[str]:
    """Yield what rows do not say of themselves, with the remedy where there is one."""
    if rows is None:
        yield NOT_KNOWN
    elif not any(one.is_current for one in rows):
        yield NOTHING
    unknown = [one.dimension for one in rows or () if one.granted is None]
    if unknown:
        yield (
            f"AWS has not said how many units of {', '.join(unknown)} are included. "
            "`meterhouse sweep` asks it; `meterhouse explain "
            "entitlements_unknown` says what becomes of the usage meanwhile."
        )
