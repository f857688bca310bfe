"""What a request may hold: rules `batch.…`, `quantity.…`, and what boto3 does to it: `sdk.…`."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from marketplace_sandbox.core.model.errors import ErrorCode
from tests.builders import ACCOUNT, Shop, code_of, statuses

TARGET = "AWSMPMeteringService.BatchMeterUsage"


def raw_error_of(shop: Shop, document: dict[str, Any]) -> str | None:
    """Send what boto3 would not; return the error's name, None for a success."""
    answer = shop.marketplace.answer(TARGET, json.dumps(document).encode())
    error = json.loads(answer.body).get("__type")
    return None if error is None else str(error).rpartition("#")[2]


def test_a_request_needs_usage_records_and_a_record_its_time_and_dimension(shop: Shop) -> None:
    record = {
        "Timestamp": shop.now.timestamp(),
        "Dimension": "api_calls",
        "CustomerAWSAccountId": ACCOUNT,
        "LicenseArn": shop.licensed.license_arn,
    }
    assert raw_error_of(shop, {"UsageRecords": [record]}) is None
    assert raw_error_of(shop, {}) == ErrorCode.VALIDATION
    for name in ("Timestamp", "Dimension"):
        lacking = {key: value for key, value in record.items() if key != name}
        assert raw_error_of(shop, {"UsageRecords": [lacking]}) == ErrorCode.VALIDATION


def test_a_call_takes_at_most_25_records(shop: Shop) -> None:
    records = [shop.licensed_record()] * 26
    assert code_of(lambda: shop.meter(*records)) == "ValidationException"
    assert statuses(shop.meter(*records[:25])) == ["Success"] * 25


def test_a_call_without_records_is_answered_with_two_empty_lists(shop: Shop) -> None:
    answer = shop.meter()
    assert (answer["Results"], answer["UnprocessedRecords"]) == ([], [])


def test_a_request_is_smaller_than_a_megabyte(shop: Shop) -> None:
    def record(dimension: str) -> dict[str, Any]:
        shares = [
            {"AllocatedUsageQuantity": 1, "Tags": [{"Key": "tag", "Value": f"{n:0>200}"}]}
            for n in range(2500)
        ]
        return shop.licensed_record(Dimension=dimension, Quantity=2500, UsageAllocations=shares)

    assert statuses(shop.meter(record("api_calls"))) == ["Success"]
    refused = code_of(lambda: shop.meter(record("api_calls"), record("storage")))
    assert refused == "ValidationException"
    assert shop.billed() == [("api_calls", "2500")]


@pytest.mark.parametrize(("size_bytes", "status"), [(999_999, 200), (1_000_000, 400)])
def test_a_megabyte_is_a_million_bytes(shop: Shop, size_bytes: int, status: int) -> None:
    answer = shop.marketplace.answer(TARGET, b'{"UsageRecords": []}'.ljust(size_bytes))
    assert answer.status == status


def test_a_buyer_of_a_new_product_is_named_by_account_and_license(shop: Shop) -> None:
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]
    without_license = shop.licensed_record(LicenseArn=None)
    assert code_of(lambda: shop.meter(without_license)) == "InvalidProductCodeException"
    without_account = shop.licensed_record(CustomerAWSAccountId=None)
    assert code_of(lambda: shop.meter(without_account)) == "InvalidCustomerIdentifierException"


@pytest.mark.parametrize(
    "identity", [{"CustomerAWSAccountId": ACCOUNT}, {"CustomerIdentifier": None}]
)
def test_a_record_names_its_customer_in_one_way(shop: Shop, identity: dict[str, Any]) -> None:
    bad = shop.legacy_record(**identity)
    assert code_of(lambda: shop.meter_legacy(bad)) == "InvalidCustomerIdentifierException"


@pytest.mark.parametrize("account_id", ["4444-5555-6666", "account", "\u0664" * 12, "4" * 256])
def test_an_account_id_is_digits(shop: Shop, account_id: str) -> None:
    bad = shop.licensed_record(CustomerAWSAccountId=account_id)
    assert code_of(lambda: shop.meter(bad)) in {
        "InvalidCustomerIdentifierException",
        "ValidationException",
    }
    assert shop.billed() == []


