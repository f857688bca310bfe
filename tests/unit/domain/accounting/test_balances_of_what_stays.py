"""Late usage that is carried nowhere is rejected, and everything else balances beside it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.journal.carrying import Carry, KeptPart
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.reasons import Reason
from tests.unit.domain.accounting.test_balances import (
    CARRIED_METER,
    CUT_METER,
    LATE_METER,
    books,
    carry,
    standings_of,
)
from tests.unit.domain.builders import KEY, LOG, segment_of, usage_event


def kept(name: str, meter: MeterKey, units: str) -> Carry:
    """Return a carry of which nothing goes anywhere."""
    part = KeptPart(CarriedPart(meter, Decimal(units), ()), Reason.AFTER_END)
    return replace(carry(name, meter, units), parts=(), kept=(part,), has_arrived=False)


@pytest.mark.parametrize("done", [1, 2])
def test_late_usage_that_stays_is_rejected_as_soon_as_that_is_written_down(done: int) -> None:
    hour = books()
    hour.head = replace(hour.head, done=done)
    hour.carries[0] = kept("late#000001#000", LATE_METER, "4")

    balance = hour.balances()[LATE_METER]

    assert balance.difference == 0
    assert standings_of(balance) == {Standing.METERED: Decimal("3.5"), Standing.REJECTED: 4}
    assert balance.left == {}


def test_a_rest_that_stays_is_rejected() -> None:
    hour = books()
    hour.carries[1] = kept("rest#batch#000", CUT_METER, "15.000001")

    balance = hour.balances()[CUT_METER]

    assert balance.difference == 0
    assert balance.standings[Standing.REJECTED] == Decimal("15.000001")
    assert balance.standings[Standing.CARRIED] == balance.standings[Standing.PENDING] == 0


@pytest.mark.parametrize("fate", ["on its way", "arrived", "withheld"])
def test_what_stays_and_what_goes_by_one_carry_are_told_apart(fate: str) -> None:
    hour = books()
    hour.generations[1].append(
        segment_of(usage_event("f", "16", home=KEY._replace(dimension=CARRIED_METER.dimension)))
    )
    stays = kept("", CARRIED_METER, "16").kept
    hour.carries[0] = replace(
        hour.carries[0], kept=stays, has_arrived=fate == "arrived", is_withheld=fate == "withheld"
    )
    if fate == "on its way":
        hour.head = replace(hour.head, done=1)

    found = hour.balances()

    assert hour.differences() == {}
    goes, stands = standings_of(found[LATE_METER]), standings_of(found[CARRIED_METER])
    pending, carried, expired = Standing.PENDING, Standing.CARRIED, Standing.EXPIRED
    place = {"on its way": pending, "arrived": carried, "withheld": expired}[fate]
    assert goes == {Standing.METERED: Decimal("3.5"), place: 4}
    # Until the rest of the carry is settled, what stays is on its way, too.
    verdict = pending if fate == "on its way" else Standing.REJECTED
    assert stands == {carried: 8, verdict: 16}
    assert found[CARRIED_METER].left == {f"{LOG}/record#batch#02#000": 8}
