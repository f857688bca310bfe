"""Retrying: in the right hour, for every record that AWS did not take, and the same each time."""

from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.regressions.accidents import watch

RUN_EVERY = timedelta(minutes=5)


def reconcile_for(house: Meterhouse, period: timedelta) -> None:
    """Let the schedule run for a while; nobody does anything by hand."""
    ends_at = house.clock.now() + period
    while house.clock.now() < ends_at:
        house.clock.move_to(house.clock.now() + RUN_EVERY)
        house.reconcile()


def test_a_retry_in_a_later_hour_still_bills_the_hour_of_the_usage() -> None:
    """A retry must not become new usage.

    Public integrations stamp the time of sending. A retry in the next hour is a new record to AWS:
    if the first one was billed after all, the buyer pays twice.
    """
    # Given usage of 12:30 whose first send was billed, but the answer got lost for two hours
    house = Meterhouse()
    buyer = house.buyer()
    api = watch(house)
    house.marketplace.inject_fault("internal_error_after", count=1_000)
    house.drain(house.event(buyer, quantity=7))
    reconcile_for(house, 2 * HOUR)
    # When AWS answers again
    house.marketplace.clear_faults()
    reconcile_for(house, HOUR)
    # Then the buyer pays once, in the hour of the usage, and every send said exactly the same
    assert house.clock.now() > house.hour_at + 4 * HOUR
    assert house.billed(buyer) == {"12": Decimal(7)}
    assert house.state(buyer) is RecordState.METERED
    assert len(api.sent) > 10
    assert {repr(records) for records in api.sent} == {repr(api.sent[0])}


def test_records_that_aws_left_unprocessed_are_sent_until_it_processes_them() -> None:
    """`200 OK` does not mean that all records were processed.

    Public integrations look at `Results` only. What AWS returned in `UnprocessedRecords` counts as
    done, and the seller never sees that money.
    """
    # Given three buyers; two used what AWS leaves unprocessed for longer than one run tries
    house = Meterhouse()
    lucky, *unlucky = [house.buyer() for _ in range(3)]
    house.marketplace.inject_fault("unprocessed", dimension="gigabytes", count=12)
    # When their usage is drained
    house.drain(
        house.event(lucky, quantity=1),
        *(house.event(buyer, dimension="gigabytes", quantity=2) for buyer in unlucky),
    )
    # Then the neighbour is billed, and the others are known as surely not billed
    assert house.billed(lucky) == {"12": Decimal(1)}
    for buyer in unlucky:
        record = house.record(buyer, "gigabytes").status
        assert (record.state, record.reason) == (RecordState.SEALED, "attempts_exhausted")
    # And later runs bill them in their own hour
    reconcile_for(house, timedelta(minutes=15))
    assert all(house.billed(buyer, "gigabytes") == {"12": Decimal(2)} for buyer in unlucky)


def test_usage_that_was_throttled_is_sent_again_without_anybody_asking() -> None:
    """Throttling passes; usage that nobody retries is lost.

    Public integrations swallow the exception and report success to SQS, which deletes the message:
    every throttled call is usage that the seller gives away, unless somebody repairs it by hand.
    """
    # Given a throttling that outlasts the drain and several runs
    house = Meterhouse()
    buyer = house.buyer()
    house.marketplace.inject_fault("throttle", count=13)
    # When the usage is drained, SQS may delete its message, because it is in the journal
    assert house.drain(house.event(buyer, quantity=5)) == []
    assert house.billed(buyer) == {}
    # Then the schedule alone brings it to AWS
    reconcile_for(house, timedelta(minutes=30))
    assert house.billed(buyer) == {"12": Decimal(5)}
    assert house.state(buyer) is RecordState.METERED


def test_an_internal_error_that_outlasts_all_retries_of_a_run_ends_with_one_bill() -> None:
    """`InternalServiceErrorException` says neither that AWS billed nor that it did not.

    The SDK gives up after a few retries. Public integrations mark the usage as failed then and need
    a hand to send it again, or sum it up anew: what was billed after all is billed twice, or is
    dropped as a duplicate together with the usage that was added.
    """
    # Given an error at every attempt of the drain, which nevertheless took effect at AWS
    house = Meterhouse()
    buyer = house.buyer()
    api = watch(house)
    house.marketplace.inject_fault("internal_error_after", count=25)
    house.drain(house.event(buyer, "first", quantity=6))
    assert house.state(buyer) is RecordState.SUBMITTING
    assert len(api.sent) > 3
    # When more usage of the same hour comes while the answer is unknown
    house.drain(house.event(buyer, "second", quantity=4))
    reconcile_for(house, 2 * HOUR)
    # Then the record kept what it said first, and the later usage is billed in a later hour, once
    # it is certain that AWS has the record
    assert house.billed(buyer) == {"12": Decimal(6), "14": Decimal(4)}
    assert house.state(buyer) is RecordState.METERED
    check_books(house)
