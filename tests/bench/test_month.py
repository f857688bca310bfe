"""What a month costs, reckoned by hand from an hour and a price list."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from moto import mock_aws

from bench.counting import Bench, Life
from bench.deployment import access_environment, environment
from bench.month import Counted, Seller, bill_of, count_seller, read_prices
from bench.playing import Part
from bench.spending import Costs

PRICES = {
    "dynamodb": {
        "million_write_units": Decimal(2),
        "million_read_units": Decimal(1),
        "gigabyte_month": Decimal("0.5"),
    },
    "lambda": {"gigabyte_second": Decimal("0.001"), "million_requests": Decimal(1)},
    "sqs": {"million_requests": Decimal(4)},
    "assumed": {
        "memory_gigabytes": Decimal(2),
        "seconds_a_call": Decimal("0.01"),
        "drain_microseconds_an_event": Decimal(10),
        "fold_events_a_second": Decimal(1_000_000),
        "calls_a_second": Decimal(10),
        "empty_receives": Decimal(500_000),
    },
}


def costs(write: int = 0, read: int = 0, calls: int = 0) -> Costs:
    return Costs(Decimal(write), Decimal(0), Decimal(read), Decimal(calls))


def counted() -> Counted:
    parts = {
        Part.DRAIN: costs(180, 120, 300),
        Part.CLOSING: costs(20, 50, 20),
        Part.ACCOUNTING: costs(3, 30, 10),
        # The sheets of two customers, and the head's end.
        Part.FILING: costs(4, 10, 10),
    }
    hour = Life("an hour", 12_000, 4, 120, parts, metering_calls=1, stored_bytes=1_000_000)
    return Counted(
        seller=Seller("one", meters=4, events_a_drain=100),
        hour=hour,
        sheet=costs(2, 0, 1),
        idle=costs(0, 25, 5),
        customers=2,
    )


@pytest.fixture
def bench() -> Iterator[Bench]:
    with mock_aws(), environment(access_environment(None, None)):
        yield Bench()


def test_a_month_is_its_hours_with_their_own_sheets_replaced_by_a_day_s_and_all_idle_runs() -> None:
    month = counted().month

    assert month.write_units == 720 * (180 + 20 + 3 + 2) + 30 * 2 * 2
    assert month.read_units == 720 * 210 + 8_640 * 25
    assert month.calls == 720 * 340 + 30 * 2 + 8_640 * 5
    assert counted().month_bytes == 720 * 1_000_000


def test_a_bill_is_what_was_counted_at_the_prices_of_the_list() -> None:
    bill = bill_of(counted(), PRICES)

    assert bill["DynamoDB units"] == Decimal(147_720 * 2 + 367_200) / 1_000_000
    assert bill["first month's storage"] == Decimal("0.72") * Decimal("0.5")
    # Calls; events at 10 microseconds, and folded twice; ten calls of BatchMeterUsage a second.
    seconds = 288_060 * Decimal("0.01") + 8_640_000 * Decimal("0.000012") + Decimal(72)
    invocations = Decimal(86_400 + 8_640) / 1_000_000
    assert bill["Lambda"] == invocations + seconds * 2 * Decimal("0.001")
    # A message of 100 events a drain: sent, and a tenth of a receive and of a deletion.
    assert bill["SQS"] == (86_400 * Decimal("1.2") + 500_000) * 4 / 1_000_000


def test_an_hour_is_played_and_a_run_that_finds_nothing_to_do_reads_three_days_of_hours(
    bench: Bench,
) -> None:
    found = count_seller(bench, Seller("tiny", meters=6, events_a_drain=6), drains=2)

    assert (found.hour.drains, found.hour.records, found.customers) == (2, 6, 2)
    assert found.sheet.write_units == 1
    assert found.idle.write_units == 0
    # The heads of 48 hours one by one, and those of 72 in one query, beside some small reads.
    assert 48 + 2 < found.idle.read_units < 48 + 10


def test_the_price_file_has_every_price_that_a_bill_needs() -> None:
    assert all(amount > 0 for amount in bill_of(counted(), read_prices()).values())
