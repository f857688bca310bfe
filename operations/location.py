"""Which records make an account's balance wrong: the same balance, taken record by record."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting import Balance, balance_account
from meterhouse.domain.keys import AccountKey, RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records import MeteringRecord
from meterhouse.ports import UsageLedger
from operations.collected_report import CollectedReport
from operations.faults import Fault, FaultKind

ZERO = Decimal(0)


@dataclass(slots=True)
class _Carries:
    """What left each hour, and what arrived from it."""

    left: defaultdict[datetime, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    arrived: defaultdict[datetime, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, record: MeteringRecord, balance: Balance) -> None:
        self.left[record.key.hour_at] += balance.carried_out
        for hour_at in {page.from_hour_at for page in record.pages} - {record.key.hour_at}:
            pages = tuple(page for page in record.pages if page.from_hour_at == hour_at)
            part = balance_account(record.key.account, [replace(record, pages=pages)])
            self.arrived[hour_at] += part.carried_in


def locate_faults(
    ledger: UsageLedger,
    report: CollectedReport,
    keys: Iterable[RecordKey],
    since: datetime | None,
) -> Iterator[Fault]:
    """Yield the records of one account that cannot be read or do not balance, and lost carries.

    `report` is the one that the ledger reports to. One record is in memory at a time.
    """
    carries = _Carries()
    account: AccountKey | None = None
    for key in keys:
        account = key.account
        report.clear()
        record = ledger.read([key]).get(key)
        if record is None:
            for fields in report.fields_of("journal_corrupt"):
                yield Fault(key, FaultKind.UNREADABLE, str(fields["error"]))
            continue
        balance = balance_account(key.account, [record])
        carries.add(record, balance)
        if balance.difference:
            yield Fault(key, FaultKind.DIFFERENCE, _say_difference(balance))
    if account is not None:
        yield from _lost_carries(account, carries, since)


def _lost_carries(
    account: AccountKey, carries: _Carries, since: datetime | None
) -> Iterator[Fault]:
    for hour_at in sorted({*carries.left, *carries.arrived}):
        left, arrived = carries.left[hour_at], carries.arrived[hour_at]
        if left != arrived and (since is None or hour_at >= since):
            detail = (
                f"{format_quantity(left)} units left it for later hours, "
                f"{format_quantity(arrived)} arrived there"
            )
            yield Fault(RecordKey(*account, hour_at), FaultKind.CARRY_DIFFERENCE, detail)


def _say_difference(balance: Balance) -> str:
    accounted = balance.journalled - balance.difference
    return (
        f"its journal holds {format_quantity(balance.journalled)} units, "
        f"it accounts for {format_quantity(accounted)}"
    )