@pytest.mark.parametrize("digits", [1, 13, 255])
def test_an_account_id_has_up_to_255_digits(shop: Shop, digits: int) -> None:
    of_nobody = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId="4" * digits)
    assert statuses(shop.meter_legacy(of_nobody)) == ["CustomerNotSubscribed"]
    of_another = shop.licensed_record(CustomerAWSAccountId="4" * digits)
    assert code_of(lambda: shop.meter(of_another)) == "InvalidLicenseException"


def test_a_license_is_not_combined_with_a_customer_identifier(shop: Shop) -> None:
    bad = shop.licensed_record(CustomerIdentifier="buyer", CustomerAWSAccountId=None)
    assert code_of(lambda: shop.meter(bad)) == "InvalidCustomerIdentifierException"


@pytest.mark.parametrize("product_code", ["licensed", "legacy"])
def test_a_product_code_is_not_combined_with_a_license(shop: Shop, product_code: str) -> None:
    refused = code_of(
        lambda: shop.marketplace.batch_meter_usage(
            ProductCode=product_code, UsageRecords=[shop.licensed_record()]
        )
    )
    assert refused == "InvalidProductCodeException"


def test_an_empty_identifier_beside_an_account_is_taken_as_absent(shop: Shop) -> None:
    licensed = shop.licensed_record(CustomerIdentifier="")
    assert statuses(shop.meter(licensed)) == ["Success"]
    by_account = shop.legacy_record(CustomerIdentifier="", CustomerAWSAccountId=ACCOUNT)
    answer = shop.meter_legacy(by_account)
    assert statuses(answer) == ["Success"]
    assert answer["Results"][0]["UsageRecord"]["CustomerIdentifier"] == ""  # comes back as sent
    assert statuses(shop.meter_legacy(shop.legacy_record(Quantity=6))) == ["DuplicateRecord"]


def test_an_empty_product_code_beside_a_license_is_taken_as_absent(shop: Shop) -> None:
    records = [shop.licensed_record(CustomerIdentifier="")]
    answer = shop.marketplace.batch_meter_usage(ProductCode="", UsageRecords=records)
    assert statuses(answer) == ["Success"]
    assert shop.billed() == [("api_calls", "5")]
    assert [call.product_code for call in shop.marketplace.calls()] == ["licensed"]


def test_an_empty_name_names_nobody(shop: Shop) -> None:
    nobody = shop.legacy_record(CustomerIdentifier="")
    assert code_of(lambda: shop.meter_legacy(nobody)) == "InvalidCustomerIdentifierException"
    of_nothing = {"ProductCode": "", "UsageRecords": [shop.legacy_record()]}
    refused = code_of(lambda: shop.marketplace.batch_meter_usage(**of_nothing))
    assert refused == "InvalidProductCodeException"
    no_license = shop.licensed_record(LicenseArn="")  # the model's pattern allows no empty license
    assert code_of(lambda: shop.meter(no_license)) == "InvalidLicenseException"
    with pytest.raises(ParamValidationError):
        shop.meter(shop.licensed_record(CustomerAWSAccountId=""))


def test_a_dimension_has_1_to_255_characters(shop: Shop) -> None:
    shop.marketplace.create_product(code="long", dimensions=("x" * 255,))
    long = shop.licensed_record(shop.subscribe("long"), Dimension="x" * 255)
    assert statuses(shop.meter(long)) == ["Success"]
    too_long = shop.licensed_record(Dimension="x" * 256)
    assert code_of(lambda: shop.meter(too_long)) == "ValidationException"
    with pytest.raises(ParamValidationError):
        shop.meter(shop.licensed_record(Dimension=""))


def test_dimensions_are_case_sensitive(shop: Shop) -> None:
    shouted = shop.licensed_record(Dimension="API_CALLS")
    assert code_of(lambda: shop.meter(shouted)) == "InvalidUsageDimensionException"


def test_a_call_is_for_one_product(shop: Shop) -> None:
    shop.marketplace.create_product(code="other", dimensions=("api_calls",))
    call = (shop.licensed_record(), shop.licensed_record(shop.subscribe("other")))
    assert code_of(lambda: shop.meter(*call)) == "InvalidLicenseException"
    assert shop.billed() == []


