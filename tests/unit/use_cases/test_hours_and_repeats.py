"""Which hour usage is billed in, and that it is billed once: told by the use cases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_usage_of_a_settled_hour_is_billed_within_the_drain(house: Meterhouse) -> None:
    buyer = house.buyer()

    kept = house.drain(house.event(buyer, quantity=7), house.event(buyer, "e2", quantity="0.5"))

    assert kept == []
    assert house.billed(buyer) == {"12": Decimal("7.5")}
    assert house.state(buyer) is RecordState.METERED


def test_usage_of_the_current_hour_waits_until_the_hour_is_settled(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.hour_at += HOUR
    house.drain(house.event(buyer, time=house.clock.now().isoformat()))

    house.reconcile()
    assert house.billed(buyer) == {}

    house.clock.move_to(house.hour_at + HOUR + timedelta(minutes=15))
    house.reconcile()
    assert house.billed(buyer) == {"13": Decimal(1)}


def test_a_redelivered_batch_is_billed_once(house: Meterhouse) -> None:
    buyer = house.buyer()
    for _ in range(3):
        house.drain(house.event(buyer, quantity=5))

    assert house.billed(buyer) == {"12": Decimal(5)}


def test_repeated_event_ids_in_different_messages_are_billed_once(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.queue.waiting = 1
    sent_at = house.hour_at
    house.drain(house.event(buyer, "a"), house.event(buyer, "b"), sent_at=sent_at)
    house.drain(house.event(buyer, "b"), house.event(buyer, "c"), sent_at=sent_at)
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=6))

    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(3)}
    assert house.report.metrics["RepeatsDropped"] == 1


def test_one_id_with_two_quantities_bills_the_smaller_and_says_so(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=9), house.event(buyer, quantity=4))

    assert house.billed(buyer) == {"12": Decimal(4)}
    assert house.report.metrics["RepeatsConflicting"] == 1


def test_late_usage_is_carried_to_the_current_hour_once(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, "on-time"))
    for _ in range(2):
        house.drain(house.event(buyer, "late", quantity=3), house.event(buyer, "on-time"))

    house.clock.move_to(house.hour_at + 2 * HOUR + timedelta(minutes=15))
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(3)}
    assert house.report.metrics["LateEventsCarried"] == 1
    check_books(house)


def test_usage_of_last_month_after_its_cut_off_is_billed_in_the_current_hour(
    house: Meterhouse,
) -> None:
    house.clock.move_to(datetime(2026, 12, 1, 6, 30, tzinfo=UTC))
    buyer = house.buyer()

    house.drain(house.event(buyer, time="2026-11-30T20:15:00Z", quantity=8))
    house.clock.move_to(datetime(2026, 12, 1, 6, 35, tzinfo=UTC))
    house.reconcile()
    house.clock.move_to(datetime(2026, 12, 1, 7, 20, tzinfo=UTC))
    house.reconcile()

    assert house.billed(buyer) == {"06": Decimal(8)}
    home = house.record(buyer, hour_at=datetime(2026, 11, 30, 20, tzinfo=UTC))
    assert home.state is RecordState.CARRIED


def test_an_hour_stays_open_while_the_queue_still_holds_its_messages(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.queue.waiting, house.queue.in_flight = 5_000, 10
    sent_at = house.hour_at + timedelta(minutes=40)
    house.clock.move_to(house.hour_at + 3 * HOUR)

    house.drain(house.event(buyer, "first"), sent_at=sent_at)
    house.reconcile()
    assert house.is_open(buyer)

    house.drain(house.event(buyer, "second"), sent_at=sent_at)
    house.queue.waiting = house.queue.in_flight = 0
    house.clock.move_to(house.clock.now() + timedelta(minutes=6))
    house.reconcile()
    assert house.billed(buyer) == {"12": Decimal(2)}


def test_a_record_that_could_never_be_sent_is_carried_after_its_deadline(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.queue.waiting = 1
    house.drain(house.event(buyer, quantity=4), sent_at=house.hour_at)
    house.queue.waiting = 0

    house.clock.move_to(house.hour_at + 30 * HOUR)
    house.reconcile()
    assert house.state(buyer) is RecordState.CARRIED
    house.clock.move_to(house.hour_at + 32 * HOUR)
    house.reconcile()

    assert house.billed(buyer) == {"18": Decimal(4)}
    check_books(house)


def test_a_record_whose_answer_never_came_expires_and_is_not_billed_again(
    house: Meterhouse,
) -> None:
    buyer = house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(buyer, quantity=4))

    house.clock.move_to(house.hour_at + 24 * HOUR)
    house.reconcile()

    assert house.state(buyer) is RecordState.EXPIRED
    assert house.report.metrics["RecordsExpired"] == 1


def test_a_sum_beyond_ten_integer_digits_is_billed_in_two_hours(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(
        house.event(buyer, "a", quantity=9_999_999_999), house.event(buyer, "b", quantity=10)
    )
    house.clock.move_to(house.hour_at + 2 * HOUR + timedelta(minutes=15))
    house.reconcile()

    assert house.billed(buyer) == {
        "12": Decimal("9999999999.999999"),
        "13": Decimal("9.000001"),
    }
    check_books(house)


def test_zero_usage_is_not_sent_and_leaves_the_hour_to_late_usage(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=0))
    assert house.billed(buyer) == {}

    house.drain(house.event(buyer, "late", quantity=5))
    house.clock.move_to(house.hour_at + 22 * HOUR)
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(5)}


def test_tags_become_allocations_that_sum_to_the_quantity(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(
        house.event(buyer, "a", quantity=2, tags={"team": "search"}),
        house.event(buyer, "b", quantity="1.5", tags={"team": "search"}),
        house.event(buyer, "c", quantity=4, tags={"team": "ads"}),
        house.event(buyer, "d", quantity=1),
    )

    (line,) = house.marketplace.bill()
    assert line.quantity == Decimal("8.5")
    assert {part.tags: part.quantity for part in line.allocations} == {
        (("team", "search"),): Decimal("3.5"),
        (("team", "ads"),): Decimal(4),
        (): Decimal(1),
    }


def test_the_frozen_timestamp_is_the_earliest_usage_of_the_hour(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.drain(
        house.event(buyer, "a", time="2026-11-18T12:40:00Z"),
        house.event(buyer, "b", time="2026-11-18T12:07:08.9Z"),
    )

    (line,) = house.marketplace.bill()
    assert line.used_at == datetime(2026, 11, 18, 12, 7, 8, tzinfo=UTC)


def test_usage_in_arrears_that_comes_in_several_messages_meets_in_its_own_hour(
    house: Meterhouse,
) -> None:
    house.policy = replace(house.policy, quiet=timedelta(minutes=2))
    buyer = house.buyer()
    house.drain(house.event(buyer, "first"))
    house.clock.pause(90)
    house.drain(house.event(buyer, "second"))
    house.clock.pause(60)
    house.reconcile()
    assert house.billed(buyer) == {}

    house.clock.pause(60)
    house.reconcile()
    assert house.billed(buyer) == {"12": Decimal(2)}


@pytest.mark.parametrize("quiet", [120, 900])
def test_usage_in_arrears_that_can_be_sent_in_time_is_not_carried(quiet: int) -> None:
    house = Meterhouse()
    house.policy = replace(house.policy, quiet=timedelta(seconds=quiet))
    house.clock.move_to(NOON + 24 * HOUR - timedelta(minutes=19))
    house.drain(house.event(house.buyer()))

    for _ in range(12):
        house.clock.move_to(house.clock.now() + timedelta(minutes=5))
        house.reconcile()

    [line] = house.marketplace.bill()
    assert line.used_at < NOON + HOUR
