"""Many records: one bad one, more than one call takes, more than one run can take."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial

from meterhouse.domain.calls.payload import RECORDS_PER_CALL_MAX
from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.regressions.accidents import KilledError, WatchedApi, kill, nothing, watch

HOURS, DIMENSIONS = 20, 130
DUE_RECORDS = HOURS * DIMENSIONS
RUNS_MAX = 30


def dimension_names(count: int) -> tuple[str, ...]:
    return tuple(f"dimension_{number}" for number in range(count))


def house_with_dimensions(count: int) -> Meterhouse:
    house = Meterhouse()
    house.product = house.marketplace.create_product(dimensions=dimension_names(count))
    return house


def house_with_a_backlog() -> tuple[Meterhouse, WatchedApi]:
    """Return a deployment with more due records than it looks at in one go, and its AWS."""
    house = house_with_dimensions(DIMENSIONS)
    buyer = house.buyer()
    house.queue.waiting = 1
    house.drain(
        *(
            house.event(
                buyer, dimension=name, time=(house.hour_at - number * HOUR).isoformat(), quantity=1
            )
            for number in range(HOURS)
            for name in dimension_names(DIMENSIONS)
        ),
        sent_at=house.hour_at - HOURS * HOUR,
    )
    assert house.marketplace.bill() == ()
    house.queue.waiting = 0
    return house, watch(house)


def kill_after(api: WatchedApi, calls: int) -> None:
    if len(api.sent) == calls:
        kill()


def test_one_bad_dimension_among_25_costs_nothing_but_itself() -> None:
    """AWS refuses a whole call for one bad record, and does not say which it is.

    Public integrations mark all 25 as failed and never retry them: one typing error in one
    dimension's name and the seller loses the usage of 24 other buyers.
    """
    # Given 25 buyers in one call, one of whom used a dimension that the product does not have
    house = Meterhouse()
    buyers = [house.buyer() for _ in range(25)]
    events = [house.event(buyer, quantity=3) for buyer in buyers]
    events[12] = house.event(buyers[12], dimension="api_cals", quantity=3)
    # When they are drained together
    house.drain(*events)
    # Then 24 are billed at once
    good = buyers[:12] + buyers[13:]
    assert all(house.billed(buyer) == {"12": Decimal(3)} for buyer in good)
    # And the bad one stands with its units and with AWS's reason, where an alarm counts it
    record = house.record(buyers[12], "api_cals")
    assert (record.state, record.units) == (RecordState.REJECTED, Decimal(3))
    assert record.status.reason == "InvalidUsageDimensionException"
    assert house.report.metrics["RecordsRejected"] == 1


def test_a_product_with_more_than_25_dimensions_is_billed_for_all_of_them() -> None:
    """`BatchMeterUsage` takes 25 records in one call.

    Public integrations put all dimensions of a buyer into one call. From the 26th on AWS refuses
    the call, and with it the usage of all of them.
    """
    # Given a buyer who used 60 dimensions
    house = house_with_dimensions(60)
    buyer = house.buyer()
    api = watch(house)
    # When one message reports them
    house.drain(*(house.event(buyer, dimension=name) for name in dimension_names(60)))
    # Then all of them are billed, in calls that AWS takes
    assert all(house.billed(buyer, name) == {"12": Decimal(1)} for name in dimension_names(60))
    assert sorted(map(len, api.sent)) == [10, 25, 25]


def test_more_due_records_than_one_run_can_take_are_billed_by_the_runs_after_it() -> None:
    """A backlog that exceeds a run must shrink with every run.

    Public integrations read one page of what is pending, or start again from the beginning when
    their time is over: the rest waits until AWS does not take it any more.
    """
    # Given a backlog, and calls so slow that a run ends long before it
    house, api = house_with_a_backlog()
    api.before_call = lambda: house.clock.pause(1)
    billed = [0]
    # When the schedule runs
    while billed[-1] < DUE_RECORDS and len(billed) <= RUNS_MAX:
        house.clock.move_to(house.clock.now() + timedelta(minutes=5), seconds_left=60)
        summary = house.reconcile()
        billed.append(len(house.marketplace.bill()))
        assert (summary.pending > 0) == (billed[-1] < DUE_RECORDS), "what is left is said"
    # Then every run gets further, until all is billed
    assert len(billed) > 3
    assert billed == sorted(set(billed))
    assert billed[-1] == DUE_RECORDS
    assert max(map(len, api.sent)) == RECORDS_PER_CALL_MAX


def test_runs_that_are_killed_in_the_middle_still_come_to_an_end() -> None:
    """A run that hits its time limit must not have worked for nothing.

    Public integrations store results when the run ends. A run that is killed before has billed and
    does not know it; the next one begins with the same records and is killed at the same place.
    """
    # Given a backlog, and runs that are killed after their fifth call
    house, api = house_with_a_backlog()
    runs = 0
    # When the schedule runs
    while len(house.marketplace.bill()) < DUE_RECORDS and runs < RUNS_MAX:
        runs += 1
        house.clock.move_to(house.clock.now() + timedelta(minutes=7))
        api.after_call = partial(kill_after, api, len(api.sent) + 5)
        with suppress(KilledError):
            house.reconcile()
            # Only a run that finds less than five calls' worth of work reaches its end.
            assert len(house.marketplace.bill()) == DUE_RECORDS
    # Then all is billed, and once nobody kills the runs all is known
    assert runs > 5
    assert len(house.marketplace.bill()) == DUE_RECORDS
    api.after_call = nothing
    house.clock.move_to(house.clock.now() + timedelta(minutes=7))
    assert house.reconcile().pending == 0
    assert sum(line.quantity for line in house.marketplace.bill()) == DUE_RECORDS
    check_books(house)
