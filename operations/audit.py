"""Auditing a UsageTable: the accounting run's own balance of every account, and what spoils it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table import UsageTable
from meterhouse.domain.accounting import Balance
from meterhouse.domain.keys import AccountKey
from meterhouse.use_cases.account_usage import AccountUsage
from operations.collected_report import CollectedReport
from operations.faults import Fault, FaultKind
from operations.inspection import Inspection
from operations.location import locate_faults

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Unregistered accounts are looked for among so many unfinished records, the soonest due.
UNFINISHED_KEYS_MAX = 100_000
NOT_SEEN = (
    "Not seen: an account that is not registered and has no unfinished record, a record whose "
    "whole header is gone together with its pages, and usage that is not in the table yet."
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one account has to show; `balance` is None when its journal cannot be read."""

    account: AccountKey
    is_registered: bool
    balance: Balance | None
    faults: tuple[Fault, ...]

    @property
    def is_right(self) -> bool:
        """Tell whether every unit has its place and nothing is at fault."""
        return self.balance is not None and self.balance.is_exact and not self.faults


class Audit:
    """Reads one table; nothing here writes."""

    def __init__(
        self, client: "DynamoDBClient", table_name: str, since: datetime | None = None
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._since = since
        self._report = CollectedReport()
        self._ledger = UsageTable(client, table_name, self._report)
        self._usage = AccountUsage(self._ledger, self._report)
        self._registered: frozenset[AccountKey] = frozenset()

    def accounts(self) -> list[AccountKey]:
        """Return every account that is registered or has an unfinished record, in order."""
        self._registered = frozenset(self._ledger.accounts())
        unfinished = self._ledger.unfinished_keys(count_max=UNFINISHED_KEYS_MAX)
        return sorted(self._registered | {key.account for key in unfinished})

    def statement(self, account: AccountKey) -> Statement:
        """Balance one of `accounts`, and name the records at fault."""
        is_registered = account in self._registered
        inspection = Inspection(self._client, self._table_name, account)
        faults = list(inspection.faults(self._since))
        self._report.clear()
        balance = self._usage.balance(account, self._since)
        if balance is None or not balance.is_exact:
            faults += locate_faults(self._ledger, self._report, inspection.keys, self._since)
        if not is_registered and inspection.has_been_submitted:
            # Registering comes before the first sealing; until then the account is merely new.
            detail = "its account is not registered, so the accounting runs do not see it"
            faults += [Fault(key, FaultKind.NOT_REGISTERED, detail) for key in inspection.keys[:1]]
        ordered = sorted(faults, key=lambda fault: (fault.record, fault.kind))
        return Statement(account, is_registered, balance, tuple(ordered))

    def statements(self) -> Iterator[Statement]:
        """Yield a statement for every account."""
        for account in self.accounts():
            yield self.statement(account)