def test_buyers_licenses_and_dimensions_of_a_product_share_a_call(shop: Shop) -> None:
    second_license = shop.subscribe("licensed")
    other_buyer = shop.subscribe("licensed", account="777788889999")
    answer = shop.meter(
        shop.licensed_record(),
        shop.licensed_record(Dimension="storage"),
        shop.licensed_record(second_license),
        shop.licensed_record(other_buyer),
    )
    assert statuses(answer) == ["Success"] * 4
    assert len(shop.billed()) == 4


@pytest.mark.parametrize("member", [{"DryRun": True}, {"ClientToken": "again"}])
def test_a_batch_knows_no_dry_run_and_no_client_token(shop: Shop, member: dict[str, Any]) -> None:
    with pytest.raises(ParamValidationError):
        shop.marketplace.batch_meter_usage(UsageRecords=[shop.licensed_record()], **member)


def test_a_whole_quantity_lies_between_0_and_2147483647(shop: Shop) -> None:
    largest = shop.licensed_record(Quantity=2_147_483_647)
    assert statuses(shop.meter(largest)) == ["Success"]
    too_large = shop.licensed_record(Dimension="storage", Quantity=2_147_483_648)
    assert code_of(lambda: shop.meter(too_large)) == "ValidationException"


def test_a_record_without_a_quantity_meters_zero(shop: Shop) -> None:
    assert statuses(shop.meter(shop.licensed_record(Quantity=None))) == ["Success"]
    assert shop.billed() == [("api_calls", "0")]


@pytest.mark.parametrize(
    ("text", "is_accepted"),
    [
        ("0", True),
        ("0.000001", True),
        ("9999999999.999999", True),
        ("10000000000", False),
        ("1.0000001", False),
        ("-1", False),
        ("+1", False),
        ("01", False),
        ("1.", False),
        (".5", False),
        ("1E+3", False),
        ("NaN", False),
    ],
)
def test_a_decimal_quantity_has_up_to_ten_digits_and_six_decimals(
    shop: Shop, text: str, *, is_accepted: bool
) -> None:
    record = shop.licensed_record(Quantity=None, QuantityAsDecimal=text)
    if is_accepted:
        assert statuses(shop.meter(record)) == ["Success"]
        assert [line.quantity for line in shop.marketplace.bill()] == [Decimal(text)]
    else:
        assert code_of(lambda: shop.meter(record)) == "ValidationException"


def test_a_record_has_one_of_the_two_quantities(shop: Shop) -> None:
    bad = shop.licensed_record(Dimension="storage", Quantity=5, QuantityAsDecimal="5")
    assert code_of(lambda: shop.meter(shop.licensed_record(), bad)) == "ValidationException"
    assert shop.billed() == []


def test_quantities_are_compared_by_value(shop: Shop) -> None:
    same_value: list[dict[str, Any]] = [
        {"Quantity": 17},
        {"Quantity": None, "QuantityAsDecimal": "17"},
        {"Quantity": None, "QuantityAsDecimal": "17.0"},
        {"Quantity": None, "QuantityAsDecimal": "17.000000"},
    ]
    answers = [shop.meter(shop.licensed_record(**quantity)) for quantity in same_value]
    assert [statuses(answer) for answer in answers] == [["Success"]] * 4
    assert len({answer["Results"][0]["MeteringRecordId"] for answer in answers}) == 1
    assert len(shop.billed()) == 1


@pytest.mark.parametrize("quantity", [1.0, Decimal(1), "1"])
def test_boto3_refuses_numbers_of_a_wrong_type_before_sending(shop: Shop, quantity: object) -> None:
    with pytest.raises(ParamValidationError):
        shop.meter(shop.licensed_record(Quantity=quantity))
    assert shop.marketplace.calls() == ()


def test_boto3_sends_a_naive_time_as_utc(shop: Shop) -> None:
    used_at = shop.now - timedelta(hours=2)
    shop.meter(shop.licensed_record(Timestamp=used_at.replace(tzinfo=None)))
    (line,) = shop.marketplace.bill()
    assert line.used_at == used_at
