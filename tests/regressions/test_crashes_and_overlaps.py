"""A crash at the worst moment, and two runs at the same time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.regressions.accidents import KilledError, WatchedLedger, kill, nothing, watch


def test_a_crash_after_the_bill_and_before_the_mark_is_billed_once() -> None:
    """Between AWS's bill and our note of it anything can happen.

    Public integrations leave such usage pending and send it again in the next hour with a new
    timestamp: the buyer is billed twice, and nobody notices.
    """
    # Given a drain that dies when AWS has billed and nothing was noted yet
    house = Meterhouse()
    buyer = house.buyer()
    api = watch(house)
    api.after_call = kill
    event = house.event(buyer, quantity=9)
    with pytest.raises(KilledError):
        house.drain(event)
    # Then what is written says that the answer is unknown, not that nothing was sent
    assert house.state(buyer) is RecordState.SUBMITTING
    # When SQS delivers the message again, and the schedule runs, an hour later
    api.after_call = nothing
    house.clock.move_to(house.clock.now() + HOUR)
    house.drain(event)
    house.reconcile()
    # Then the identical record was sent again, and the buyer pays once
    assert house.billed(buyer) == {"12": Decimal(9)}
    assert house.state(buyer) is RecordState.METERED
    assert len(api.sent) == 2
    assert api.sent[0] == api.sent[1]


def test_a_crash_before_the_call_loses_nothing() -> None:
    """A note that something is being sent must not count as sent."""
    # Given a drain that dies right before its call
    house = Meterhouse()
    buyer = house.buyer()
    api = watch(house)
    api.before_call = kill
    with pytest.raises(KilledError):
        house.drain(house.event(buyer, quantity=9))
    assert house.billed(buyer) == {}
    # When the schedule runs, once the dead run's claim is over
    api.before_call = nothing
    house.clock.move_to(house.clock.now() + timedelta(minutes=7))
    house.reconcile()
    # Then it is billed
    assert house.billed(buyer) == {"12": Decimal(9)}
    assert house.state(buyer) is RecordState.METERED


def test_runs_that_overlap_send_every_record_once() -> None:
    """Schedulers overlap: a run that takes long is still at work when the next one starts.

    Public integrations do not claim what they are about to send. Both runs sum up the same rows, or
    one row more, and one of the two sums is billed twice or dropped as a duplicate.
    """
    # Given a drain in the middle of its call to AWS
    house = Meterhouse()
    buyers = [house.buyer() for _ in range(30)]
    events = [house.event(buyer, quantity=2) for buyer in buyers]
    api = watch(house)

    def start_others() -> None:
        api.before_call = nothing
        house.reconcile()
        house.drain(*events)

    api.before_call = start_others
    # When a scheduled run and a second drain of the same messages start meanwhile
    house.drain(*events)
    # Then every record was sent once, and every buyer pays once
    sent = [(record["LicenseArn"], record["Timestamp"]) for call in api.sent for record in call]
    assert len(sent) == len(set(sent)) == len(buyers)
    assert all(house.billed(buyer) == {"12": Decimal(2)} for buyer in buyers)
    assert {house.state(buyer) for buyer in buyers} == {RecordState.METERED}


def test_of_two_runs_that_read_the_same_hour_only_the_one_that_claimed_it_sends_it() -> None:
    """Reading what is pending and sending it is not one step: another run may read in between.

    Public integrations enqueue rows that an earlier run has enqueued already, and so send twice.
    """
    # Given a drain that has read its hour, and a run that claims and bills it before the drain
    ledger = WatchedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    api = watch(house)

    def overtake() -> None:
        ledger.before_take = nothing
        house.reconcile()
        assert house.billed(buyer) == {"12": Decimal(2)}

    ledger.before_take = overtake
    # When the drain goes on
    house.drain(house.event(buyer, quantity=2))
    # Then it has lost the race, and AWS had one call
    assert len(api.sent) == 1
    assert house.state(buyer) is RecordState.METERED
    check_books(house)


def test_a_run_that_hangs_before_it_freezes_an_hour_is_overtaken_and_sends_nothing() -> None:
    """Who sums up what it read long ago must not send the sum any more."""
    # Given a drain that hangs with its sums, until its lease is over and another run bills them
    ledger = WatchedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    api = watch(house)

    def hang() -> None:
        ledger.before_freeze = nothing
        house.clock.move_to(house.clock.now() + timedelta(seconds=251))
        house.drain(house.event(buyer, "more", quantity=5))
        assert house.billed(buyer) == {"12": Decimal(7)}

    ledger.before_freeze = hang
    # When it goes on
    house.drain(house.event(buyer, quantity=2))
    # Then it freezes nothing, and AWS had one call
    assert len(api.sent) == 1
    assert [record.units for record in house.records()] == [Decimal(7)]
    assert house.state(buyer) is RecordState.METERED
    check_books(house)


def test_of_two_runs_that_read_the_same_frozen_record_only_the_one_that_claimed_it_sends_it() -> (
    None
):
    """A record that waits for another try may be tried by two runs at once."""
    # Given a record that waits for its next try, and a run that overtakes another one's claim
    ledger = WatchedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.marketplace.inject_fault("throttle", count=4)
    house.drain(house.event(buyer, quantity=2))
    assert house.state(buyer) is RecordState.SEALED
    api = watch(house)

    def overtake() -> None:
        ledger.before_store = nothing
        house.reconcile()
        assert house.billed(buyer) == {"12": Decimal(2)}

    ledger.before_store = overtake
    house.clock.move_to(house.clock.now() + timedelta(minutes=5))
    # When the overtaken run goes on
    house.reconcile()
    # Then it has lost the race, and AWS had one call
    assert len(api.sent) == 1
    assert house.state(buyer) is RecordState.METERED
    check_books(house)


def test_a_run_that_wakes_up_after_its_record_was_settled_by_another_changes_nothing() -> None:
    """A run that hangs longer than its claim lasts finds that others did its work."""
    # Given a drain that hangs in its call for an hour, while the schedule takes its record over
    house = Meterhouse()
    buyer = house.buyer()
    api = watch(house)

    def hang() -> None:
        api.before_call = nothing
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
        assert house.state(buyer) is RecordState.METERED

    api.before_call = hang
    # When it wakes up and sends
    house.drain(house.event(buyer, quantity=2))
    # Then AWS had two equal calls and one bill, and the record says so
    assert api.sent[0] == api.sent[1]
    assert house.billed(buyer) == {"12": Decimal(2)}
    assert house.state(buyer) is RecordState.METERED
    assert house.report.metrics["RecordsDisputed"] == 0
