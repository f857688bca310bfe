"""With the heartbeat on, every closed hour without usage is reported to AWS as zero."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    house = Meterhouse()
    house.policy = replace(house.policy, heartbeat=True)
    return house


def _run_at(house: Meterhouse, hours: float) -> None:
    """Let two runs follow one another: the first opens idle hours, the second bills them."""
    house.clock.move_to(NOON + timedelta(hours=hours))
    house.reconcile()
    house.reconcile()


def test_an_idle_hour_is_reported_once_it_is_closed(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()

    _run_at(house, 2.2)
    assert house.billed(buyer) == {"12": Decimal(1)}, "hour 13 has not settled yet"

    _run_at(house, 2.3)
    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(0)}


def test_no_idle_hour_is_reported_unless_asked(house: Meterhouse) -> None:
    house.policy = replace(house.policy, heartbeat=False)
    buyer = house.buyer()
    house.drain(house.event(buyer))
    for hours in range(2, 8):
        _run_at(house, hours)

    assert house.billed(buyer) == {"12": Decimal(1)}


def test_an_hour_with_usage_gets_no_zero(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    house.drain(house.event(buyer, quantity=7, time=(NOON + HOUR).isoformat()))

    _run_at(house, 2.3)

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(7)}


def test_usage_that_comes_after_the_zero_is_billed_in_a_later_hour(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    _run_at(house, 2.3)
    house.drain(house.event(buyer, quantity=7, time=(NOON + HOUR).isoformat()))

    _run_at(house, 3.3)

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(0), "14": Decimal(7)}


def test_an_idle_hour_stays_open_while_a_backlog_may_hold_its_usage(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    house.queue.waiting, house.queue.drained_to_at = 3, NOON

    _run_at(house, 2.3)

    assert house.billed(buyer) == {"12": Decimal(1)}
    assert house.records(NOON + HOUR) == []
    assert house.head(NOON + HOUR).reason == "queue_backlog"


def test_a_pause_is_made_up_for(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()

    _run_at(house, 5.3)

    assert [*house.billed(buyer)] == ["12", "13", "14", "15", "16"]


def test_no_zero_is_sent_for_a_subscription_that_ended(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    key = house.key(buyer).subscription
    house.subscriptions.subscriptions[key] = replace(
        house.subscriptions.subscriptions[key], ended_at=NOON + HOUR
    )

    _run_at(house, 3.3)

    assert [*house.billed(buyer)] == ["12"]


def test_a_zero_that_aws_refuses_alarms_nobody(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    house.marketplace.end_agreement(buyer.agreement_id, ends_at=NOON + HOUR)
    for hours in (2.3, 3.3, 4.3):
        _run_at(house, hours)

    assert house.state(buyer, hour_at=NOON + HOUR) is RecordState.CARRIED
    assert not house.report.metrics["RecordsRejected"]
    assert not house.report.metrics["RecordsExpired"]


def test_a_run_without_time_leaves_the_heartbeat_to_the_next(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer))
    house.reconcile()
    house.clock.move_to(NOON + timedelta(hours=2.3), seconds_left=40)
    house.reconcile()
    assert [*house.billed(buyer)] == ["12"]

    _run_at(house, 2.4)

    assert [*house.billed(buyer)] == ["12", "13"]
