"""The accounting run: balance every subscription and dimension, and say any difference aloud."""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.accounting import Balance, balance_account
from meterhouse.domain.keys import AccountKey
from meterhouse.errors import JournalCorruptError
from meterhouse.ports import Report, UsageLedger

# Usage may be carried while it is read. Who sees the same difference twice running sees one; after
# so many looks that all differ, the account moves too much to be judged now.
READS_MAX = 5


@dataclass(frozen=True, slots=True)
class AccountUsage:
    """The use case; see `balance`."""

    ledger: UsageLedger
    report: Report

    def balance(
        self, account: AccountKey, since: datetime | None, *, entries_max: int | None = None
    ) -> Balance | None:
        """Return the balance of an account over the hours from `since` on; report a difference.

        A journal that cannot be read is a difference too: it is reported, and has no balance.
        `since` is the beginning of an hour; more than `entries_max` entries are not read.
        """
        before: Balance | JournalCorruptError | None = None
        for _ in range(READS_MAX):
            found = self._read_balance(account, since, entries_max)
            if isinstance(found, Balance) and (found.is_exact or not found.is_complete):
                return found
            if _is_same(found, before):
                self._report_difference(account, found)
                return found if isinstance(found, Balance) else None
            before = found
        self.report.event(
            "accounting_unsettled", subscription=account.subscription, dimension=account.dimension
        )
        return before if isinstance(before, Balance) else None

    def _read_balance(
        self, account: AccountKey, since: datetime | None, entries_max: int | None
    ) -> Balance | JournalCorruptError:
        records = self.ledger.read_account(account, since)
        try:
            return balance_account(account, records, since=since, entries_max=entries_max)
        except JournalCorruptError as error:
            return error

    def _report_difference(self, account: AccountKey, found: Balance | JournalCorruptError) -> None:
        names = {"subscription": account.subscription, "dimension": account.dimension}
        self.report.count("AccountingDifferences")
        if isinstance(found, JournalCorruptError):
            self.report.event("journal_corrupt", **names, error=str(found))
            return
        self.report.event(
            "accounting_difference",
            **names,
            difference=str(found.difference),
            carry_difference=str(found.carry_difference),
        )


def _is_same(
    found: Balance | JournalCorruptError, before: Balance | JournalCorruptError | None
) -> bool:
    match found, before:
        case Balance(), Balance():
            differences = found.difference, found.carry_difference
            return differences == (before.difference, before.carry_difference)
        case JournalCorruptError(), JournalCorruptError():
            return str(found) == str(before)
        case _:
            return False
