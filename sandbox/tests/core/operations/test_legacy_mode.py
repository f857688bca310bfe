"""Metering by ProductCode."""

from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, statuses


def test_a_customer_identifier_names_a_buyer(shop: Shop) -> None:
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["Success"]


def test_an_account_id_names_a_buyer(shop: Shop) -> None:
    record = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId=ACCOUNT)
    assert statuses(shop.meter_legacy(record)) == ["Success"]


def test_both_names_of_a_buyer_mean_the_same_usage(shop: Shop) -> None:  # `key.legacy`
    by_account = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId=ACCOUNT)
    first = shop.meter_legacy(shop.legacy_record())
    again = shop.meter_legacy(by_account)
    other = shop.meter_legacy(by_account | {"Quantity": 6})
    assert statuses(again) == ["Success"]
    assert statuses(other) == ["DuplicateRecord"]
    ids = {answer["Results"][0]["MeteringRecordId"] for answer in (first, again, other)}
    assert len(ids) == 1
    assert shop.billed() == [("api_calls", "5")]


@pytest.mark.parametrize(
    "identity",
    [
        {"CustomerAWSAccountId": ACCOUNT},  # mutually exclusive with CustomerIdentifier
        {"CustomerIdentifier": None},
        {"CustomerIdentifier": ""},
        {"CustomerIdentifier": "x" * 256},
        {"CustomerIdentifier": None, "CustomerAWSAccountId": "12 digits"},
    ],
)
def test_a_malformed_identity_fails_the_whole_call(
    shop: Shop, identity: dict[str, str | None]
) -> None:  # `outcome.customer-identifier`
    call = (shop.legacy_record(), shop.legacy_record(**identity))
    assert code_of(lambda: shop.meter_legacy(*call)) == "InvalidCustomerIdentifierException"
    assert shop.billed() == []


@pytest.mark.parametrize("code", ["nobody-sells-this", "licensed"])
def test_a_wrong_product_code_fails_the_whole_call(
    shop: Shop, code: str
) -> None:  # `outcome.product-code`
    refused = code_of(
        lambda: shop.marketplace.batch_meter_usage(
            ProductCode=code, UsageRecords=[shop.legacy_record()]
        )
    )
    assert refused == "InvalidProductCodeException"


def test_legacy_usage_without_a_product_code_fails_the_whole_call(shop: Shop) -> None:
    assert code_of(lambda: shop.meter(shop.legacy_record())) == "InvalidProductCodeException"


@pytest.mark.parametrize(
    "identity",
    [
        {"CustomerIdentifier": "nobody"},
        {"CustomerIdentifier": None, "CustomerAWSAccountId": "000000000000"},
    ],
)
def test_an_unknown_buyer_is_refused_alone(
    shop: Shop, identity: dict[str, str | None]
) -> None:  # `outcome.unknown-customer`
    answer = shop.meter_legacy(shop.legacy_record(**identity), shop.legacy_record())
    assert statuses(answer) == ["CustomerNotSubscribed", "Success"]


@pytest.mark.parametrize(("hours", "status"), [(1, "Success"), (1.1, "CustomerNotSubscribed")])
def test_an_ended_agreement_is_metered_for_one_more_hour(
    shop: Shop, hours: float, status: str
) -> None:  # `end.last-hour`
    shop.marketplace.end_agreement(shop.legacy.agreement_id, ends_at=shop.now - hours * AN_HOUR)
    assert statuses(shop.meter_legacy(shop.legacy_record())) == [status]


def test_usage_from_before_the_start_is_refused_alone(shop: Shop) -> None:  # `time.not-yet-active`
    shop.marketplace.create_agreement(
        "legacy", customer_aws_account_id="777788889999", starts_at=shop.now
    )
    early = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId="777788889999")
    answer = shop.meter_legacy(early, shop.legacy_record())
    assert statuses(answer) == ["CustomerNotSubscribed", "Success"]


def test_a_buyer_who_comes_back_keeps_the_identifier_and_is_metered_again(shop: Shop) -> None:
    shop.marketplace.end_agreement(shop.legacy.agreement_id, ends_at=shop.now - 4 * AN_HOUR)
    renewed = shop.marketplace.create_agreement(
        "legacy", customer_aws_account_id=ACCOUNT, starts_at=shop.now - 2 * AN_HOUR
    )
    assert renewed.customer_identifier == shop.legacy.customer_identifier
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["Success"]
    early = shop.legacy_record(Timestamp=shop.now - timedelta(hours=2, minutes=1))
    assert statuses(shop.meter_legacy(early)) == ["CustomerNotSubscribed"]


def test_an_account_cannot_subscribe_twice_at_a_time(shop: Shop) -> None:  # `license.legacy-single`
    with pytest.raises(ControlError) as caught:
        shop.subscribe("legacy")
    assert caught.value.problem is ControlProblem.CONFLICT
