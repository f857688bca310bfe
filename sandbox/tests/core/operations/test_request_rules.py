"""What a request may hold."""

from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from tests.builders import Shop, code_of, statuses


def share(quantity: Any, **tags: str) -> dict[str, Any]:
    field = "AllocatedUsageQuantity"
    if isinstance(quantity, str):
        field = "AllocatedUsageQuantityAsDecimal"
    allocation: dict[str, Any] = {field: quantity}
    if tags:
        allocation["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return allocation


def refusal_of(shop: Shop, **fields: Any) -> str:
    """Send one bad record beside a good one; return AWS's name for the refusal of both."""
    code = code_of(lambda: shop.meter(shop.licensed_record(), shop.licensed_record(**fields)))
    assert shop.billed() == []
    assert [refusal.code for refusal in shop.marketplace.refusals()] == [code]
    return code


def test_25_records_are_accepted_and_26_are_not(shop: Shop) -> None:  # `batch.records-max`
    record = shop.licensed_record()
    assert code_of(lambda: shop.meter(*[record] * 26)) == "ValidationException"
    assert statuses(shop.meter(*[record] * 25)) == ["Success"] * 25


def test_a_request_of_a_megabyte_is_refused(shop: Shop) -> None:  # `batch.size-max`
    def record(first_tag: int, count: int) -> dict[str, Any]:
        shares = [share(1, tag=f"{first_tag + n:0>200}") for n in range(count)]
        return shop.licensed_record(Quantity=count, UsageAllocations=shares)

    assert statuses(shop.meter(record(0, 2500))) == ["Success"]
    too_large = (record(0, 2500), record(0, 2500) | {"Dimension": "storage"})
    assert code_of(lambda: shop.meter(*too_large)) == "ValidationException"
    assert len(shop.billed()) == 1


def test_both_quantities_at_once_fail_the_whole_call(shop: Shop) -> None:
    assert refusal_of(shop, Quantity=5, QuantityAsDecimal="5") == "ValidationException"


def test_a_whole_quantity_above_the_range_fails_the_whole_call(shop: Shop) -> None:
    assert refusal_of(shop, Quantity=2_147_483_648) == "ValidationException"


def test_the_largest_quantities_are_accepted(shop: Shop) -> None:
    largest = shop.licensed_record(Quantity=2_147_483_647)
    decimal = shop.licensed_record(
        Dimension="storage", Quantity=None, QuantityAsDecimal="9999999999.999999"
    )
    assert statuses(shop.meter(largest, decimal)) == ["Success", "Success"]


@pytest.mark.parametrize(
    "text",
    [
        "-1",
        "+1",
        "01",
        "1.",
        ".5",
        "1e3",
        "1E+3",
        "1.0000001",
        "12345678901",
        "NaN",
        "5\n",
        "\u0665",
    ],
)
def test_a_decimal_outside_the_pattern_fails_the_whole_call(shop: Shop, text: str) -> None:
    assert refusal_of(shop, Quantity=None, QuantityAsDecimal=text) == "ValidationException"


@pytest.mark.parametrize("quantity", [1.0, Decimal(1), "1", -1])
def test_what_boto3_refuses_never_reaches_the_marketplace(
    shop: Shop, quantity: object
) -> None:  # `sdk.number-types`
    with pytest.raises(ParamValidationError):
        shop.meter(shop.licensed_record(Quantity=quantity))
    assert shop.marketplace.calls() == ()


def test_a_dimension_has_at_most_255_characters(shop: Shop) -> None:
    assert refusal_of(shop, Dimension="x" * 256) == "ValidationException"


def test_allocations_of_a_record_are_billed_with_it(shop: Shop) -> None:
    shares = [share("2.5", team="search"), share("1.5", team="maps"), share("1")]
    record = shop.licensed_record(Quantity=None, QuantityAsDecimal="5.0", UsageAllocations=shares)
    shop.meter(record)
    (line,) = shop.marketplace.bill()
    assert [(str(one.quantity), one.tags) for one in line.allocations] == [
        ("2.5", (("team", "search"),)),
        ("1.5", (("team", "maps"),)),
        ("1", ()),
    ]


@pytest.mark.parametrize(
    ("why", "shares"),
    [
        ("the sum is too small", [share(4, team="a")]),
        ("the number type differs", [share("5", team="a")]),
        ("one number type differs", [share(4, team="a"), share("1", team="b")]),
        ("two have the same tags", [share(4, team="a"), share(1, team="a")]),
        ("two have no tags", [share(4), share(1)]),
        ("the same tags in another order", [share(4, a="1", b="2"), share(1, b="2", a="1")]),
        ("a quantity is missing", [share(5), {"Tags": [{"Key": "team", "Value": "a"}]}]),
        ("there are too many", [share(0, n=str(n)) for n in range(2500)] + [share(5, n="x")]),
    ],
)
def test_wrong_allocations_fail_the_whole_call(
    shop: Shop, why: str, shares: list[dict[str, Any]]
) -> None:
    assert refusal_of(shop, UsageAllocations=shares) == "InvalidUsageAllocationsException", why


def test_2500_allocations_are_accepted(shop: Shop) -> None:
    shares = [share(1, n=str(n)) for n in range(2500)]
    record = shop.licensed_record(Quantity=2500, UsageAllocations=shares)
    assert statuses(shop.meter(record)) == ["Success"]


@pytest.mark.parametrize(
    "bad",
    [
        {"AllocatedUsageQuantity": 2_147_483_648},
        {"AllocatedUsageQuantityAsDecimal": "5.0000001"},
        {"AllocatedUsageQuantity": 5, "AllocatedUsageQuantityAsDecimal": "5"},
    ],
)
def test_a_malformed_allocated_quantity_fails_the_whole_call(
    shop: Shop, bad: dict[str, Any]
) -> None:
    assert refusal_of(shop, UsageAllocations=[bad]) == "ValidationException"


FIVE_TAGS = {f"tag{n}": "x" for n in range(5)}


def test_five_tags_are_accepted(shop: Shop) -> None:
    record = shop.licensed_record(UsageAllocations=[share(5, **FIVE_TAGS)])
    assert statuses(shop.meter(record)) == ["Success"]


def test_every_allowed_character_of_a_tag_is_accepted(shop: Shop) -> None:
    record = shop.licensed_record(UsageAllocations=[share(5, team="aZ09+ -=._:/@")])
    assert statuses(shop.meter(record)) == ["Success"]


@pytest.mark.parametrize(
    ("why", "shares"),
    [
        ("six tags on an allocation", [share(5, **FIVE_TAGS, more="x")]),
        ("six keys across the list", [share(4, **FIVE_TAGS), share(1, more="x")]),
        ("a key too long", [share(5, **{"k" * 101: "x"})]),
        ("a value too long", [share(5, team="v" * 257)]),
        ("a forbidden character in a key", [share(5, **{"te#m{": "x"})]),
        ("a forbidden character in a value", [share(5, team="sök")]),
        ("a line break in a value", [share(5, team="a\n")]),
        ("a key twice", [share(5) | {"Tags": [{"Key": "a", "Value": v} for v in "xy"]}]),
    ],
)
def test_wrong_tags_fail_the_whole_call(shop: Shop, why: str, shares: list[dict[str, Any]]) -> None:
    assert refusal_of(shop, UsageAllocations=shares) == "InvalidTagException", why
