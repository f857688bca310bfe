"""Quantities: exact from what a producer wrote to what AWS is told."""

import re
from decimal import Decimal

import pytest
from hypothesis import given

from meterhouse.domain.quantity import QUANTITY_MAX, format_quantity, read_quantity
from meterhouse.domain.strict_json import read_json
from meterhouse.errors import UnreadableError
from tests.unit.domain.strategies import quantities

# UsageRecord$QuantityAsDecimal in the service model, which also allows at most 17 characters.
AWS_PATTERN = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?")


def code_of(written: object) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_quantity(written)
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "billed"),
    [
        ("0", "0"),
        ("12", "12"),
        ("12.5", "12.5"),
        ("12.500", "12.5"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("1000E-3", "1"),
        ("0.000001", "0.000001"),
        ("0.0000010", "0.000001"),
        ("9999999999", "9999999999"),
        ("9999999999.999999", "9999999999.999999"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("-0.00000000", "0"),
        ("0e20", "0"),
        ("0e-400", "0"),
        ("1" + "." + "0" * 200, "1"),
    ],
)
def test_a_json_number_is_billed_as_it_was_written(written: str, billed: str) -> None:
    assert format_quantity(read_quantity(read_json(written))) == billed


@pytest.mark.parametrize(
    ("written", "billed"), [("12", "12"), ("12.50", "12.5"), ("007", "7"), ("0.000001", "0.000001")]
)
def test_a_plain_text_is_billed_as_it_was_written(written: str, billed: str) -> None:
    assert format_quantity(read_quantity(written)) == billed


@pytest.mark.parametrize(
    "written",
    [
        *("", " 1", "1 ", "+1", "-1", ".5", "1.", "1e3", "1_000", "1,5", "NaN", "Infinity"),
        *(
            "\u0661\u0662",
            "\uff11\uff12",
            "0x10",
            "1" * 65,
            True,
            False,
            None,
            [],
            {},
            [1],
            {"value": 1},
            1.5,
        ),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")),
    ],
    ids=repr,
)
def test_what_is_no_plain_number_is_not_a_quantity(written: object) -> None:
    assert code_of(written) == "quantity_invalid"


@pytest.mark.parametrize("written", [-1, Decimal("-0.000001"), Decimal("-1E+20")])
def test_a_negative_quantity_is_refused_as_such(written: object) -> None:
    assert code_of(written) == "quantity_negative"


@pytest.mark.parametrize(
    "written",
    [
        *(10_000_000_000, "10000000000", Decimal("9999999999.9999991"), Decimal("1E+10")),
        *(Decimal("1E+999999"), "1" * 64, 10**39),
    ],
    ids=repr,
)
def test_a_quantity_of_eleven_digits_is_too_large(written: object) -> None:
    assert code_of(written) == "quantity_too_large"


@pytest.mark.parametrize(
    "written",
    [
        *("0.0000001", Decimal("1E-7"), Decimal("1E-999999"), Decimal("12.3456789")),
        Decimal(str(0.1 + 0.2)),
    ],
    ids=repr,
)
def test_a_quantity_of_seven_fraction_digits_is_too_precise_to_be_billed(written: object) -> None:
    assert code_of(written) == "quantity_too_precise"


def test_an_integer_of_thousands_of_digits_costs_nothing_and_is_refused() -> None:
    assert code_of(read_json("9" * 100_000)) == "quantity_invalid"


def test_a_zero_with_a_huge_exponent_is_zero() -> None:
    assert format_quantity(read_quantity(read_json("0e999999999"))) == "0"


@given(quantities())
def test_every_quantity_survives_being_written_and_read(quantity: Decimal) -> None:
    text = format_quantity(quantity)

    assert AWS_PATTERN.fullmatch(text)
    assert len(text) <= 17
    assert read_quantity(text) == read_quantity(read_json(text)) == quantity


def test_the_largest_quantity_is_the_largest_that_awss_pattern_can_express() -> None:
    assert AWS_PATTERN.fullmatch(format_quantity(QUANTITY_MAX))
    assert not AWS_PATTERN.fullmatch(format_quantity(QUANTITY_MAX + Decimal("0.000001")))
