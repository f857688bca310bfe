"""The books: lost duplicates, refused records, double billing."""

from decimal import Decimal

import pytest

from marketplace_sandbox.control.bill_documents import (
    double_billing_document,
    lost_duplicate_document,
)
from marketplace_sandbox.core.bill.double_billing import DoubleBillingCause
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses

SELLER = "111122223333"


@pytest.fixture
def migrating(shop: Shop) -> Shop:
    """Return a shop whose legacy listing has opted in to Concurrent Agreements."""
    shop.marketplace.create_product(
        code="migrating", mode="migrating", dimensions=("api_calls", "storage")
    )
    shop.licensed = shop.subscribe("migrating")
    return shop


def meter_by_code(shop: Shop, quantity: int = 5) -> list[str]:
    record = shop.licensed_record(
        LicenseArn=None,
        CustomerAWSAccountId=None,
        CustomerIdentifier=shop.licensed.customer_identifier,
        Quantity=quantity,
    )
    answer = shop.marketplace.batch_meter_usage(ProductCode="migrating", UsageRecords=[record])
    return statuses(answer)


def test_a_lost_duplicate_says_what_was_sent_what_stays_and_what_is_missing(shop: Shop) -> None:
    shop.meter(shop.licensed_record(Quantity=5))
    for quantity in (8, 3, 8):
        shop.meter(shop.licensed_record(Quantity=quantity))
    lost = shop.marketplace.desks.bill.lost_duplicates()
    assert [
        (one.quantity_sent, one.billed.quantity, one.difference, one.times) for one in lost
    ] == [
        (Decimal(3), Decimal(5), Decimal(-2), 1),
        (Decimal(8), Decimal(5), Decimal(3), 2),
    ]
    assert lost_duplicate_document(lost[1])["difference"] == "3"


def test_a_refused_call_and_a_refused_record_stand_in_the_books_with_the_record(
    shop: Shop,
) -> None:
    unknown = shop.licensed_record(Dimension="unknown")
    code_of(lambda: shop.meter(unknown))
    shop.meter_legacy(shop.legacy_record(CustomerIdentifier="nobody"))
    refused = shop.marketplace.desks.bill.refused()
    assert [one.code for one in refused] == [
        "InvalidUsageDimensionException",
        "CustomerNotSubscribed",
    ]
    assert all(one.record is not None for one in refused)


def test_a_migrating_buyer_is_metered_by_code_and_by_license(migrating: Shop) -> None:
    assert migrating.licensed.license_arn is not None
    assert migrating.licensed.customer_identifier is not None
    assert meter_by_code(migrating) == ["Success"]
    later = migrating.licensed_record(Timestamp=migrating.now)
    assert statuses(migrating.meter(later)) == ["Success"]
    assert migrating.marketplace.desks.bill.double_billed() == ()


def test_a_migrating_buyers_hour_by_code_and_by_license_is_billed_twice_and_shown(
    migrating: Shop,
) -> None:
    meter_by_code(migrating, quantity=5)
    assert statuses(migrating.meter(migrating.licensed_record(Quantity=5))) == ["Success"]
    (double,) = migrating.marketplace.desks.bill.double_billed()
    assert double.cause is DoubleBillingCause.TWO_IDENTITIES
    assert double.customer_aws_account_id == ACCOUNT
    assert double.dimension == "api_calls"
    assert double.hour_at == migrating.now - AN_HOUR
    assert double.first.key.holder == migrating.licensed.customer_identifier
    assert double.second.key.holder == migrating.licensed.license_arn
    document = double_billing_document(double)
    assert document["cause"] == "two_identities"
    (charge,) = migrating.marketplace.desks.bill.invoice("2026-11").charges
    assert charge.quantity == 10


def test_each_way_to_meter_a_migrating_buyer_has_its_own_first_write(migrating: Shop) -> None:
    meter_by_code(migrating, quantity=5)
    assert meter_by_code(migrating, quantity=6) == ["DuplicateRecord"]
    assert statuses(migrating.meter(migrating.licensed_record(Quantity=6))) == ["Success"]
    assert statuses(migrating.meter(migrating.licensed_record(Quantity=5))) == ["DuplicateRecord"]


def test_a_migrating_call_takes_a_code_or_licenses_but_not_both(migrating: Shop) -> None:
    both = code_of(
        lambda: migrating.marketplace.batch_meter_usage(
            ProductCode="migrating", UsageRecords=[migrating.licensed_record()]
        )
    )
    assert both == "InvalidProductCodeException"


def test_a_license_metered_in_two_regions_is_billed_twice_and_shown(shop: Shop) -> None:
    elsewhere = shop.marketplace.as_caller(account_id=SELLER, region="eu-west-1")
    shop.meter(shop.licensed_record())
    elsewhere.batch_meter_usage(UsageRecords=[shop.licensed_record()])
    (double,) = shop.marketplace.desks.bill.double_billed()
    assert double.cause is DoubleBillingCause.TWO_REGIONS
    assert [double.first.key.region, double.second.key.region] == ["us-east-1", "eu-west-1"]


def test_two_licenses_of_an_account_are_no_double_billing(shop: Shop) -> None:
    second = shop.subscribe("licensed")
    shop.meter(shop.licensed_record(), shop.licensed_record(second))
    assert shop.marketplace.desks.bill.double_billed() == ()


def test_a_heartbeat_of_zero_is_no_double_billing(migrating: Shop) -> None:
    meter_by_code(migrating, quantity=5)
    migrating.meter(migrating.licensed_record(Quantity=0))
    assert migrating.marketplace.desks.bill.double_billed() == ()
