"""What is known of a subscription's times, and what becomes of its usage."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

MINUTE = timedelta(minutes=1)
MOST = 9_999_999_999
REJECTED, SEALED, METERED = RecordState.REJECTED, RecordState.SEALED, RecordState.METERED
LOG = LogKey(NOON, 0)

Times = dict[str, object]
Hold = Callable[[Meterhouse, Agreement], None]


@dataclass(frozen=True)
class Told:
    """What is known of one buyer's subscription."""

    house: Meterhouse
    buyer: Agreement

    def __call__(self, **times: object) -> None:
        """Let it become known when the subscription begins or ended."""
        key = self.house.key(self.buyer).subscription
        book = self.house.subscriptions.subscriptions
        book[key] = replace(book[key], **times)  # type: ignore[arg-type] # its own times


def run_on(house: Meterhouse, hours: float = 3) -> None:
    for _ in range(int(hours * 2)):
        house.clock.move_to(house.clock.now() + HOUR / 2)
        house.reconcile()


def sends(house: Meterhouse) -> int:
    return sum(1 for name, _ in house.report.events if name == "metering_call")


def lines(house: Meterhouse, buyer: Agreement) -> dict[tuple[str, Standing], Decimal]:
    """Return what a buyer used, by hour and where it stands, as its sheets tell it."""
    day_at = NOON.replace(hour=0)
    read = ReadUsage(house.ledger, 1)
    used = read(house.key(buyer).subscription, day_at, day_at + timedelta(days=2))
    return {(f"{line.hour_at:%H}", line.standing): line.units for line in used.lines if line.units}


def late_usage(house: Meterhouse) -> list[tuple[object, object, object]]:
    return [
        (fields["record"], fields["reason"], fields["units"])
        for name, fields in house.report.events
        if name == "late_usage_rejected"
    ]


def assert_nothing_is_ever_billed(house: Meterhouse, buyer: Agreement, units: int) -> None:
    run_on(house, hours=50)
    assert house.billed(buyer) == {}
    assert lines(house, buyer) == {("12", Standing.REJECTED): Decimal(units)}
    check_books(house)
