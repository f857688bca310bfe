"""What comes back, and what it did: rules `outcome.…` and `quota.…`."""

import re
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.aws_models import raw_model
from marketplace_sandbox.core.model.errors import SENTENCES, ErrorCode
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.operation import ENTITLEMENT, METERING
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses

UNKNOWN_LICENSE = "arn:aws:license-manager::111122223333:license:l-" + "0" * 32


def test_each_record_comes_back_in_one_of_two_lists(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", dimension="storage")
    call = [shop.licensed_record(), shop.licensed_record(Dimension="storage")]
    answer = shop.meter(*call)
    assert [result["UsageRecord"]["Dimension"] for result in answer["Results"]] == ["api_calls"]
    assert [record["Dimension"] for record in answer["UnprocessedRecords"]] == ["storage"]


def test_a_record_of_an_unknown_customer_is_refused_alone(shop: Shop) -> None:
    unknown = shop.legacy_record(CustomerIdentifier="nobody")
    answer = shop.meter_legacy(unknown, shop.legacy_record())
    assert statuses(answer) == ["CustomerNotSubscribed", "Success"]
    assert "MeteringRecordId" not in answer["Results"][0]


@pytest.mark.parametrize(("more", "status"), [(0, "Success"), (1, "CustomerNotSubscribed")])
def test_a_record_of_an_ended_agreement_is_refused_alone(
    shop: Shop, more: int, status: str
) -> None:
    other = shop.subscribe("licensed", account="777788889999")
    record = shop.licensed_record()
    shop.marketplace.end_agreement(shop.licensed.agreement_id)
    shop.now += AN_HOUR + timedelta(microseconds=more)
    assert statuses(shop.meter(record, shop.licensed_record(other))) == [status, "Success"]


@pytest.mark.parametrize(("more", "status"), [(0, "Success"), (1, "CustomerNotSubscribed")])
def test_a_legacy_customers_last_hour_ends_as_a_licenses_does(
    shop: Shop, more: int, status: str
) -> None:
    other = shop.subscribe("legacy", account="777788889999")
    record = shop.legacy_record()
    shop.marketplace.end_agreement(shop.legacy.agreement_id)
    shop.now += AN_HOUR + timedelta(microseconds=more)
    others = shop.legacy_record(CustomerIdentifier=other.customer_identifier)
    assert statuses(shop.meter_legacy(record, others)) == [status, "Success"]


def test_a_record_of_a_suspended_account_is_refused_alone(shop: Shop) -> None:
    other = shop.subscribe("licensed", account="777788889999")
    call = (shop.licensed_record(), shop.licensed_record(other))
    shop.marketplace.desks.agreements.suspend(ACCOUNT)
    assert statuses(shop.meter(*call)) == ["CustomerNotSubscribed", "Success"]
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["CustomerNotSubscribed"]
    shop.marketplace.desks.agreements.reinstate(ACCOUNT)
    assert statuses(shop.meter(*call)) == ["Success", "Success"]


def test_unprocessed_records_are_not_billed_until_they_are_sent_again(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed")
    answer = shop.meter(shop.licensed_record())
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert shop.billed() == []
    assert statuses(shop.meter(*answer["UnprocessedRecords"])) == ["Success"]
    assert shop.billed() == [("api_calls", "5")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Timestamp": None}, "TimestampOutOfBoundsException"),
        ({"Quantity": None, "QuantityAsDecimal": "1.0000001"}, "ValidationException"),
        ({"Dimension": "unknown"}, "InvalidUsageDimensionException"),
        ({"LicenseArn": UNKNOWN_LICENSE}, "InvalidLicenseException"),
        ({"CustomerAWSAccountId": None}, "InvalidCustomerIdentifierException"),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantity": 4}]},
            "InvalidUsageAllocationsException",
        ),
        (
            {
                "UsageAllocations": [
                    {"AllocatedUsageQuantity": 5, "Tags": [{"Key": "{", "Value": "x"}]}
                ]
            },
            "InvalidTagException",
        ),
    ],
)
def test_one_bad_record_fails_the_whole_call(shop: Shop, fields: dict[str, Any], code: str) -> None:
    if "Timestamp" in fields:
        fields = {"Timestamp": shop.now - 25 * AN_HOUR}
    bad = shop.licensed_record(**fields)
    assert code_of(lambda: shop.meter(shop.licensed_record(), bad)) == code
    assert shop.billed() == []
    (refusal,) = shop.marketplace.refusals()
    assert refusal.code == code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Dimension": "unknown"}, "InvalidUsageDimensionException"),
        ({"CustomerIdentifier": None}, "InvalidCustomerIdentifierException"),
        (
            {"UsageAllocations": [{"AllocatedUsageQuantity": 4}]},
            "InvalidUsageAllocationsException",
        ),
    ],
)
def test_one_bad_record_fails_the_whole_call_with_a_product_code(
    shop: Shop, fields: dict[str, Any], code: str
) -> None:
    bad = shop.legacy_record(**fields)
    assert code_of(lambda: shop.meter_legacy(shop.legacy_record(), bad)) == code
    assert shop.billed() == []


