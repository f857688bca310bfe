"""The end of the month is a deadline too: 06:00 UTC on the 1st, for the whole month before it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.usage.events import Tags
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse

MINUTE = timedelta(minutes=1)


def at(month_day: str, time: str, *, year: int = 2026) -> datetime:
    return datetime.fromisoformat(f"{year}-{month_day}T{time}:00+00:00")


LAST_HOUR_AT = at("11-30", "23:00")


def house_at(hour_at: datetime, *, settle: timedelta | None = None) -> tuple[Meterhouse, Agreement]:
    """Return a deployment in the middle of an hour, with a buyer."""
    house = Meterhouse()
    house.hour_at = hour_at
    house.policy = replace(house.policy, settle=settle or house.policy.settle)
    house.clock.move_to(hour_at + 31 * MINUTE)
    return house, house.buyer()


def billed_hours(house: Meterhouse) -> dict[str, Decimal]:
    return {f"{line.used_at:%m-%d %H}": line.quantity for line in house.marketplace.bill()}


def arrived_in(house: Meterhouse, hour_at: datetime) -> dict[str, list[tuple[Decimal, Tags]]]:
    """Return what was carried to an hour, by where it came from."""
    segments = house.ledger.segments(LogKey(hour_at, 0), 0)
    found = [decode_segment(one.name, one.blob) for one in segments]
    return {one.origin: list(one.entries) for one in found if one.origin}


def test_usage_of_the_months_last_hour_is_billed_to_that_month() -> None:
    house, buyer = house_at(LAST_HOUR_AT)
    house.drain(house.event(buyer, quantity=4))

    house.clock.move_to(at("12-01", "00:15"))
    house.reconcile()

    assert billed_hours(house) == {"11-30 23": Decimal(4)}


@pytest.mark.parametrize("settle", [timedelta(minutes=15), timedelta(hours=6)], ids=str)
def test_a_record_of_last_month_is_sealed_early_enough_to_be_sent(settle: timedelta) -> None:
    """The longest settle time that can be set would end at 06:00, when AWS takes nothing more."""
    house, buyer = house_at(LAST_HOUR_AT, settle=settle)
    house.drain(house.event(buyer, quantity=4))

    house.clock.move_to(at("12-01", "04:00"))
    house.reconcile()

    assert billed_hours(house) == {"11-30 23": Decimal(4)}


def test_a_long_settle_time_still_leaves_the_hour_to_stragglers_while_there_is_room() -> None:
    house, buyer = house_at(LAST_HOUR_AT, settle=timedelta(hours=6))
    house.drain(house.event(buyer, "on time", quantity=4))
    house.clock.move_to(at("12-01", "03:55"))
    house.reconcile()
    house.drain(house.event(buyer, "straggler", quantity=3))

    house.clock.move_to(at("12-01", "04:00"))
    house.reconcile()

    assert billed_hours(house) == {"11-30 23": Decimal(7)}


def test_retries_of_a_record_of_last_month_go_on_until_shortly_before_the_month_closes() -> None:
    house, buyer = house_at(LAST_HOUR_AT)
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.drain(house.event(buyer, quantity=4))
    while house.clock.now() < at("12-01", "05:45"):
        house.clock.move_to(house.clock.now() + 5 * MINUTE)
        house.reconcile()
    assert house.marketplace.bill() == ()

    house.marketplace.clear_faults()
    house.clock.move_to(at("12-01", "05:52"))
    house.reconcile()

    assert billed_hours(house) == {"11-30 23": Decimal(4)}


@pytest.mark.parametrize(
    ("hour_at", "last_at"),
    [
        (at("11-30", "04:00"), at("12-01", "04:00")),  # 24 hours come first
        (at("11-30", "06:00"), at("12-01", "06:00")),  # both at once
        (at("11-30", "07:00"), at("12-01", "06:00")),  # the month comes first
        (at("11-30", "23:00"), at("12-01", "06:00")),
        (at("12-01", "00:00"), at("12-02", "00:00")),  # the new month has its 24 hours
        (at("12-31", "23:00"), at("01-01", "06:00", year=2027)),
        (at("02-29", "12:00", year=2028), at("03-01", "06:00", year=2028)),
    ],
    ids=lambda moment: f"{moment:%m-%d %H}",
)
def test_24_hours_and_the_months_end_whichever_comes_first(
    hour_at: datetime, last_at: datetime
) -> None:
    # Six minutes before the deadline AWS still gets it for its own hour
    house, buyer = house_at(hour_at)
    house.drain(house.event(buyer, quantity=4))
    house.clock.move_to(last_at - 6 * MINUTE)
    house.reconcile()
    assert billed_hours(house) == {f"{hour_at:%m-%d %H}": Decimal(4)}

    # And four minutes before it, an answer might come too late: it becomes usage of that moment
    house, buyer = house_at(hour_at)
    house.drain(house.event(buyer, quantity=4))
    house.clock.move_to(last_at - 4 * MINUTE)
    house.reconcile()
    assert house.state(buyer) is RecordState.CARRIED
    house.clock.move_to(last_at + HOUR)
    house.reconcile()
    assert billed_hours(house) == {f"{last_at - HOUR:%m-%d %H}": Decimal(4)}
    check_books(house)


def test_usage_of_last_month_that_is_reported_before_the_month_closes_stays_in_it() -> None:
    house, buyer = house_at(LAST_HOUR_AT)

    house.clock.move_to(at("12-01", "05:40"))
    house.drain(house.event(buyer, quantity=4))

    assert billed_hours(house) == {"11-30 23": Decimal(4)}


def test_late_usage_of_a_closed_month_goes_to_the_first_open_hour_and_says_where_it_is_from() -> (
    None
):
    house, buyer = house_at(LAST_HOUR_AT)
    house.drain(house.event(buyer, "on time", quantity=4))
    house.clock.move_to(at("12-01", "00:20"))
    house.reconcile()

    house.clock.move_to(at("12-01", "07:30"))
    for _ in range(2):
        house.drain(
            house.event(buyer, "on time", quantity=4),
            house.event(buyer, "late", quantity=3),
            house.event(buyer, "earlier", quantity="0.5", time="2026-11-30T20:15:00Z"),
        )
    house.clock.move_to(at("12-01", "07:35"))
    house.reconcile()
    house.clock.move_to(at("12-01", "08:15"))
    house.reconcile()

    assert billed_hours(house) == {"11-30 23": Decimal(4), "12-01 07": Decimal("3.5")}
    arrived = arrived_in(house, at("12-01", "07:00"))
    assert {origin.partition("/")[0]: parts for origin, parts in arrived.items()} == {
        "2026-11-30T23#00": [(Decimal(3), ())],
        "2026-11-30T20#00": [(Decimal("0.5"), ())],
    }
    assert len(arrived) == 2
    assert house.report.metrics["UnitsMovedToAnotherMonth"] == 3.5
    check_books(house)
