"""Metering by LicenseArn."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace_sandbox.core.model.licenses import ISSUER_ACCOUNT_ID
from tests.builders import AN_HOUR, Shop, code_of, statuses

UNKNOWN_LICENSE = f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}:license:l-{0:032}"


def test_a_license_has_the_arn_shape_of_awss_code_sample(
    shop: Shop,
) -> None:  # `resolved_license_arn`
    arn = shop.licensed.license_arn
    assert arn is not None
    prefix, _, digits = arn.partition(":license:l-")
    assert prefix == f"arn:aws:license-manager::{ISSUER_ACCOUNT_ID}"
    assert len(digits) == 32
    assert set(digits) <= set("0123456789abcdef")


def test_a_licensed_record_is_billed(shop: Shop) -> None:  # `batch.license-identity`
    answer = shop.meter(shop.licensed_record())
    assert statuses(answer) == ["Success"]
    assert answer["UnprocessedRecords"] == []
    assert shop.billed() == [("api_calls", "5")]


def test_an_unknown_license_fails_the_whole_call(shop: Shop) -> None:  # `outcome.license`
    bad = shop.licensed_record(LicenseArn=UNKNOWN_LICENSE)
    assert code_of(lambda: shop.meter(shop.licensed_record(), bad)) == "InvalidLicenseException"
    assert shop.billed() == []


def test_a_malformed_license_arn_fails_the_whole_call(shop: Shop) -> None:  # `outcome.license`
    bad = shop.licensed_record(LicenseArn="aws:license-manager:us-east-1:1:l-1")
    assert code_of(lambda: shop.meter(bad)) == "InvalidLicenseException"


def test_licenses_of_two_products_fail_the_whole_call(shop: Shop) -> None:  # `batch.one-product`
    shop.marketplace.create_product(code="other", dimensions=("api_calls",))
    other = shop.subscribe("other")
    call = (shop.licensed_record(), shop.licensed_record(other))
    assert code_of(lambda: shop.meter(*call)) == "InvalidLicenseException"
    assert shop.billed() == []


def test_two_licenses_of_one_account_are_billed_apart(shop: Shop) -> None:  # `key.license`
    second = shop.subscribe("licensed")
    answer = shop.meter(shop.licensed_record(), shop.licensed_record(second, Quantity=9))
    assert statuses(answer) == ["Success", "Success"]
    assert shop.billed() == [("api_calls", "5"), ("api_calls", "9")]


def test_a_license_of_another_account_fails_the_whole_call(
    shop: Shop,
) -> None:  # `outcome.license`
    bad = shop.licensed_record(CustomerAWSAccountId="777788889999")
    assert code_of(lambda: shop.meter(bad)) == "InvalidLicenseException"


def test_usage_before_the_licenses_start_fails_the_whole_call(
    shop: Shop,
) -> None:  # `time.license-start`
    starts_at = shop.now - timedelta(minutes=90)
    young = shop.marketplace.create_agreement("licensed", starts_at=starts_at)
    early = shop.licensed_record(young, Timestamp=starts_at - timedelta(microseconds=1))
    assert code_of(lambda: shop.meter(early)) == "InvalidLicenseException"
    in_time = shop.licensed_record(young, Timestamp=starts_at)
    assert statuses(shop.meter(in_time)) == ["Success"]


@pytest.mark.parametrize(
    ("minutes_after_the_end", "status"),
    [(0, "Success"), (60, "Success"), (61, "CustomerNotSubscribed")],
)
def test_an_ended_license_is_metered_for_one_more_hour(
    shop: Shop, minutes_after_the_end: int, status: str
) -> None:  # `end.last-hour`
    record = shop.licensed_record()
    shop.marketplace.end_agreement(shop.licensed.agreement_id)
    shop.now += timedelta(minutes=minutes_after_the_end)
    assert statuses(shop.meter(record)) == [status]


def test_a_record_of_an_ended_license_does_not_harm_its_neighbours(shop: Shop) -> None:
    other = shop.subscribe("licensed", account="777788889999")
    shop.marketplace.end_agreement(shop.licensed.agreement_id, ends_at=shop.now - 2 * AN_HOUR)
    answer = shop.meter(shop.licensed_record(), shop.licensed_record(other))
    assert statuses(answer) == ["CustomerNotSubscribed", "Success"]
    assert "MeteringRecordId" not in answer["Results"][0]
    (refusal,) = shop.marketplace.refusals()
    assert (refusal.operation, refusal.code) == ("BatchMeterUsage", "CustomerNotSubscribed")
    assert refusal.record is not None
    assert refusal.record["LicenseArn"] == shop.licensed.license_arn


def test_a_product_code_beside_a_license_fails_the_whole_call(shop: Shop) -> None:
    for code in ("licensed", "legacy"):
        refused = code_of(
            lambda code=code: shop.marketplace.batch_meter_usage(  # type: ignore[misc]
                ProductCode=code, UsageRecords=[shop.licensed_record()]
            )
        )
        assert refused == "InvalidProductCodeException"


def test_a_record_without_a_license_among_licensed_ones_fails_the_whole_call(shop: Shop) -> None:
    call = (shop.licensed_record(), shop.licensed_record(LicenseArn=None))
    assert code_of(lambda: shop.meter(*call)) == "InvalidLicenseException"


@pytest.mark.parametrize(
    "identity",
    [
        {"CustomerAWSAccountId": None},
        {"CustomerAWSAccountId": None, "CustomerIdentifier": "buyer"},
        {"CustomerIdentifier": "buyer"},
        {"CustomerAWSAccountId": "4444-5555-6666"},
        {"CustomerAWSAccountId": "\u0664" * 12},
    ],
)
def test_a_license_needs_a_well_formed_account_id_and_nothing_else(
    shop: Shop, identity: dict[str, Any]
) -> None:  # `batch.license-identity`
    bad = shop.licensed_record(**identity)
    assert code_of(lambda: shop.meter(bad)) == "InvalidCustomerIdentifierException"


def test_an_unknown_dimension_fails_the_whole_call(shop: Shop) -> None:  # `outcome.dimension`
    call = (shop.licensed_record(), shop.licensed_record(Dimension="API_CALLS"))
    assert code_of(lambda: shop.meter(*call)) == "InvalidUsageDimensionException"
    assert shop.billed() == []
    (refusal,) = shop.marketplace.refusals()
    assert refusal.code == "InvalidUsageDimensionException"
    assert refusal.record is not None
    assert refusal.record["Dimension"] == "API_CALLS"


def test_a_call_without_records_is_answered_with_nothing(shop: Shop) -> None:  # `batch.no-records`
    answer = shop.meter()
    assert (answer["Results"], answer["UnprocessedRecords"]) == ([], [])
