"""The accounting run: balance every subscription and dimension, and say any difference aloud."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.accounting import Balance, balance_account
from meterhouse.domain.keys import AccountKey
from meterhouse.errors import JournalCorruptError
from meterhouse.ports import Report, UsageLedger

# A difference that is still there after this many looks is one.
READS_MAX = 3


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """The use case; see `balance`."""

    ledger: UsageLedger
    report: Report

    def balance(self, account: AccountKey, since: datetime | None) -> Balance | None:
        """Return the balance of an account over the hours from `since` on; report a difference.

        A journal that cannot be read is a difference too: it is reported, and has no balance.
        """
        try:
            balance = self._read_balance(account, since)
        except JournalCorruptError as error:
            self.report.count("AccountingDifferences")
            self.report.event(
                "journal_corrupt",
                subscription=account.subscription,
                dimension=account.dimension,
                error=str(error),
            )
            return None
        if not balance.is_exact:
            self.report.count("AccountingDifferences")
            self.report.event(
                "accounting_difference",
                subscription=account.subscription,
                dimension=account.dimension,
                difference=str(balance.difference),
                carry_difference=str(balance.carry_difference),
            )
        return balance

    def _read_balance(self, account: AccountKey, since: datetime | None) -> Balance:
        """Read until the books balance: usage may be carried while they are read."""
        for _ in range(READS_MAX - 1):
            with suppress(JournalCorruptError):
                balance = balance_account(
                    account, self.ledger.read_account(account, since), since=since
                )
                if balance.is_exact:
                    return balance
        return balance_account(account, self.ledger.read_account(account, since), since=since)
