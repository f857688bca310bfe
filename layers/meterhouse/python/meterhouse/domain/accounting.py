"""Accounting: every unit that was journalled has a place, to the last decimal.

Each record balances: what its journal holds = what it bills or failed to bill + what it carried on.
And each carry balances: what left one hour arrived in another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from meterhouse.domain.folding import fold_billable, fold_late
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.journal import PageKind
from meterhouse.domain.keys import AccountKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import MeteringRecord

ZERO = Decimal(0)


class Standing(StrEnum):
    """Where units stand in the account's balance."""

    METERED = "metered"
    PENDING = "pending"
    HELD = "held"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    EXPIRED = "expired"
    CARRIED = "carried"


@dataclass(slots=True)
class Balance:
    """The balance of one subscription and dimension.

    Attributes:
        journalled: units of all distinct events, carried usage counted where it arrived too.
        standings: the same units by where they stand.
        carried_out: units that left records of the period for later ones.
        carried_in: units that later records received from records of the period.
        records: how many records were looked at.
        entries: how many entries their journals hold, repeats included.
        is_complete: whether all records were looked at; an incomplete balance says nothing.

    """

    account: AccountKey
    journalled: Decimal = ZERO
    standings: dict[Standing, Decimal] = field(
        default_factory=lambda: dict.fromkeys(Standing, ZERO)
    )
    carried_out: Decimal = ZERO
    carried_in: Decimal = ZERO
    records: int = 0
    entries: int = 0
    is_complete: bool = True

    @property
    def difference(self) -> Decimal:
        """Units without a place; zero unless something is wrong."""
        return self.journalled - sum(self.standings.values(), ZERO)

    @property
    def carry_difference(self) -> Decimal:
        """Units that left one hour and arrived in none; zero unless something is wrong."""
        return self.carried_out - self.carried_in

    @property
    def is_exact(self) -> bool:
        """Tell whether every unit has a place."""
        return not self.difference and not self.carry_difference


def balance_account(
    account: AccountKey,
    records: Iterable[MeteringRecord],
    *,
    since: datetime | None = None,
    entries_max: int | None = None,
) -> Balance:
    """Balance an account's records of the hours from `since` on, from their journals.

    `since` is the beginning of an hour. Beyond `entries_max` entries the balance is given up.
    """
    assert since is None or since == floor_to_hour(since)
    balance = Balance(account)
    for record in records:
        if entries_max is not None and balance.entries > entries_max:
            balance.is_complete = False
            return balance
        own, late = fold_billable(record.pages).units, fold_late(record.pages).units
        billed = own if record.units is None else record.units
        balance.journalled += own + late
        balance.standings[_standing(record)] += billed
        balance.standings[Standing.CARRIED] += late + record.rest_units
        balance.carried_out += late + record.rest_units
        if record.state is RecordState.CARRIED:
            balance.carried_out += billed
        balance.carried_in += _arrived(record, since)
        balance.records += 1
        balance.entries += sum(len(page.entries) for page in record.pages)
    return balance


def _arrived(record: MeteringRecord, since: datetime | None) -> Decimal:
    """Return what arrived from records that the period includes: earlier ones left before it."""
    carried = (
        page
        for page in record.pages
        if page.kind not in (PageKind.HOME, PageKind.LATE)
        and (since is None or page.from_hour_at >= since)
    )
    return fold_billable(carried).units


def _standing(record: MeteringRecord) -> Standing:
    match record.state:
        case RecordState.OPEN | RecordState.SEALED | RecordState.SUBMITTING:
            return Standing.PENDING if record.reason is None else Standing.HELD
        case RecordState.METERED:
            return Standing.METERED
        case RecordState.REJECTED:
            return Standing.REJECTED
        case RecordState.DISPUTED:
            return Standing.DISPUTED
        case RecordState.EXPIRED:
            return Standing.EXPIRED
        case RecordState.CARRIED:
            return Standing.CARRIED
        case _:
            assert_never(record.state)
