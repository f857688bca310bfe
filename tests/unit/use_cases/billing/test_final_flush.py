"""When an agreement ends its last usage is billed at once, the unfinished hour included."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.use_cases.billing import flush_subscriptions
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import run_at

TEN_PAST = NOON + timedelta(minutes=10)


def _flush(house: Meterhouse, agreement: Agreement) -> int:
    flush = Flush(house.key(agreement).subscription, house.clock.now())
    return house.reconcile(flushes=[flush]).flush_left


def _answer(house: Meterhouse, agreement: Agreement) -> dict[str, Any]:
    key = house.key(agreement).subscription
    flushed = house.reconcile(flushes=[Flush(key, house.clock.now())]).flushed
    assert list(flushed) == [key]
    return dict(flushed[key])


def _house_within_the_hour() -> Meterhouse:
    house = Meterhouse()
    house.clock.move_to(TEN_PAST)
    return house


def test_a_flush_bills_the_unfinished_hour() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity="2.5", time=NOON.isoformat()))
    assert house.billed(buyer) == {}

    assert _flush(house, buyer) == 0

    assert house.billed(buyer) == {"12": Decimal("2.5")}


def test_a_flush_answers_what_it_billed_and_what_not() -> None:
    house = _house_within_the_hour()
    buyer, other = house.buyer(), house.buyer()
    house.drain(
        house.event(buyer, quantity="2.5", time=NOON.isoformat()),
        house.event(buyer, "e2", dimension="unheard_of", quantity=3, time=NOON.isoformat()),
        house.event(other, quantity=7, time=NOON.isoformat()),
    )

    answer = _answer(house, buyer)

    [billed], [refused] = answer["billed"], answer["not_billed"]
    assert (answer["answer"], answer["left"], answer["not_listed"]) == ("flushed", 0, 0)
    assert billed == {
        "record": str(house.key(buyer)),
        "quantity": "2.5",
        "state": "METERED",
        "reason": "",
    }
    assert (refused["record"], refused["quantity"]) == (str(house.key(buyer, "unheard_of")), "3")
    assert (refused["state"], refused["reason"]) == ("REJECTED", "InvalidUsageDimensionException")


def test_what_an_answer_cannot_hold_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_subscriptions, "_RECORDS_TOLD_MAX", 1)
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(
        house.event(buyer, time=NOON.isoformat()),
        house.event(buyer, "e2", dimension="gigabytes", time=NOON.isoformat()),
    )

    answer = _answer(house, buyer)

    assert [one["record"] for one in answer["billed"]] == [str(house.key(buyer))]
    assert (answer["not_billed"], answer["not_listed"]) == ([], 1)


def test_a_flush_of_nothing_says_so() -> None:
    house = _house_within_the_hour()
    idle, stranger = house.buyer(), house.subscribe()

    assert _answer(house, idle) == {"answer": "nothing_to_bill"}
    assert _answer(house, stranger) == {"answer": "not_found"}

    house.drain(house.event(stranger, time=NOON.isoformat()))
    answer = _answer(house, stranger)
    assert (answer["answer"], answer["left"]) == ("left", 1)


def test_a_flush_of_nothing_waits_for_the_queue() -> None:
    house = _house_within_the_hour()
    stranger = house.subscribe()
    house.queue.waiting, house.queue.drained_to_at = 1, NOON

    assert _answer(house, stranger)["answer"] == "left"


def test_a_flush_leaves_other_subscriptions_alone() -> None:
    house = _house_within_the_hour()
    leaving, staying = house.buyer(), house.buyer()
    house.drain(
        house.event(leaving, time=NOON.isoformat()), house.event(staying, time=NOON.isoformat())
    )

    _flush(house, leaving)

    assert house.state(leaving) is RecordState.METERED
    assert house.is_open(staying)
    house.drain(house.event(staying, "e2", time=NOON.isoformat()))
    house.clock.move_to(NOON + HOUR + timedelta(minutes=15))
    house.reconcile()
    assert house.billed(staying) == {"12": Decimal(2)}
    assert house.billed(leaving) == {"12": Decimal(1)}
    check_books(house)


def test_a_flush_waits_for_usage_that_is_still_in_the_queue() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", time=NOON.isoformat()))
    house.queue.waiting, house.queue.drained_to_at = 1, NOON

    assert _flush(house, buyer) == 1

    house.drain(house.event(buyer, "e2", time=NOON.isoformat()))
    house.queue.waiting = 0
    assert _flush(house, buyer) == 0
    assert house.billed(buyer) == {"12": Decimal(2)}


def test_a_busy_queue_does_not_stop_a_flush_once_it_is_drained_past_the_end() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, time=NOON.isoformat()))
    house.queue.waiting, house.queue.drained_to_at = 500, house.clock.now()

    assert _flush(house, buyer) == 0


def test_a_flush_sends_at_once_what_was_held() -> None:
    house = Meterhouse()
    late_registration = house.subscribe()
    house.drain(house.event(late_registration))
    house.reconcile()
    assert house.is_open(late_registration)
    assert house.head().reason == "subscription_unknown"
    house.register(late_registration)

    assert _flush(house, late_registration) == 0

    assert house.state(late_registration) is RecordState.METERED


def test_usage_after_a_flush_is_billed_with_the_next_hour() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, "e1", time=NOON.isoformat()))
    _flush(house, buyer)
    house.drain(house.event(buyer, "e2", time=(NOON + timedelta(minutes=5)).isoformat()))
    assert _flush(house, buyer) == 1, "the next hour has not begun"

    house.clock.move_to(NOON + HOUR + timedelta(minutes=1))
    assert _flush(house, buyer) == 0

    assert house.billed(buyer) == {"12": Decimal(1), "13": Decimal(1)}


def test_a_flush_can_be_repeated() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, time=NOON.isoformat()))

    assert [_flush(house, buyer) for _ in range(3)] == [0, 0, 0]

    assert house.billed(buyer) == {"12": Decimal(1)}


def test_a_flush_tells_aws_no_time_that_lies_ahead() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    ahead_at = house.clock.now() + timedelta(minutes=4)
    house.drain(house.event(buyer, time=ahead_at.isoformat()))

    _flush(house, buyer)

    [line] = house.marketplace.bill()
    assert line.used_at <= house.clock.now()


def test_a_flush_does_not_touch_what_another_run_is_sending() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.marketplace.inject_fault("internal_error_after", count=50)
    house.drain(house.event(buyer, time=NOON.isoformat()))
    _flush(house, buyer)
    before = house.record(buyer)
    assert before.state is RecordState.SUBMITTING

    assert _flush(house, buyer) == 1

    assert house.record(buyer) == before


def test_a_flush_is_not_done_while_the_last_usage_is_still_in_the_queue() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.queue.waiting = 1

    assert _flush(house, buyer) == 1, "there is no record yet, but there will be"

    house.drain(house.event(buyer, time=NOON.isoformat()))
    house.queue.waiting = 0
    assert _flush(house, buyer) == 0


def test_an_hour_with_nothing_to_bill_does_not_keep_a_flush_from_being_done() -> None:
    house = _house_within_the_hour()
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=0, time=NOON.isoformat()))

    assert _flush(house, buyer) == 0


def test_a_flush_of_usage_that_waits_for_its_registration_is_not_done() -> None:
    house = Meterhouse()
    house.clock.move_to(NOON + timedelta(minutes=10))
    stranger = house.subscribe()
    house.drain(house.event(stranger, time=NOON.isoformat()))
    flush = Flush(house.key(stranger).subscription, house.clock.now())

    assert house.reconcile(flushes=[flush]).flush_left >= 1

    assert house.is_open(stranger)


def test_a_flush_closes_no_whole_hour_whose_messages_wait_in_the_queue() -> None:
    house = Meterhouse()
    leaving, staying = house.buyer(), house.buyer()
    house.clock.move_to(NOON + timedelta(minutes=12))
    at = NOON.isoformat()
    house.drain(house.event(leaving, time=at), house.event(staying, "a", time=at))
    house.clock.move_to(NOON + HOUR + timedelta(minutes=20))
    # Drained past the moment at which usage stopped, and not past the hour's end.
    house.queue.note_progress(NOON + timedelta(minutes=20), house.clock.now())
    house.queue.waiting = 1000
    stopped_at = NOON + timedelta(minutes=10)
    house.reconcile(flushes=[Flush(house.key(leaving).subscription, stopped_at)])
    house.queue.waiting = 0
    sent_at = NOON + timedelta(minutes=30)
    house.drain(house.event(staying, "b", quantity=10), sent_at=sent_at)

    for _ in range(4):
        house.clock.move_to(house.clock.now() + timedelta(minutes=30))
        house.reconcile()

    assert house.billed(leaving) == {"12": 1}
    assert house.billed(staying) == {"12": 11}


def test_a_flush_does_not_forget_for_whom_else_an_hour_waits() -> None:
    house = Meterhouse()
    stranger, leaving = house.subscribe(), house.buyer()
    house.drain(house.event(stranger), house.event(leaving, "a"))
    flush = Flush(house.key(leaving).subscription, house.clock.now())
    assert house.head().waiting == (house.key(stranger).subscription,)
    house.clock.move_to(NOON + timedelta(minutes=30))
    other = Meterhouse(house.ledger)
    other.clock.move_to(NOON + timedelta(minutes=30))
    other.subscriptions = house.subscriptions

    other.reconcile(flushes=[flush])

    assert house.head().waiting == (house.key(stranger).subscription,)


def test_a_flush_is_done_though_others_late_usage_waits_for_their_records() -> None:
    house = Meterhouse()
    buyer, other = house.buyer(), house.buyer()
    refused = {"dimension": "unheard_of"}
    house.drain(house.event(other, quantity=100, **refused), house.event(buyer))
    house.drain(house.event(other, "late", quantity=5, **refused), house.event(buyer, "late"))
    for _ in range(4):
        run_at(house, 60)
    assert house.head().reason is Reason.LATE_USAGE_WAITS

    assert _answer(house, buyer)["answer"] == "flushed"

    assert sum(house.billed(buyer).values()) == 2
    assert _answer(house, other)["left"] == 1