def test_a_license_belongs_to_its_account(shop: Shop) -> None:
    bad = shop.licensed_record(CustomerAWSAccountId="777788889999")
    assert code_of(lambda: shop.meter(bad)) == "InvalidLicenseException"


def test_an_unknown_product_code_fails_the_call(shop: Shop) -> None:
    refused = code_of(
        lambda: shop.marketplace.batch_meter_usage(
            ProductCode="nobody-sells-this", UsageRecords=[shop.legacy_record()]
        )
    )
    assert refused == "InvalidProductCodeException"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", "ThrottlingException"),
        ("disabled_api", "DisabledApiException"),
        ("access_denied", "AccessDeniedException"),
        ("internal_error_before", "InternalServiceErrorException"),
    ],
)
def test_errors_of_the_service_apply_nothing(shop: Shop, kind: str, code: str) -> None:
    shop.marketplace.inject_fault(kind)
    assert code_of(lambda: shop.meter(shop.licensed_record())) == code
    assert shop.billed() == []


def test_after_a_lost_answer_the_same_records_are_billed_once(shop: Shop) -> None:
    shop.marketplace.inject_fault("internal_error_after")
    record = shop.licensed_record()
    assert code_of(lambda: shop.meter(record)) == "InternalServiceErrorException"
    assert statuses(shop.meter(record)) == ["Success"]
    assert shop.billed() == [("api_calls", "5")]


def test_an_error_does_not_say_which_record_it_is_about(shop: Shop) -> None:
    bad = shop.licensed_record(Timestamp=shop.now - 25 * AN_HOUR)
    with pytest.raises(ClientError) as caught:
        shop.meter(shop.licensed_record(), bad)
    assert set(caught.value.response) <= {"Error", "ResponseMetadata", "message"}
    assert set(caught.value.response["Error"]) == {"Code", "Message"}
    said = caught.value.response["Error"]["Message"]
    assert said == SENTENCES[ErrorCode.TIMESTAMP_OUT_OF_BOUNDS]
    (refusal,) = shop.marketplace.refusals()
    assert format_iso(bad["Timestamp"]) in refusal.message
    assert refusal.record == {**bad, "Timestamp": bad["Timestamp"].timestamp()}


def test_errors_say_the_sentence_of_the_model() -> None:
    described = {
        name: re.sub("<[^>]+>|[{}]", "", shape["documentation"]).strip()
        for service in (METERING, ENTITLEMENT)
        for name, shape in raw_model(service)["shapes"].items()
        if shape.get("exception")
    }
    own_words = {"ThrottlingException", "InternalServiceErrorException"}  # of any AWS service
    own_words |= {"ExpiredTokenException", "InvalidTokenException"}  # raised with the sentence
    assert set(described) == set(SENTENCES) | own_words
    for code, sentence in SENTENCES.items():
        assert described[code].startswith(re.sub("[{}]", "", sentence).removesuffix("."))


def test_ten_calls_a_second_are_taken_and_the_eleventh_is_throttled() -> None:
    shop = Shop(metering_calls_per_second=10)
    record = shop.licensed_record()
    for _ in range(10):
        shop.meter(record)
    assert code_of(lambda: shop.meter(record)) == "ThrottlingException"
    shop.now += timedelta(seconds=0.1)
    assert statuses(shop.meter(record)) == ["Success"]


def test_usage_of_the_last_hour_itself_is_accepted(shop: Shop) -> None:
    shop.marketplace.end_agreement(shop.licensed.agreement_id)
    shop.now += timedelta(minutes=30)
    assert statuses(shop.meter(shop.licensed_record(Timestamp=shop.now))) == ["Success"]
