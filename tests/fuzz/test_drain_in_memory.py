"""Many batches against the use case: it never raises, and every event ends where it belongs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from meterhouse.domain.usage.events import Rejection
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse
from tests.fuzz.batches import (
    Expectation,
    Message,
    batches,
    expect,
    outline,
    outline_of_text,
    queue_messages,
)
from tests.fuzz.hostile import GOOD
from tests.fuzz.usage import write_object
from tests.fuzz.verdicts import assert_explained, assert_journal_holds, fuzz

NOW_AT = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)
SENT_AT = NOW_AT - timedelta(minutes=2)


def house_with(ledger: InMemoryLedger) -> Meterhouse:
    house = Meterhouse(ledger)
    house.clock.move_to(NOW_AT)
    return house


@fuzz(800)
@given(batches(NOW_AT))
def test_every_event_of_any_batch_is_journalled_or_rejected(batch: list[Message]) -> None:
    ledger = InMemoryLedger()
    house = house_with(ledger)
    expectation = expect(batch, SENT_AT)

    assert house.drain_messages(queue_messages(batch, SENT_AT)) == []

    assert_journal_holds(expectation, ledger)
    assert_rejected(expectation, house.rejected.rejections)


@fuzz(800)
@given(batches(NOW_AT))
def test_a_batch_that_is_delivered_again_changes_nothing(batch: list[Message]) -> None:
    ledger = InMemoryLedger()
    house = house_with(ledger)
    messages = queue_messages(batch, SENT_AT)

    house.drain_messages(messages)
    house.drain_messages(messages[::-1])
    house.reconcile()

    assert_journal_holds(expect(batch, SENT_AT), ledger, deliveries=2)
    check_books(house)


def assert_rejected(expectation: Expectation, rejections: list[Rejection]) -> None:
    """Hold that exactly what must be is rejected, each event whole, and explained."""
    places = [(rejection.message_id, rejection.position) for rejection in rejections]
    assert sorted(places, key=repr) == sorted(expectation.rejected, key=repr)
    for rejection in rejections:
        assert_explained(rejection.code, rejection.sentence)
        text = expectation.rejected[rejection.message_id, rejection.position]
        assert rejection.content == text or outline(rejection.content) == outline_of_text(text)


@pytest.mark.parametrize(
    "body",
    [
        write_object([*GOOD.items(), ("quantity", "7")]),
        write_object([*GOOD.items(), ("id", "7")]),
        *(
            write_object(list((GOOD | {name: text}).items()))
            for name, text in {
                "subscription": '{"product_code": "first", "product_code": "p"}',
                "tags": '{"team": "first", "team": "search"}',
                "quantity": '{"value": "first", "value": 7}',
                "dimension": '[{"name": "first", "name": "api_calls"}]',
                "price": '{"value": "first", "value": 7}',
            }.items()
        ),
    ],
)
def test_what_is_given_twice_is_rejected_with_both_values(body: str) -> None:
    """A parsed event keeps the last value only; whoever mends it needs to see both."""
    house = house_with(InMemoryLedger())

    house.drain_bodies([body])

    (rejection,) = house.rejected.rejections
    assert_explained(rejection.code, rejection.sentence)
    assert rejection.content == body
