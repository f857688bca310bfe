"""Records whose hour turns out to be none of their subscription's, and what may be redriven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.records.answers import CallAnswer, refusal
from meterhouse.domain.records.reasons import Reason
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import (
    METERED,
    MINUTE,
    REJECTED,
    SEALED,
    Hold,
    Times,
    Told,
    assert_nothing_is_ever_billed,
    run_on,
    sends,
)


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def held_by_a_throttle(house: Meterhouse, buyer: Agreement) -> None:
    house.marketplace.inject_fault("throttle", count=1_000)
    house.drain(house.event(buyer, quantity=7))
    house.marketplace.clear_faults()


def held_for_want_of_a_subscription(house: Meterhouse, buyer: Agreement) -> None:
    house.marketplace.end_agreement(buyer.agreement_id, ends_at=NOON - 3 * HOUR)
    house.drain(house.event(buyer, quantity=7))


@pytest.mark.parametrize("hold", [held_by_a_throttle, held_for_want_of_a_subscription])
@pytest.mark.parametrize(
    ("times", "reason"),
    [({"starts_at": NOON + HOUR}, "before_start"), ({"ended_at": NOON - 3 * HOUR}, "after_end")],
    ids=["start", "end"],
)
@pytest.mark.parametrize("hours", [0.5, 24])
def test_a_record_that_waits_ends_when_its_subscriptions_times_become_known(
    house: Meterhouse, hold: Hold, times: Times, reason: str, *, hours: float
) -> None:
    buyer = house.buyer()
    hold(house, buyer)
    assert house.state(buyer) is SEALED

    sent = sends(house)
    Told(house, buyer)(**times)
    house.clock.move_to(house.clock.now() + hours * HOUR)
    house.reconcile()

    record = house.record(buyer)
    assert (record.state, record.status.reason, sends(house)) == (REJECTED, reason, sent)
    assert_nothing_is_ever_billed(house, buyer, 7)


@dataclass
class RefusesTheTime:
    """AWS that refuses the time of every record, just as its subscription's start becomes known."""

    told: Told

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        del product_code, records
        self.told(starts_at=NOON + HOUR)
        return refusal("TimestampOutOfBoundsException")


def test_a_time_that_aws_refuses_is_billed_in_no_other_hour(house: Meterhouse) -> None:
    buyer = house.buyer()
    metering = house.metering
    house.metering = RefusesTheTime(Told(house, buyer))  # type: ignore[assignment] # a test's own
    house.drain(house.event(buyer, quantity=7))
    house.metering = metering

    assert house.record(buyer).status.reason == Reason.BEFORE_START
    assert_nothing_is_ever_billed(house, buyer, 7)


def test_the_first_hour_is_billed_whole_from_the_start_on(house: Meterhouse) -> None:
    starts_at = NOON + timedelta(minutes=20, seconds=1.5)
    buyer = house.marketplace.create_agreement(house.product.product_code, starts_at=starts_at)
    house.register(buyer)
    Told(house, buyer)(starts_at=starts_at)

    house.drain(
        house.event(buyer, "too early", quantity=2, time=(NOON + 10 * MINUTE).isoformat()),
        house.event(buyer, quantity=3),
    )

    assert house.billed(buyer) == {"12": Decimal(5)}
    assert house.record(buyer).sealed.timestamp_at == NOON + timedelta(minutes=20, seconds=2)


@pytest.mark.parametrize("throttles", [0, 4], ids=["at once", "although AWS is busy at first"])
def test_inside_the_window_aws_decides_about_what_an_operator_redrives(
    house: Meterhouse, throttles: int
) -> None:
    buyer = house.buyer()
    Told(house, buyer)(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, quantity=7))
    if throttles:
        house.marketplace.inject_fault("throttle", count=throttles)

    summary = house.reconcile(house.key(buyer))
    run_on(house)

    assert summary.records["redriven"] == {str(house.key(buyer)): "redriven"}
    assert (house.state(buyer), house.billed(buyer)) == (METERED, {"12": Decimal(7)})
    check_books(house)


def test_after_the_window_it_cannot_be_redriven_until_the_start_is_put_right(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    told = Told(house, buyer)
    told(starts_at=NOON + HOUR)
    house.drain(house.event(buyer, quantity=7))
    house.clock.move_to(NOON + 24 * HOUR)

    summary = house.reconcile(house.key(buyer))
    run_on(house)

    assert summary.records["redriven"] == {str(house.key(buyer)): "before_start"}
    assert (house.state(buyer), house.billed(buyer)) == (REJECTED, {})

    told(starts_at=NOON - HOUR)
    house.reconcile(house.key(buyer))
    run_on(house)

    assert sum(house.billed(buyer).values()) == 7
    check_books(house)
