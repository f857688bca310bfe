"""The words in which AWS is told about a record."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.calls.payload import product_code_to_send, usage_record
from meterhouse.domain.subscriptions.identity import LegacyAccountIdentity
from meterhouse.domain.usage.events import Tags
from tests.unit.domain.builders import (
    ACCOUNT,
    LEGACY,
    LICENSE_ARN,
    NOON_AT,
    PRODUCT_CODE,
    sealed_record,
)
from tests.unit.domain.strategies import quantities

ADS: Tags = (("team", "ads"),)
# UsageRecord$QuantityAsDecimal in the service model.
AWS_PATTERN = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?")


def test_a_whole_quantity_is_sent_as_an_integer() -> None:
    assert usage_record(sealed_record("7.000")) == {
        "Timestamp": int(NOON_AT.timestamp()),
        "Dimension": "api_calls",
        "Quantity": 7,
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": LICENSE_ARN,
    }


@pytest.mark.parametrize(
    ("quantity", "sent"),
    [
        ("0", {"Quantity": 0}),
        ("2147483647", {"Quantity": 2_147_483_647}),
        ("2147483648", {"QuantityAsDecimal": "2147483648"}),
        ("9999999999.999999", {"QuantityAsDecimal": "9999999999.999999"}),
        ("0.000001", {"QuantityAsDecimal": "0.000001"}),
        ("12.50", {"QuantityAsDecimal": "12.5"}),
        ("1E+3", {"Quantity": 1_000}),
        ("3E+9", {"QuantityAsDecimal": "3000000000"}),
    ],
)
def test_a_quantity_is_an_integer_as_long_as_aws_has_room_for_it(
    quantity: str, sent: dict[str, object]
) -> None:
    record = usage_record(sealed_record(quantity))

    found = {name: value for name, value in record.items() if name.startswith("Quantity")}
    assert found == sent
    assert all(type(value) in {int, str} for value in found.values())


def test_one_fraction_makes_the_whole_record_decimal() -> None:
    record = usage_record(sealed_record(4, ("1.5", ADS), ("2.5", ())))

    assert record["QuantityAsDecimal"] == "4"
    assert "Quantity" not in record
    assert record["UsageAllocations"] == [
        {"AllocatedUsageQuantityAsDecimal": "1.5", "Tags": [{"Key": "team", "Value": "ads"}]},
        {"AllocatedUsageQuantityAsDecimal": "2.5"},
    ]


def test_a_sum_beyond_the_integers_makes_its_whole_allocations_decimal_too() -> None:
    record = usage_record(sealed_record(3_000_000_000, (1, ADS), (2_999_999_999, ())))

    assert [list(part) for part in record["UsageAllocations"]] == [
        ["AllocatedUsageQuantityAsDecimal", "Tags"],
        ["AllocatedUsageQuantityAsDecimal"],
    ]


def test_whole_allocations_of_a_whole_quantity_are_integers() -> None:
    record = usage_record(sealed_record(3, (1, ADS), (2, ())))

    assert record["UsageAllocations"] == [
        {"AllocatedUsageQuantity": 1, "Tags": [{"Key": "team", "Value": "ads"}]},
        {"AllocatedUsageQuantity": 2},
    ]


@given(quantities(), quantities())
def test_one_number_type_and_no_exponent_anywhere(one: Decimal, other: Decimal) -> None:
    record = usage_record(sealed_record(one + other, (one, ADS), (other, ())))

    is_whole = "Quantity" in record
    assert is_whole is not ("QuantityAsDecimal" in record)
    for part in record["UsageAllocations"]:
        assert ("AllocatedUsageQuantity" in part) is is_whole
        if not is_whole:
            assert AWS_PATTERN.fullmatch(part["AllocatedUsageQuantityAsDecimal"])


@given(st.sampled_from(["7", "7.0", "0.7E+1", "70E-1"]))
def test_equal_sealed_record_gives_equal_words(quantity: str) -> None:
    first = usage_record(sealed_record(7, (3, ADS), (4, ())))

    assert list(usage_record(sealed_record(quantity, (3, ADS), (4, ()))).items()) == (
        list(first.items())
    )


def test_a_license_is_sent_without_any_product_code() -> None:
    frozen = sealed_record(1)

    assert product_code_to_send(frozen) is None
    assert "CustomerIdentifier" not in usage_record(frozen)


def test_a_legacy_customer_is_sent_with_the_product_code_and_one_name() -> None:
    customer = sealed_record(1, identity=LEGACY)
    account = sealed_record(1, identity=LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT))

    assert product_code_to_send(customer) == product_code_to_send(account) == PRODUCT_CODE
    assert usage_record(customer)["CustomerIdentifier"] == "ifAPi5AcF3"
    assert usage_record(account)["CustomerAWSAccountId"] == ACCOUNT
    for record in (usage_record(customer), usage_record(account)):
        assert "LicenseArn" not in record
        assert ("CustomerIdentifier" in record) is not ("CustomerAWSAccountId" in record)
