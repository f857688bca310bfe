"""The pages about the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_console.forms import EntryError, parse_form

from marketplace_sandbox.console.instants import read_instant
from tests.builders import Shop
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_the_clock_is_advanced_set_frozen_and_sped_up(shop: Shop, visitor: Visitor) -> None:
    assert "2026-11-22 13:00:00" in visitor.go_on("/clock/advance", seconds="3600").text
    page = visitor.go_on("/clock/set", at="2026-12-01T06:00:00+00:00")
    assert "2026-12-01 06:00:00 UTC" in page.text
    assert "2026-12-01 07:00" in visitor.go_on("/clock/set", at="2026-12-01T07:00").text
    assert "The clock stands still." in visitor.go_on("/clock/speed", speed="0").text
    assert "60 times as fast" in visitor.go_on("/clock/speed", speed="60").text
    assert shop.marketplace.desks.clock.settings().speed == 60


def test_a_month_that_passes_makes_its_invoice_final(shop: Shop, visitor: Visitor) -> None:
    shop.meter(shop.licensed_record())
    page = visitor.read("/clock")
    close = {
        one["value"]
        for one in page.all("input")
        if one.get("name") == "at" and "T06:00" in one["value"]
    }
    assert close == {"2026-12-01T06:00:00+00:00"}
    visitor.go_on("/clock/set", at=close.pop())
    text = visitor.read("/invoices?month=2026-11").text
    assert "Invoice of 2026-11 Final since 2026-12-01 06:00:00 UTC." in text


@pytest.mark.parametrize(
    ("address", "fields", "reason"),
    [
        ("/clock/advance", {"seconds": "-1"}, "seconds must lie between"),
        ("/clock/advance", {"seconds": "9" * 400}, "seconds must be a whole number"),
        ("/clock/advance", {}, "seconds must lie between"),
        ("/clock/set", {"at": "0001-01-01T00:00"}, "must be a time like"),
        ("/clock/set", {"at": "0001-01-01T00:00+23:00"}, "must be a time like"),
        ("/clock/set", {}, "the time must be filled in"),
        ("/clock/speed", {"speed": "-1"}, "speed must lie between"),
        ("/clock/speed", {"speed": "Infinity"}, "speed must be a number"),
    ],
)
def test_a_time_that_cannot_be_is_refused(
    visitor: Visitor, address: str, fields: dict[str, str], reason: str
) -> None:
    assert reason in visitor.fail(address, **fields).text
    assert "2026-11-22 12:00:00 UTC" in visitor.read("/clock").text


@given(st.binary(max_size=500))
def test_any_bytes_hold_times_or_are_refused(body: bytes) -> None:
    form = parse_form(b"at=" + body)
    for name in form.values:
        try:
            read_instant(form, name)
        except EntryError as error:
            assert "must be" in str(error)  # noqa: PT017 - most bodies read well
