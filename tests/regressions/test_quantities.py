"""What counts, and how much of it: exact, each event once, and never 0 for what nobody can read."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from meterhouse.domain.journal.segments import Segment, decode_segment
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse

if TYPE_CHECKING:
    from marketplace_sandbox.testing import Agreement


def next_hour_is_billed(house: Meterhouse) -> None:
    """Let the hour after the present one settle, and the schedule run."""
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()


def test_the_same_dimension_twice_in_one_message_is_billed_as_their_sum() -> None:
    """AWS takes one record per dimension and hour; a second one is dropped.

    Public integrations turn every line of a message into a record. Of two lines for one dimension
    AWS keeps the first quantity, and the seller loses the second.
    """
    # Given a message that names one dimension three times, and another in between
    house = Meterhouse()
    buyer = house.buyer()
    # When it is drained
    house.drain(
        house.event(buyer, "a", quantity=3),
        house.event(buyer, "b", quantity=5),
        house.event(buyer, "c", dimension="gigabytes", quantity=7),
        house.event(buyer, "d", quantity=11),
    )
    # Then the buyer pays for the sum of each dimension
    assert house.billed(buyer) == {"12": Decimal(19)}
    assert house.billed(buyer, "gigabytes") == {"12": Decimal(7)}


def test_quantities_that_are_written_as_text_are_added_as_numbers() -> None:
    """`"1" + "2"` is 3 units, not 12.

    Public integrations pass on what the message holds. Added as texts, quantities are joined, and
    the buyer pays for twelve; refused as texts by the SDK, they are lost.
    """
    # Given quantities as texts and as numbers, with zeros that mean nothing
    house = Meterhouse()
    buyer = house.buyer()
    quantities = ("1", "2", 3, "4.50", 0.25, "007")
    # When they are drained
    house.drain(
        *(house.event(buyer, f"e{n}", quantity=quantity) for n, quantity in enumerate(quantities))
    )
    # Then the buyer pays for their sum
    assert house.billed(buyer) == {"12": Decimal("17.75")}


def test_fractions_are_billed_to_the_last_digit() -> None:
    """0.1 + 0.2 is 0.3.

    Public integrations calculate with floats, or cut what follows the point because the old field
    `Quantity` takes whole numbers only: each record loses up to one unit.
    """
    # Given three tenths, a millionth, and a number that a float cannot hold beside it
    house = Meterhouse()
    buyer = house.buyer()
    body = json.dumps(
        {
            "events": [
                *(house.event(buyer, f"e{n}", quantity=0.1) for n in range(3)),
                house.event(buyer, "small", quantity="0.000001"),
                house.event(buyer, "large", quantity="9007199254.740993"),
            ]
        }
    )
    # When they are drained
    house.drain_bodies([body])
    # Then the bill is their exact sum
    assert house.billed(buyer) == {"12": Decimal("9007199255.040994")}


@pytest.mark.parametrize(
    "quantity",
    ["12,5", "abc", "", " 12", "1e3", "-1", -1, None, [3], {"value": 3}, True, "NaN", "0.0000001"],
    ids=repr,
)
def test_a_malformed_quantity_does_not_bill_zero(quantity: object) -> None:
    """A record without a readable quantity silently meters 0, and burns its hour.

    Public integrations hand over `undefined` or `NaN`. AWS bills 0 units, answers `Success`, and
    drops the right quantity that comes later as a duplicate.
    """
    # Given an event whose quantity nobody can read
    house = Meterhouse()
    buyer = house.buyer()
    # When it is drained and the hour's end passes
    assert house.drain(house.event(buyer, quantity=quantity)) == []
    house.reconcile()
    # Then nothing is billed, nothing holds the hour, and the seller is told which event it was
    assert house.marketplace.bill() == ()
    (rejection,) = house.rejected.rejections
    assert rejection.code.startswith("quantity_")
    assert isinstance(rejection.content, dict)
    assert rejection.content["id"] == "e1"
    # And the event with the right quantity is billed in that hour
    house.drain(house.event(buyer, quantity="12.5"))
    assert house.billed(buyer) == {"12": Decimal("12.5")}


def test_an_event_without_any_quantity_does_not_bill_zero_either() -> None:
    """An absent quantity is a mistake, not a zero."""
    # Given an event without the field
    house = Meterhouse()
    buyer = house.buyer()
    event = house.event(buyer)
    del event["quantity"]
    # When it is drained beside a good one
    house.drain(event, house.event(buyer, "e2", quantity=4))
    # Then only the good one is billed
    assert house.billed(buyer) == {"12": Decimal(4)}
    assert [rejection.code for rejection in house.rejected.rejections] == ["quantity_missing"]


def test_two_events_in_the_same_second_are_two_events() -> None:
    """A timestamp is not an identity.

    Public integrations store usage under customer and time. The second event of a second overwrites
    the first, and the busier a buyer is, the more usage is lost.
    """
    # Given two different events, equal in everything but their ids, and one of them repeated
    house = Meterhouse()
    buyer = house.buyer()
    # When they are drained, from several messages
    first, second = house.event(buyer, "a", quantity=2), house.event(buyer, "b", quantity=2)
    house.drain_bodies([json.dumps(first), json.dumps(second), json.dumps(first)])
    # Then each is billed once
    assert house.billed(buyer) == {"12": Decimal(4)}


def segments_of(house: Meterhouse, hour_at: datetime) -> list[Segment]:
    """Return everything that was written to the log of an hour."""
    stored = house.ledger.segments(LogKey(hour_at, 0), 0)
    return [decode_segment(one.name, one.blob) for one in stored]


def late_events(house: Meterhouse, buyer: "Agreement") -> list[dict[str, object]]:
    """Return what was billed already, and two events of the same hour that were not."""
    return [
        house.event(buyer, "on time", quantity=10),
        house.event(buyer, "late", quantity=3),
        house.event(buyer, "later", quantity="0.5"),
    ]


def test_usage_that_arrives_after_its_hour_was_closed_is_billed_in_the_next_open_hour() -> None:
    """A closed hour takes nothing more; what comes later must go somewhere.

    Public integrations send the hour again: AWS drops the second record as a duplicate, or they
    never look at rows of an hour that they worked on. Either way the seller loses late usage.
    """
    # Given an hour that is billed
    house = Meterhouse()
    buyer = house.buyer()
    events = late_events(house, buyer)
    house.drain(events[0])
    assert house.billed(buyer) == {"12": Decimal(10)}
    # When more of its usage arrives, twice, the second time in an hour of its own
    house.drain(*events)
    house.clock.move_to(house.clock.now() + timedelta(minutes=45))
    house.drain(*events)
    next_hour_is_billed(house)
    next_hour_is_billed(house)
    # Then the closed hour stays as it is, and the late usage is billed once, in the hour it came in
    assert house.billed(buyer) == {"12": Decimal(10), "13": Decimal("3.5")}
    assert house.state(buyer) is RecordState.METERED
    # And the journal says where it came from
    home, billed_with = (segments_of(house, hour_at) for hour_at in (NOON, NOON + HOUR))
    assert {event_id for one in home for event_id in one.ids} == {"on time", "late", "later"}
    assert [one.origin.partition("/")[0] for one in billed_with] == ["2026-11-18T12#00"]
    check_books(house)
