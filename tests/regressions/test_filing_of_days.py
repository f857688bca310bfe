"""A day that is filed forgets no usage that came since its hours were balanced."""

from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.journal.head import Head
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports.ledger import Lease
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

TWO_DAYS_LATER = NOON + timedelta(days=2)


class UnclosableLedger(InMemoryLedger):
    """Can close no log while it `is_failing`."""

    is_failing = False

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        if self.is_failing:
            raise StorageUnavailableError("it does not answer")
        return super().take(head, lease, now, until)


def test_a_day_is_not_filed_over_late_usage_in_one_of_its_hours() -> None:
    """Filing a day must not put an hour of it to rest that took usage since it was balanced.

    The simulation found it: a run filed the day when it came to one hour, and with that the other
    hour was due no more; then it broke off before it closed that one.
    """
    # Given a day with two hours that were billed and balanced
    ledger = UnclosableLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer), house.event(buyer, time=(NOON - HOUR).isoformat()))
    for _ in range(24):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
    # When usage of one of them comes before the day is filed, and that hour cannot be closed
    house.clock.move_to(TWO_DAYS_LATER)
    ledger.is_failing = True
    house.drain(house.event(buyer, "e2", quantity=5))
    house.reconcile()
    # Then a later run carries and bills it
    ledger.is_failing = False
    for _ in range(4):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
    assert house.billed(buyer) == {"11": Decimal(1), "12": Decimal(1), "13": Decimal(5)}
    check_books(house)
