"""Usage of hours in which its subscription was not on: never billed elsewhere, always visible."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.reasons import Reason
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import (
    LOG,
    MINUTE,
    MOST,
    REJECTED,
    SEALED,
    Times,
    Told,
    assert_nothing_is_ever_billed,
    late_usage,
    lines,
    run_on,
    sends,
)


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_usage_from_before_the_start_is_refused_at_once_and_nothing_is_sent(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)

    house.drain(house.event(buyer, quantity=7))

    record = house.record(buyer)
    assert (record.state, record.status.reason) == (REJECTED, Reason.BEFORE_START)
    assert (sends(house), house.report.metrics["RecordsRejected"]) == (0, 1)
    assert_nothing_is_ever_billed(house, buyer, 7)


def test_usage_from_after_the_end_is_refused_at_once_also_by_a_flush(house: Meterhouse) -> None:
    buyer = house.buyer()
    Told(house, buyer)(ended_at=NOON)
    house.clock.move_to(NOON + 40 * MINUTE)
    house.drain(house.event(buyer, quantity=7))

    flush = Flush(house.key(buyer).subscription, house.clock.now())
    summary = house.reconcile(flushes=[flush])

    assert (house.record(buyer).status.reason, summary.flush_left) == (Reason.AFTER_END, 0)
    assert sends(house) == 0
    assert_nothing_is_ever_billed(house, buyer, 7)


@pytest.mark.parametrize("times", [{"starts_at": NOON + HOUR}, {"ended_at": NOON}], ids=str)
def test_late_usage_of_such_an_hour_stays_there_with_its_reason(
    house: Meterhouse, times: Times
) -> None:
    buyer = house.buyer()
    Told(house, buyer)(**times)
    house.drain(house.event(buyer, quantity=7))

    house.drain(
        house.event(buyer, "late", quantity=2), house.event(buyer, "tags", tags={"team": "ads"})
    )

    reason = Reason.BEFORE_START if "starts_at" in times else Reason.AFTER_END
    assert late_usage(house) == [(str(house.key(buyer)), reason, "3")]
    assert house.report.metrics["RecordsRejected"] == 2
    assert house.report.metrics[f"RecordsRejected {reason}"] == 2
    assert house.report.metrics["LateEventsCarried"] == 0
    assert_nothing_is_ever_billed(house, buyer, 10)
    assert house.head().is_balanced


def test_late_usage_of_others_is_carried_all_the_same(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)
    for event_id, quantity in (("a", 1), ("late", 5)):
        house.drain(
            house.event(buyer, event_id, quantity=quantity),
            house.event(other, event_id, quantity=quantity),
        )

    run_on(house, hours=50)

    assert house.billed(buyer) == {}
    assert house.billed(other) == {"12": Decimal(1), "13": Decimal(5)}
    assert lines(house, buyer) == {("12", Standing.REJECTED): Decimal(6)}
    assert lines(house, other)["12", Standing.CARRIED] == 5
    assert house.report.metrics["LateEventsCarried"] == 1
    check_books(house)


def test_late_usage_stays_there_also_when_somebody_else_is_flushed(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, quantity=7), house.event(other, quantity=7))
    # More of it is waited for, and the hour is closed sooner for the other one alone.
    house.policy = replace(house.policy, quiet=30 * MINUTE)
    house.drain(house.event(buyer, "late", quantity=2), house.event(other, "late", quantity=2))
    assert late_usage(house) == []

    house.reconcile(flushes=[Flush(house.key(other).subscription, house.clock.now())])

    assert late_usage(house) == [(str(house.key(buyer)), Reason.BEFORE_START, "2")]
    assert_nothing_is_ever_billed(house, buyer, 9)


def test_what_was_decided_of_late_usage_stays_whatever_becomes_known(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    told = Told(house, buyer)
    told(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, "a"), house.event(other, "a"))
    house.drain(house.event(buyer, "late", quantity=5), house.event(other, "late", quantity=3))
    ledger = house.ledger
    assert isinstance(ledger, InMemoryLedger)
    # The run was cut off after it had written down what goes, and what stays.
    for place, carry in ledger.stored_carries.items():
        ledger.stored_carries[place] = replace(carry, has_arrived=False, version=1)
    head = ledger.stored_heads[LOG]
    ledger.stored_heads[LOG] = replace(head, done=head.done - 1)

    told(starts_at=None)
    run_on(house, hours=50)

    assert (house.billed(buyer), sum(house.billed(other).values())) == ({}, 4)
    assert len(late_usage(house)) == 1
    check_books(house)


def test_late_usage_that_is_on_its_way_goes_on_although_the_start_becomes_known(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    house.drain(house.event(buyer, "late", quantity=5))

    Told(house, buyer)(starts_at=NOON + HOUR)
    run_on(house, hours=50)

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(5)}
    check_books(house)


def test_what_exceeds_the_largest_quantity_stays_with_its_record(house: Meterhouse) -> None:
    buyer = house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)

    house.drain(house.event(buyer, "a", quantity=MOST), house.event(buyer, "b", quantity=10))

    assert_nothing_is_ever_billed(house, buyer, MOST + 10)


def test_what_a_lost_table_may_have_billed_is_not_called_unbilled(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.policy = replace(house.policy, lost_until=house.clock.now())
    Told(house, buyer)(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, "a", quantity=MOST), house.event(buyer, "b", quantity=10))
    house.drain(house.event(buyer, "late", quantity=5))

    run_on(house, hours=50)

    assert (house.billed(buyer), late_usage(house)) == ({}, [])
    assert lines(house, buyer) == {("12", Standing.EXPIRED): Decimal(MOST + 15)}
    check_books(house)


def test_late_usage_of_a_covered_hour_is_billed_after_the_end_although_aws_hesitates(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    Told(house, buyer)(ended_at=NOON + 45 * MINUTE)
    house.drain(house.event(buyer, "late", quantity=5))
    house.marketplace.inject_fault("throttle", count=4)
    house.clock.move_to(NOON + 2 * HOUR + 20 * MINUTE)
    house.reconcile()
    assert house.state(buyer, hour_at=NOON + HOUR) is SEALED

    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(5)}
    check_books(house)


def test_usage_of_its_own_in_an_hour_after_the_end_takes_what_was_carried_in_along(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, "a"))
    Told(house, buyer)(ended_at=NOON + 45 * MINUTE)
    house.drain(house.event(buyer, "late", quantity=5))
    house.drain(house.event(buyer, "own", quantity=2, time=house.clock.now().isoformat()))

    run_on(house)

    assert house.billed(buyer) == {"12": Decimal(1)}
    assert house.record(buyer, hour_at=NOON + HOUR).units == 7
    assert lines(house, buyer)["13", Standing.REJECTED] == 7
    check_books(house)


def test_no_zero_is_told_of_an_hour_before_the_start(house: Meterhouse) -> None:
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)

    house.drain(house.event(buyer, quantity=0))
    house.reconcile()

    assert (sends(house), house.records()) == (0, [])
