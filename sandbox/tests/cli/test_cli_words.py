"""Durations, grants, prices and dimensions as people type them."""

from datetime import timedelta

import pytest
import typer

from marketplace_sandbox.cli.options import read_dimension, read_grants, read_prices
from marketplace_sandbox.core.model.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90m", timedelta(minutes=90)),
        ("36h", timedelta(hours=36)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1d12h30m5s", timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_a_sum_of_units(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "5", "m", "1.5h", "-1h", "1h ", "1y", "1h" * 40, "٣h"])
def test_anything_else_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


def test_a_grants_value_is_what_it_looks_like() -> None:
    texts = ["seats=25", "share=0.5", "support=true", "tier=gold=plus", "off=FALSE"]
    assert read_grants(texts) == [
        {"dimension": "seats", "value": 25},
        {"dimension": "share", "value": 0.5},
        {"dimension": "support", "value": True},
        {"dimension": "tier", "value": "gold=plus"},
        {"dimension": "off", "value": False},
    ]
    assert read_grants(None) is None


def test_a_price_stays_exact() -> None:
    assert read_prices(["a=b=0.10"]) == [{"dimension": "a=b", "unit_price": "0.10"}]
    with pytest.raises(typer.BadParameter):
        read_prices(["api_calls"])


def test_a_dimension_is_a_name_with_terms_behind_it() -> None:
    assert read_dimension("api_calls") == "api_calls"
    assert read_dimension("api_calls=0.002") == {"name": "api_calls", "unit_price": "0.002"}
    assert read_dimension("seats:entitled:integer=12.50") == {
        "name": "seats",
        "kind": "entitled",
        "value_type": "integer",
        "unit_price": "12.50",
    }
