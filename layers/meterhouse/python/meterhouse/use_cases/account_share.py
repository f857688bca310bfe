"""The accounting of a reconcile run: a share of the accounts, within what a run may read."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.accounting import Balance, Standing
from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.keys import AccountKey
from meterhouse.ports import Clock, Report, UsageLedger
from meterhouse.use_cases.account_usage import AccountUsage

# Reading journals again and again would cost more than writing them. At a run every five minutes
# this is some 600,000 read units a day at most; accounts that exceed it take turns.
ACCOUNTING_BYTES_MAX = 8_000_000
ACCOUNTING_SECONDS_MIN = 20.0
# The hours in which records are still changed, looked at whenever it is an account's turn.
RECENT_WINDOW = timedelta(hours=6)
# Long enough to hold every hour that AWS still takes, and those just closed. Accounts that are
# light are looked at as a whole each time, others now and then.
WHOLE_WINDOW = timedelta(hours=72)
LIGHT_BYTES_MAX = 100_000
WHOLE_LOOKS_SHARE = 1 / 12
# About what the table is read for: two queries an account, a header a record, 20 bytes an event.
_QUERIES_BYTES, _HEADER_BYTES, _ENTRY_BYTES = 8_000, 1_000, 20


@dataclass(slots=True)
class Accounted:
    """How many accounts a run balanced, how many differ, and how many it left to the next runs.

    `units` are those of the accounts that were balanced, by where they stand.
    """

    balanced: int = 0
    left: int = 0
    differences: int = 0
    units: dict[Standing, Decimal] = field(
        default_factory=lambda: dict.fromkeys(Standing, Decimal(0))
    )


@dataclass(frozen=True, slots=True)
class AccountShare:
    """The use case; see `__call__`."""

    ledger: UsageLedger
    account: AccountUsage
    clock: Clock
    report: Report

    def __call__(self) -> Accounted:
        """Balance accounts, beginning at a random one so that each has its turn.

        A run that dies between a step and its metric leaves no trace in the metrics of steps. The
        units by where they stand, published here, show what it did.
        """
        self.report.count("AccountingDifferences", 0)
        accounts = list(self.ledger.accounts())
        start = int(self.clock.jitter() * len(accounts))
        accounted, read_bytes = Accounted(left=len(accounts)), 0
        for account in accounts[start:] + accounts[:start]:
            is_late = self.clock.seconds_left() < ACCOUNTING_SECONDS_MIN
            if is_late or read_bytes > ACCOUNTING_BYTES_MAX:
                break
            read_bytes += self._balance(account, accounted)
            accounted.balanced += 1
            accounted.left -= 1
        for standing, units in accounted.units.items():
            self.report.count(f"Units{standing.value.capitalize()}", float(units))
        return accounted

    def _balance(self, account: AccountKey, accounted: Accounted) -> int:
        """Balance one account; return about how many bytes of the table that took."""
        hour_at = floor_to_hour(self.clock.now())
        balance = self.account.balance(account, hour_at - RECENT_WINDOW)
        read_bytes = _bytes_of(balance)
        if balance is not None and balance.is_exact and self._looks_further(read_bytes):
            # What was heavy before may exceed the budget: then the recent part counts.
            entries_max = (ACCOUNTING_BYTES_MAX - read_bytes) // _ENTRY_BYTES
            whole = self.account.balance(account, hour_at - WHOLE_WINDOW, entries_max=entries_max)
            read_bytes += _bytes_of(whole)
            if whole is None or whole.is_complete:
                balance = whole
        accounted.differences += balance is None or not balance.is_exact
        if balance is not None:
            for standing, units in balance.standings.items():
                accounted.units[standing] += units
        return read_bytes

    def _looks_further(self, read_bytes: int) -> bool:
        if read_bytes <= LIGHT_BYTES_MAX:
            return True
        return read_bytes <= ACCOUNTING_BYTES_MAX and self.clock.jitter() < WHOLE_LOOKS_SHARE


def _bytes_of(balance: Balance | None) -> int:
    if balance is None:
        return _QUERIES_BYTES
    return _QUERIES_BYTES + balance.records * _HEADER_BYTES + balance.entries * _ENTRY_BYTES
