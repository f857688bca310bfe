"""What the console shows, decided without HTTP."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from marketplace_sandbox.console.drawing import show_money
from marketplace_sandbox.console.views.clock import plan_jumps
from marketplace_sandbox.console.views.usage import view_usage
from marketplace_sandbox.console.views.warnings import view_warnings
from tests.builders import AN_HOUR, Shop


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("1234.5", "$1,234.50"), ("0.000001", "$0.000001"), ("1E+3", "$1,000.00")],
)
def test_money_is_shown_exactly(amount: str, shown: str) -> None:
    assert show_money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("now", "next_month", "next_close"),
    [
        ("2026-11-23T14:20", "2026-12-01T00:00", "2026-12-01T06:00"),
        ("2026-12-01T00:00", "2027-01-01T00:00", "2026-12-01T06:00"),
        ("2026-12-01T06:00", "2027-01-01T00:00", "2027-01-01T06:00"),
        ("2028-01-31T23:59", "2028-02-01T00:00", "2028-02-01T06:00"),
    ],
)
def test_the_clock_jumps_to_the_next_turn_and_the_next_close(
    now: str, next_month: str, next_close: str
) -> None:
    def read(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    jumps = plan_jumps(read(now))
    assert (jumps.next_month_at, jumps.next_close_at) == (read(next_month), read(next_close))


def test_totals_count_the_hours_that_are_not_shown(shop: Shop) -> None:
    for _ in range(5):
        shop.meter(shop.licensed_record(Quantity=2))
        shop.now += AN_HOUR
    product = shop.marketplace.desks.catalogue.product("licensed")
    view = view_usage(product, shop.marketplace.bill(), hours_max=2)
    assert (len(view.hours), view.hours.hidden) == (2, 3)
    assert view.hours.entries[0].hour_at > view.hours.entries[1].hour_at
    assert list(map(str, view.totals)) == ["10", "0"]


def test_nothing_to_warn_of_is_no_warning() -> None:
    assert view_warnings(double_billed=(), lost_duplicates=(), refused=(), faults_count=0) == ()
