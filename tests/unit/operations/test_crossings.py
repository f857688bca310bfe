"""Carried usage between hours: what left one, and what arrived where."""

from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Balance
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import LogKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from operations.crossings import Crossings
from operations.findings import EVERYTHING, Crossed, Scope
from tests.unit.operations.builders import HOUR, KEY, NOON_AT

SOURCE, TARGET, ELSEWHERE = (LogKey(NOON_AT + hours * HOUR, 0) for hours in (0, 3, 4))
NAME = "late#000001#000"
ORIGIN = f"{SOURCE}/{NAME}"
FIVE = Decimal(5)
# In two parts, as usage with different tags is.
PARTS = (CarriedPart(KEY.meter, Decimal(2), ()), CarriedPart(KEY.meter, Decimal(3), (("a", "b"),)))


def carry(*, has_arrived: bool = True) -> Carry:
    return Carry(SOURCE, NAME, PARTS, NOON_AT, TARGET, generation=0, has_arrived=has_arrived)


def crossings(
    *carries: Carry,
    arrived: dict[LogKey, str],
    scope: Scope = EVERYTHING,
    origin: str = ORIGIN,
) -> Crossings:
    found = Crossings(scope)
    found.leave(carries)
    for log, units in arrived.items():
        found.arrive(log, Balance(KEY.meter, arrived={origin: Decimal(units)}))
    return found


def judged(found: Crossings) -> tuple[Crossed, str | None]:
    """Return what became of the one crossing, and what is wrong with it."""
    ((meter, crossed, fault),) = found.judge()
    assert meter == KEY.meter
    if fault is None:
        return crossed, None
    assert (fault.subject, fault.meter) == (ORIGIN, KEY.meter)
    return crossed, fault.detail


def test_what_left_has_arrived() -> None:
    assert judged(crossings(carry(), arrived={TARGET: "5"})) == (Crossed(FIVE, FIVE), None)


def test_what_is_on_its_way_still_stands_where_it_was() -> None:
    on_its_way = crossings(carry(has_arrived=False), arrived={})

    assert judged(on_its_way) == (Crossed(), None)


@pytest.mark.parametrize("log", [TARGET, ELSEWHERE])
def test_what_is_on_its_way_may_count_already_wherever_it_was_sent_since(log: LogKey) -> None:
    on_its_way = crossings(carry(has_arrived=False), arrived={log: "5"})

    assert judged(on_its_way) == (Crossed(FIVE, FIVE), None)


@pytest.mark.parametrize("has_arrived", [True, False])
def test_other_units_than_left_are_a_fault(*, has_arrived: bool) -> None:
    crossed, detail = judged(crossings(carry(has_arrived=has_arrived), arrived={TARGET: "4.5"}))

    assert crossed == Crossed(FIVE, Decimal("4.5"), Decimal("0.5"))
    assert detail == f"5 units left it for {TARGET}, 4.5 arrived in {TARGET}"


def test_units_that_did_not_arrive_are_a_fault() -> None:
    crossed, detail = judged(crossings(carry(), arrived={}))

    assert crossed.lost == 5
    assert detail == f"5 units left it for {TARGET}, none arrived there"


def test_units_in_another_hour_than_the_carry_says_are_a_fault() -> None:
    crossed, detail = judged(crossings(carry(), arrived={ELSEWHERE: "5"}))

    assert crossed.lost == 0
    assert detail == f"5 units left it for {TARGET}, 5 arrived in {ELSEWHERE}"


def test_units_that_nothing_explains_are_a_fault() -> None:
    found = crossings(arrived={TARGET: "5"})

    assert found.unexplained == {SOURCE}
    assert judged(found) == (
        Crossed(Decimal(0), FIVE, FIVE),
        f"no carry says that it left, 5 arrived in {TARGET}",
    )


def test_units_of_no_hour_at_all_are_a_fault() -> None:
    found = crossings(arrived={TARGET: "5"}, origin="nowhere")

    assert found.unexplained == set()
    ((_, crossed, fault),) = found.judge()
    assert fault is not None
    assert fault.subject == "nowhere"
    assert crossed.lost == 5


def test_what_came_from_before_the_period_is_left_out() -> None:
    found = crossings(arrived={TARGET: "5"}, scope=Scope(since_at=NOON_AT + HOUR))

    assert list(found.judge()) == []
    assert found.unexplained == set()


def test_what_others_carried_is_left_out() -> None:
    found = crossings(carry(), arrived={}, scope=Scope(subscription=SubscriptionKey("license#l-0")))

    assert list(found.judge()) == []
    assert found.targets == set()


def test_a_carry_that_is_read_twice_left_once() -> None:
    found = crossings(carry(has_arrived=False), carry(), arrived={TARGET: "5"})

    assert found.targets == {TARGET}
    assert judged(found) == (Crossed(FIVE, FIVE), None)
