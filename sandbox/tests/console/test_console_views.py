"""What the console shows, decided without HTTP."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.console import drawing, forms
from marketplace_sandbox.console.charts import draw_bars
from marketplace_sandbox.console.views.clock import plan_jumps
from marketplace_sandbox.console.views.usage import view_usage
from marketplace_sandbox.console.views.warnings import view_warnings
from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import AN_HOUR, Shop


@given(st.lists(st.tuples(st.text(), st.decimals(0, 10**10, places=6)), max_size=60), st.text())
def test_a_chart_is_plain_svg_whatever_its_labels_say(
    bars: list[tuple[str, Decimal]], title: str
) -> None:
    root = ET.fromstring(draw_bars(title, bars))  # noqa: S314 - our own drawing
    tags = {str(one.tag).rpartition("}")[2] for one in root.iter()}
    assert tags <= {"svg", "g", "path", "rect", "text", "title"}
    attributes = {name for one in root.iter() for name in one.attrib}
    assert attributes.isdisjoint({"style", "href", "{http://www.w3.org/1999/xlink}href"})
    assert len([one for one in root.iter() if one.get("class") == "bar"]) == len(bars)


@given(st.text())
def test_shown_text_can_always_be_encoded_and_is_plain(text: str) -> None:
    shown = str(drawing.show_plainly(text))
    shown.encode()
    assert all(one.isprintable() or one in "\n\t\u200c\u200d" or one.isspace() for one in shown)


def test_letters_of_any_script_are_shown_as_they_are() -> None:
    for text in ("Größe", "שלום", "مرحبا", "東京", "👩\u200d💻"):
        assert drawing.show_plainly(text) == text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (3_600, "1 h"),
        (-90_061, "-1 d 1 h 1 min 1 s"),
        (86_400_000, "1,000 d"),
    ],
)
def test_durations_are_shown_in_their_parts(seconds: int, shown: str) -> None:
    assert drawing.show_duration(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "$0.00"), ("1234.5", "$1,234.50"), ("0.000001", "$0.000001"), ("1E+3", "$1,000.00")],
)
def test_money_is_shown_exactly(amount: str, shown: str) -> None:
    assert drawing.show_money(Decimal(amount)) == shown


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
    assert (len(view.hours), view.hours_hidden) == (2, 3)
    assert view.hours[0].hour_at > view.hours[1].hour_at
    assert list(map(str, view.totals)) == ["10", "0"]


def test_nothing_to_warn_of_is_no_warning() -> None:
    assert view_warnings(double_billed=(), lost_duplicates=(), refused=(), faults_count=0) == ()


def test_a_form_reads_its_rows_in_their_order() -> None:
    form = forms.parse_form(b"row10-name=c&row2-name=b&row1-name=a&row3-name=+&rowx-name=d&row=e")
    assert forms.read_rows(form, "row", lambda prefix: form.text(f"{prefix}name")) == (
        "a",
        "b",
        "c",
    )


@given(st.binary(max_size=500))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    form = forms.parse_form(body)
    for name in form.values:
        for read in (form.integer, form.decimal, form.instant, form.required):
            try:
                read(name)
            except ControlError as error:
                assert "must be" in error.message  # noqa: PT017 - most bodies read well
