"""How values look, and what a form says, whatever is in them."""

import html
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback_console.charts import draw_bars, draw_stacks
from loopback_console.drawing import keep_exact, show_duration, show_plainly
from loopback_console.forms import EntryError, parse_form, read_rows


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


def test_a_bar_of_several_parts_has_a_title_for_each() -> None:
    parts = {"billed": [Decimal(3), Decimal("0.5")], "waiting": [Decimal(0), Decimal(1_000)]}
    root = ET.fromstring(draw_stacks("units", ["11:00", "12:00"], parts))  # noqa: S314 - as above

    titles = [one.text for one in root.iter() if str(one.tag).endswith("title")]
    assert titles == [
        *("11:00: 3 billed", "12:00: 0.5 billed"),
        *("11:00: 0 waiting", "12:00: 1,000 waiting"),
    ]
    classes = " ".join(str(one.get("class")) for one in root.iter())
    assert "serie-0" in classes
    assert "serie-1" in classes


@given(st.text())
def test_shown_text_can_always_be_encoded_and_is_plain(text: str) -> None:
    shown = str(show_plainly(text))
    shown.encode()
    assert all(one.isprintable() or one in "\n\t\u200c\u200d" or one.isspace() for one in shown)


def test_letters_of_any_script_are_shown_as_they_are() -> None:
    for text in ("Größe", "שלום", "مرحبا", "東京", "👩\u200d💻"):
        assert show_plainly(text) == text


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
    assert show_duration(timedelta(seconds=seconds)) == shown


def test_a_form_reads_its_rows_in_their_order() -> None:
    form = parse_form(b"row10-name=c&row2-name=b&row1-name=a&row3-name=+&rowx-name=d&row=e")
    assert read_rows(form, "row", lambda prefix: form.text(f"{prefix}name")) == (
        "a",
        "b",
        "c",
    )


@given(st.binary(max_size=500))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    form = parse_form(body)
    for name in form.values:
        for read in (form.integer, form.decimal, form.required):
            try:
                read(name)
            except EntryError as error:
                assert "must be" in str(error)  # noqa: PT017 - most bodies read well


@given(st.text())
def test_what_a_browser_sends_back_is_escaped_and_otherwise_what_it_was(text: str) -> None:
    drawn = keep_exact(text)

    assert not {"<", ">", '"', "'"} & {*drawn}
    assert html.unescape(drawn) == text
    assert show_plainly(drawn) is drawn
