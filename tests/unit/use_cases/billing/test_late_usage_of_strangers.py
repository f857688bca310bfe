"""Usage of an unknown subscription that comes when AWS takes no more of its hour: it waits for us.

Nobody can tell whether the subscription had begun, so it is carried nowhere until somebody can.
"""

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.records.reasons import Reason
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import (
    MOST,
    Told,
    assert_nothing_is_ever_billed,
    late_usage,
    lines,
    run_on,
)

UNKNOWN = Reason.SUBSCRIPTION_UNKNOWN


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def late_stranger(house: Meterhouse, *, first: int = 3, late: int = 4) -> Agreement:
    """Sell to somebody who uses 3 units and, when AWS takes no more of them, reports 4 others."""
    stranger = house.subscribe()
    house.drain(house.event(stranger, quantity=first))
    house.clock.move_to(NOON + 26 * HOUR)
    house.reconcile()
    assert house.record(stranger).status.reason is UNKNOWN
    if late:
        house.drain(house.event(stranger, "late", quantity=late))
    return stranger


def redrive(house: Meterhouse, buyer: Agreement) -> str:
    key = house.key(buyer)
    return house.reconcile(key).records["redriven"][str(key)]


def redriven_stranger(house: Meterhouse) -> Agreement:
    """Redrive a stranger's record, and let 4 units come later while nobody knows him again."""
    stranger = late_stranger(house, late=0)
    house.register(stranger)
    assert redrive(house, stranger) == "redriven"
    run_on(house)
    # The table of subscriptions was restored to an earlier day, and is made whole again.
    book = house.subscriptions.subscriptions
    lost = book.pop(house.key(stranger).subscription)
    house.drain(house.event(stranger, "late", quantity=4))
    book[lost.key] = lost
    return stranger


def test_it_stays_with_its_record_and_says_so(house: Meterhouse) -> None:
    stranger = late_stranger(house)

    assert late_usage(house) == [(str(house.key(stranger)), UNKNOWN, "4")]
    house.register(stranger)
    assert_nothing_is_ever_billed(house, stranger, 7)


def test_it_is_billed_with_its_record_once_its_buyer_is_known(house: Meterhouse) -> None:
    stranger = late_stranger(house)
    house.register(stranger)

    assert redrive(house, stranger) == "redriven"
    run_on(house, hours=50)

    assert sum(house.billed(stranger).values()) == 7
    assert lines(house, stranger)["12", Standing.CARRIED] == 7
    assert ("12", Standing.REJECTED) not in lines(house, stranger)
    check_books(house)


def test_it_is_billed_once_however_often_it_is_redriven(house: Meterhouse) -> None:
    stranger = late_stranger(house)
    house.register(stranger)
    redrive(house, stranger)
    run_on(house)

    assert redrive(house, stranger) == "not_rejected: CARRIED"
    run_on(house, hours=50)

    assert sum(house.billed(stranger).values()) == 7
    check_books(house)


def test_it_is_billed_by_itself_if_its_record_was_redriven_before(house: Meterhouse) -> None:
    stranger = redriven_stranger(house)

    assert redrive(house, stranger) == "redriven"
    run_on(house, hours=50)

    assert sum(house.billed(stranger).values()) == 7
    check_books(house)


def test_usage_from_before_the_start_is_not_billed_by_redriving_it(house: Meterhouse) -> None:
    stranger = late_stranger(house)
    house.register(stranger)
    Told(house, stranger)(starts_at=NOON + HOUR)

    assert redrive(house, stranger) == Reason.BEFORE_START

    assert_nothing_is_ever_billed(house, stranger, 7)


def test_nothing_is_redriven_of_whom_nobody_knows_yet(house: Meterhouse) -> None:
    stranger = late_stranger(house)

    assert redrive(house, stranger) == UNKNOWN

    house.register(stranger)
    assert_nothing_is_ever_billed(house, stranger, 7)


def test_what_exceeds_the_largest_quantity_stays_and_goes_with_its_record(
    house: Meterhouse,
) -> None:
    stranger = house.subscribe()
    house.drain(house.event(stranger, "a", quantity=MOST), house.event(stranger, "b", quantity=10))
    house.clock.move_to(NOON + 26 * HOUR)
    house.reconcile()
    house.register(stranger)
    run_on(house, hours=26)
    assert house.billed(stranger) == {}

    assert redrive(house, stranger) == "redriven"
    run_on(house, hours=50)

    assert sum(house.billed(stranger).values()) == MOST + 10
    check_books(house)


def test_late_usage_of_others_goes_on(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, "b"))
    stranger = late_stranger(house, late=0)

    house.drain(house.event(stranger, "late", quantity=4), house.event(buyer, "late", quantity=5))
    run_on(house)

    assert sum(house.billed(buyer).values()) == 6
    assert late_usage(house) == [(str(house.key(stranger)), UNKNOWN, "4")]


def test_two_buyers_are_redriven_each_for_himself(house: Meterhouse) -> None:
    one, other = late_stranger(house), house.subscribe()
    house.drain(house.event(other, "o", quantity=1))
    house.drain(house.event(other, "late o", quantity=2), house.event(one, "more", quantity=8))
    house.register(one)
    house.register(other)

    assert redrive(house, one) == "redriven"
    run_on(house)
    assert sum(house.billed(one).values()) == 15
    assert house.billed(other) == {}
    assert redrive(house, other) == "redriven"
    run_on(house, hours=50)

    assert (sum(house.billed(one).values()), sum(house.billed(other).values())) == (15, 3)
    check_books(house)
