"""An operator redrives what AWS refused."""

from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse


def refusals(house: Meterhouse) -> list[object]:
    return [fields["cause"] for name, fields in house.report.events if name == "redrive_refused"]


def test_a_rejected_record_is_sent_again_unchanged_inside_the_window() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer, dimension="unheard_of", quantity=3))
    house.clock.move_to(house.clock.now() + timedelta(minutes=1))
    rejected = house.record(buyer, "unheard_of")
    assert rejected.state is RecordState.REJECTED

    house.reconcile(rejected.key)

    again = house.record(buyer, "unheard_of")
    assert again.status.sends == rejected.status.sends + 1
    assert again.sealed == rejected.sealed


def test_a_rejected_record_is_billed_in_the_current_hour_after_the_window() -> None:
    house = Meterhouse()
    stranger = house.subscribe()
    house.drain(house.event(stranger, quantity=3))
    house.clock.move_to(house.hour_at + 24 * HOUR)
    house.reconcile()
    assert house.state(stranger) is RecordState.REJECTED

    house.register(stranger)
    house.reconcile(house.key(stranger))
    house.clock.move_to(house.hour_at + 26 * HOUR)
    house.reconcile()

    assert house.billed(stranger) == {"12": Decimal(3)}
    assert house.state(stranger) is RecordState.CARRIED
    check_books(house)


def test_each_record_is_answered_for_itself() -> None:
    house = Meterhouse()
    buyer, stranger = house.buyer(), house.subscribe()
    house.drain(house.event(buyer, dimension="unheard_of"), house.event(buyer, "e2"))
    house.clock.move_to(house.clock.now() + timedelta(minutes=1))
    rejected, metered = house.key(buyer, "unheard_of"), house.key(buyer)

    summary = house.reconcile(metered, house.key(stranger), rejected)

    assert summary.records["redriven"] == {
        str(metered): "not_rejected: METERED",
        str(house.key(stranger)): "not_found",
        str(rejected): "redriven",
    }
    assert house.reconcile().records["redriven"] == {}


def test_a_metered_record_cannot_be_redriven() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.drain(house.event(buyer))

    house.reconcile(house.key(buyer))

    assert house.state(buyer) is RecordState.METERED
    assert refusals(house) == ["record is METERED, not REJECTED"]


def test_an_unknown_record_cannot_be_redriven() -> None:
    house = Meterhouse()
    buyer, stranger = house.buyer(), house.key(house.buyer())
    house.queue.waiting = 1
    house.drain(house.event(buyer), sent_at=house.hour_at)

    house.reconcile(stranger)

    assert refusals(house) == [f"there is no record {stranger}"]
    assert house.report.metrics["RecordsPending"] == 1


def test_a_record_that_was_never_frozen_keeps_its_tags() -> None:
    house = Meterhouse()
    stranger = house.subscribe()
    house.drain(
        house.event(stranger, "e1", quantity=3, tags={"team": "ads"}),
        house.event(stranger, "e2", quantity=4),
    )
    house.clock.move_to(house.hour_at + 24 * HOUR)
    house.reconcile()
    house.register(stranger)

    house.reconcile(house.key(stranger))
    house.clock.move_to(house.hour_at + 26 * HOUR)
    house.reconcile()

    [line] = house.marketplace.bill()
    assert sorted((one.quantity, one.tags) for one in line.allocations) == [
        (Decimal(3), (("team", "ads"),)),
        (Decimal(4), ()),
    ]
