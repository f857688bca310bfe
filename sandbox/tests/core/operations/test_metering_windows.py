"""When usage is accepted."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.operations.windows import check_usage_time
from tests.builders import NOON_AT, Shop, code_of

A_MOMENT = timedelta(microseconds=1)
A_DAY = timedelta(hours=24)
FIRST_AT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used_at", "now"),
    [
        pytest.param(NOON_AT, NOON_AT, id="this very moment"),
        pytest.param(NOON_AT - A_DAY + A_MOMENT, NOON_AT, id="just under 24 hours old"),
        pytest.param(NOON_AT + timedelta(minutes=5), NOON_AT, id="ahead by a clock's skew"),
        pytest.param(
            FIRST_AT - A_MOMENT, FIRST_AT + timedelta(hours=6) - A_MOMENT, id="before the cut-off"
        ),
        pytest.param(FIRST_AT, FIRST_AT + timedelta(hours=23), id="this month, after the cut-off"),
        pytest.param(
            datetime(2026, 12, 31, 23, tzinfo=UTC),
            datetime(2027, 1, 1, 5, 59, tzinfo=UTC),
            id="across the year's end",
        ),
    ],
)
def test_usage_is_accepted(used_at: datetime, now: datetime) -> None:
    check_usage_time(used_at, now=now)


@pytest.mark.parametrize(
    ("used_at", "now"),
    [
        pytest.param(NOON_AT - A_DAY, NOON_AT, id="24 hours old"),
        pytest.param(
            NOON_AT + timedelta(minutes=5) + A_MOMENT, NOON_AT, id="ahead by more than skew"
        ),
        pytest.param(FIRST_AT - A_MOMENT, FIRST_AT + timedelta(hours=6), id="at the cut-off"),
        pytest.param(
            FIRST_AT - timedelta(hours=20), FIRST_AT + timedelta(hours=5), id="24 hours rule first"
        ),
        pytest.param(
            datetime(2026, 12, 31, 23, tzinfo=UTC),
            datetime(2027, 1, 1, 6, tzinfo=UTC),
            id="across the year's end",
        ),
    ],
)
def test_usage_is_out_of_bounds(used_at: datetime, now: datetime) -> None:
    with pytest.raises(ServiceError) as caught:
        check_usage_time(used_at, now=now)
    assert caught.value.code is ErrorCode.TIMESTAMP_OUT_OF_BOUNDS


def test_the_age_is_measured_from_the_usage_and_not_from_its_hour(shop: Shop) -> None:
    shop.now = NOON_AT + timedelta(minutes=30)
    old = shop.licensed_record(Timestamp=NOON_AT - A_DAY + timedelta(minutes=10))
    assert code_of(lambda: shop.meter(old)) == "TimestampOutOfBoundsException"


def test_one_record_out_of_bounds_fails_the_whole_call(shop: Shop) -> None:  # `outcome.timestamp`
    old = shop.licensed_record(Timestamp=shop.now - A_DAY)
    refused = code_of(lambda: shop.meter(shop.licensed_record(), old))
    assert refused == "TimestampOutOfBoundsException"
    assert shop.billed() == []


def test_last_months_usage_is_refused_after_the_cut_off_for_both_modes() -> None:
    shop = Shop(now=FIRST_AT + timedelta(hours=6))
    used_at = FIRST_AT - timedelta(hours=1)
    licensed = shop.licensed_record(Timestamp=used_at)
    legacy = shop.legacy_record(Timestamp=used_at)
    assert code_of(lambda: shop.meter(licensed)) == "TimestampOutOfBoundsException"
    assert code_of(lambda: shop.meter_legacy(legacy)) == "TimestampOutOfBoundsException"


def test_moving_the_sandboxs_clock_moves_the_window(shop: Shop) -> None:
    record = shop.licensed_record()
    shop.marketplace.desks.clock.set_offset(24 * 3600)
    assert code_of(lambda: shop.meter(record)) == "TimestampOutOfBoundsException"
    shop.marketplace.desks.clock.set_offset(0)
    shop.meter(record)
