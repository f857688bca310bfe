"""One bill line per holder, dimension and UTC hour."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import Shop, statuses

SAME_VALUE: list[dict[str, Any]] = [
    {"Quantity": 17},
    {"Quantity": None, "QuantityAsDecimal": "17"},
    {"Quantity": None, "QuantityAsDecimal": "17.0"},
    {"Quantity": None, "QuantityAsDecimal": "17.000000"},
]


@pytest.mark.parametrize("first", SAME_VALUE)
@pytest.mark.parametrize("second", SAME_VALUE)
def test_the_same_value_in_either_field_is_the_same_record(
    shop: Shop, first: dict[str, Any], second: dict[str, Any]
) -> None:  # `quantity.by-value`
    one = shop.meter(shop.licensed_record(**first))
    two = shop.meter(shop.licensed_record(**second))
    assert statuses(one) == statuses(two) == ["Success"]
    assert one["Results"][0]["MeteringRecordId"] == two["Results"][0]["MeteringRecordId"]
    assert [line.quantity for line in shop.marketplace.bill()] == [Decimal(17)]
    assert shop.marketplace.refusals() == ()


def test_another_value_is_refused_and_the_first_stays_billed(
    shop: Shop,
) -> None:  # `key.first-stays`
    first = shop.meter(shop.licensed_record(Quantity=5))
    second = shop.meter(shop.licensed_record(Quantity=6))
    assert statuses(second) == ["DuplicateRecord"]
    # OBS: a MeteringRecordId is no proof of billing.
    kept_id = first["Results"][0]["MeteringRecordId"]
    assert second["Results"][0]["MeteringRecordId"] == kept_id
    assert shop.billed() == [("api_calls", "5")]
    (refusal,) = shop.marketplace.refusals()
    assert (refusal.code, refusal.message) == ("DuplicateRecord", "sent 6, but 5 is billed")


def test_a_duplicate_does_not_harm_its_neighbours(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    answer = shop.meter(shop.licensed_record(Quantity=6), shop.licensed_record(Dimension="storage"))
    assert statuses(answer) == ["DuplicateRecord", "Success"]


def test_any_time_within_the_hour_is_the_same_key(shop: Shop) -> None:  # `key.license`
    hour_at = shop.now - timedelta(hours=2)
    shop.meter(shop.licensed_record(Timestamp=hour_at))
    late = hour_at + timedelta(minutes=59, seconds=59.999999)
    assert statuses(shop.meter(shop.licensed_record(Timestamp=late, Quantity=6))) == [
        "DuplicateRecord"
    ]


@pytest.mark.parametrize("minutes", [-1, 60])
def test_the_next_hour_and_the_hour_before_are_other_keys(shop: Shop, minutes: int) -> None:
    hour_at = shop.now - timedelta(hours=2)
    shop.meter(shop.licensed_record(Timestamp=hour_at))
    other_at = hour_at + timedelta(minutes=minutes)
    other = shop.licensed_record(Timestamp=other_at, Quantity=6)
    assert statuses(shop.meter(other)) == ["Success"]


def test_another_dimension_is_another_key(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    other = shop.licensed_record(Dimension="storage", Quantity=6)
    assert statuses(shop.meter(other)) == ["Success"]


def test_within_one_call_the_first_record_wins(shop: Shop) -> None:
    answer = shop.meter(
        shop.licensed_record(Quantity=5),
        shop.licensed_record(Quantity=6),
        shop.licensed_record(Quantity=5),
    )
    assert statuses(answer) == ["Success", "DuplicateRecord", "Success"]
    assert shop.billed() == [("api_calls", "5")]


def test_a_missing_quantity_meters_zero_and_uses_up_the_hour(
    shop: Shop,
) -> None:  # `quantity.missing-is-zero`
    assert statuses(shop.meter(shop.licensed_record(Quantity=None))) == ["Success"]
    assert statuses(shop.meter(shop.licensed_record(Quantity=5))) == ["DuplicateRecord"]
    assert shop.billed() == [("api_calls", "0")]


def test_allocations_are_no_part_of_the_identity(shop: Shop) -> None:  # `key.allocations`
    shop.meter(shop.licensed_record())
    split = shop.licensed_record(UsageAllocations=[{"AllocatedUsageQuantity": 5}])
    assert statuses(shop.meter(split)) == ["Success"]
    assert [line.allocations for line in shop.marketplace.bill()] == [()]


def test_a_subset_of_a_batch_may_be_sent_again(shop: Shop) -> None:  # `key.subset-again`
    records = [shop.licensed_record(Timestamp=shop.now - timedelta(hours=n)) for n in range(1, 6)]
    ids = [result["MeteringRecordId"] for result in shop.meter(*records)["Results"]]
    again = shop.meter(*records[1:3])
    assert [result["MeteringRecordId"] for result in again["Results"]] == ids[1:3]
    assert len(shop.billed()) == 5
