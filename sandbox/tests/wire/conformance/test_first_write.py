"""One line of the bill per key, and the first one stays: rules `key.…`."""

from datetime import timedelta
from typing import Any

from tests.builders import ACCOUNT, AN_HOUR, Shop, statuses


def test_a_record_is_known_by_license_dimension_and_hour(shop: Shop) -> None:
    hour_at = shop.now - 2 * AN_HOUR
    end_of_hour_at = hour_at + timedelta(minutes=59, seconds=59)
    shop.meter(shop.licensed_record(Timestamp=hour_at))
    same_key = shop.licensed_record(Timestamp=end_of_hour_at, Quantity=6)
    assert statuses(shop.meter(same_key)) == ["DuplicateRecord"]

    second_license = shop.subscribe("licensed")
    other_keys: list[dict[str, Any]] = [
        shop.licensed_record(second_license, Timestamp=hour_at, Quantity=6),
        shop.licensed_record(Dimension="storage", Timestamp=hour_at, Quantity=6),
        shop.licensed_record(Timestamp=hour_at + AN_HOUR, Quantity=6),
    ]
    assert statuses(shop.meter(*other_keys)) == ["Success"] * 3


def test_a_legacy_record_is_known_by_customer_dimension_and_hour(shop: Shop) -> None:
    shop.meter_legacy(shop.legacy_record())
    by_account = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId=ACCOUNT)
    assert statuses(shop.meter_legacy(by_account)) == ["Success"]
    assert statuses(shop.meter_legacy(by_account | {"Quantity": 6})) == ["DuplicateRecord"]
    in_its_hour = shop.legacy_record(
        Timestamp=shop.now - timedelta(seconds=1), Dimension="api_calls", Quantity=6
    )
    assert statuses(shop.meter_legacy(in_its_hour)) == ["DuplicateRecord"]
    assert shop.billed() == [("api_calls", "5")]

    other = shop.subscribe("legacy", account="777788889999")
    other_keys: list[dict[str, Any]] = [
        shop.legacy_record(CustomerIdentifier=other.customer_identifier),
        shop.legacy_record(Dimension="storage"),
        shop.legacy_record(Timestamp=shop.now),
    ]
    assert statuses(shop.meter_legacy(*other_keys)) == ["Success"] * 3
    assert len(shop.billed()) == 4


def test_another_quantity_is_a_duplicate_and_the_first_stays_billed(shop: Shop) -> None:
    call = [shop.licensed_record(Quantity=quantity) for quantity in (5, 6, 5)]
    assert statuses(shop.meter(*call)) == ["Success", "DuplicateRecord", "Success"]
    assert statuses(shop.meter(call[1])) == ["DuplicateRecord"]
    assert shop.billed() == [("api_calls", "5")]


def test_the_same_record_again_is_a_success_with_the_same_id(shop: Shop) -> None:
    first, again = (shop.meter(shop.licensed_record()) for _ in range(2))
    assert statuses(again) == ["Success"]
    assert again["Results"][0]["MeteringRecordId"] == first["Results"][0]["MeteringRecordId"]
    assert len(shop.billed()) == 1


def test_any_part_of_a_batch_may_be_sent_again(shop: Shop) -> None:
    records = [shop.licensed_record(Timestamp=shop.now - hours * AN_HOUR) for hours in range(1, 6)]
    ids = [result["MeteringRecordId"] for result in shop.meter(*records)["Results"]]
    again = shop.meter(*records[1:3])
    assert [result["MeteringRecordId"] for result in again["Results"]] == ids[1:3]
    assert len(shop.billed()) == 5


def test_a_duplicate_has_the_id_of_what_is_billed(shop: Shop) -> None:
    first = shop.meter(shop.licensed_record())
    duplicate = shop.meter(shop.licensed_record(Quantity=6))
    billed_id = first["Results"][0]["MeteringRecordId"]
    assert duplicate["Results"][0]["MeteringRecordId"] == billed_id


def test_allocations_are_no_part_of_the_key(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    split = shop.licensed_record(UsageAllocations=[{"AllocatedUsageQuantity": 5}])
    assert statuses(shop.meter(split)) == ["Success"]
    assert [line.allocations for line in shop.marketplace.bill()] == [()]


def test_a_zero_takes_the_place_of_its_hour(shop: Shop) -> None:
    shop.meter(shop.licensed_record(Quantity=0))
    assert statuses(shop.meter(shop.licensed_record(Quantity=5))) == ["DuplicateRecord"]
    assert shop.billed() == [("api_calls", "0")]
