"""Each switch under each of its readings: the switches of RULES.md."""

from datetime import timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.agreements.lifecycle import DEPROVISION_DELAY
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of, shop_with, statuses

A_MINUTE = timedelta(minutes=1)
FIVE_TAGS = [{"Key": f"tag{n}", "Value": "x"} for n in range(5)]


def outcome_of(shop: Shop, record: dict[str, Any]) -> str:
    """Meter one record; return its status, or the error that refuses the call."""
    try:
        return statuses(shop.meter(record))[0]
    except ClientError as error:
        return error.response["Error"]["Code"]


@pytest.mark.parametrize(("reading", "hours"), [("24h", 24), ("6h", 6), ("1h", 1)])
def test_usage_is_as_old_as_the_reading_says(reading: str, hours: int) -> None:
    shop = shop_with(usage_age=reading)
    oldest_at = shop.now - hours * AN_HOUR
    too_old = shop.licensed_record(Timestamp=oldest_at)
    assert outcome_of(shop, too_old) == "TimestampOutOfBoundsException"
    in_time = shop.licensed_record(Timestamp=oldest_at + timedelta(seconds=1))
    assert outcome_of(shop, in_time) == "Success"


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [("record", "TimestampOutOfBoundsException"), ("hour_start", "Success")],
)
def test_the_age_is_measured_as_the_reading_says(reading: str, outcome: str) -> None:
    shop = shop_with(usage_age_from=reading)
    hour_at = shop.now - 24 * AN_HOUR
    shop.now += 30 * A_MINUTE
    assert outcome_of(shop, shop.licensed_record(Timestamp=hour_at)) == outcome
    before = shop.licensed_record(Timestamp=hour_at - timedelta(seconds=1))
    assert outcome_of(shop, before) == "TimestampOutOfBoundsException"


@pytest.mark.parametrize(("reading", "minutes"), [("4h", 240), ("1h", 60), ("30min", 30)])
def test_a_token_lives_as_long_as_the_reading_says(reading: str, minutes: int) -> None:
    shop = shop_with(token_lifetime=reading)
    token = shop.marketplace.desks.agreements.issue_token(shop.licensed.agreement_id).token
    shop.now += minutes * A_MINUTE - timedelta(seconds=1)
    shop.marketplace.resolve_customer(RegistrationToken=token)
    late = shop.marketplace.desks.agreements.issue_token(shop.licensed.agreement_id).token
    shop.now += minutes * A_MINUTE
    refused = code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=late))
    assert refused == "ExpiredTokenException"


@pytest.mark.parametrize(("reading", "resolves_again"), [("any", True), ("once", False)])
def test_a_token_resolves_as_often_as_the_reading_says(
    reading: str, *, resolves_again: bool
) -> None:
    shop = shop_with(token_uses=reading)
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    first = shop.marketplace.resolve_customer(RegistrationToken=token)
    if resolves_again:
        again = shop.marketplace.resolve_customer(RegistrationToken=token)
        assert again["LicenseArn"] == first["LicenseArn"]
    else:
        refused = code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=token))
        assert refused == "ExpiredTokenException"


@pytest.mark.parametrize(
    ("reading", "deprovisioned_after", "closes_after"),
    [
        ("hour_after_end", DEPROVISION_DELAY, AN_HOUR),
        ("agreement_ended", AN_HOUR, AN_HOUR),
        ("license_deprovisioned", DEPROVISION_DELAY, DEPROVISION_DELAY + AN_HOUR),
    ],
)
def test_the_last_hour_opens_as_the_reading_says(
    reading: str, deprovisioned_after: timedelta, closes_after: timedelta
) -> None:
    shop = shop_with(final_window=reading)
    ended_at = shop.now
    record = shop.licensed_record()
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    shop.now = ended_at + closes_after
    assert outcome_of(shop, record) == "Success"
    shop.now += timedelta(microseconds=1)
    assert outcome_of(shop, record) == "CustomerNotSubscribed"
    agreement = shop.marketplace.desks.agreements.agreement(shop.licensed.agreement_id)
    assert agreement.deprovisioned_at == ended_at + deprovisioned_after


@pytest.mark.parametrize(
    ("reading", "status"), [("success", "Success"), ("duplicate_record", "DuplicateRecord")]
)
def test_the_same_record_again_is_answered_as_the_reading_says(reading: str, status: str) -> None:
    shop = shop_with(same_record_again=reading)
    first = shop.meter(shop.licensed_record())
    again = shop.meter(shop.licensed_record())
    assert statuses(first) == ["Success"]
    assert statuses(again) == [status]
    assert again["Results"][0]["MeteringRecordId"] == first["Results"][0]["MeteringRecordId"]
    assert shop.billed() == [("api_calls", "5")]
    assert shop.marketplace.desks.bill.lost_duplicates() == ()


@pytest.mark.parametrize(
    ("reading", "status", "lines"), [("region", "Success", 2), ("global", "DuplicateRecord", 1)]
)
def test_an_hour_in_two_regions_counts_as_the_reading_says(
    reading: str, status: str, lines: int
) -> None:
    shop = shop_with(dedupe_scope=reading)
    seller = shop.licensed.proposer_account_id or "111122223333"
    elsewhere = shop.marketplace.as_caller(account_id=seller, region="eu-west-1")
    shop.meter(shop.licensed_record())
    answer = elsewhere.batch_meter_usage(UsageRecords=[shop.licensed_record(Quantity=6)])
    assert statuses(answer) == [status]
    assert len(shop.billed()) == lines


@pytest.mark.parametrize(
    ("reading", "status", "billed"),
    [("takes_the_hour", "DuplicateRecord", "0"), ("leaves_it_open", "Success", "5")],
)
def test_a_zero_holds_its_hour_as_the_reading_says(reading: str, status: str, billed: str) -> None:
    shop = shop_with(zero_quantity=reading)
    zero, usage = (shop.licensed_record(Quantity=quantity) for quantity in (0, 5))
    assert statuses(shop.meter(zero)) == ["Success"]
    assert statuses(shop.meter(usage)) == [status]
    assert shop.billed() == [("api_calls", billed)]
    assert statuses(shop.meter(shop.licensed_record(Quantity=6))) == ["DuplicateRecord"]


@pytest.mark.parametrize(
    ("reading", "prefix"),
    [("without_prefix", "aws:license-manager:us-east-1:"), ("as_resolved", "arn:aws:")],
)
def test_events_print_a_license_as_the_reading_says(reading: str, prefix: str) -> None:
    shop = shop_with(event_license_arn=reading)
    details: list[Any] = [
        event.document["detail"]
        for event in shop.marketplace.desks.events.events()
        if event.name == "License Updated - Manufacturer"
    ]
    arns = [detail["license"]["arn"] for detail in details]
    assert arns
    assert all(arn.startswith(prefix) for arn in arns)


@pytest.mark.parametrize(("reading", "seconds"), [("minute_after", 61), ("at_once", 0)])
def test_a_new_license_is_told_as_the_reading_says(reading: str, seconds: int) -> None:
    shop = shop_with(license_updated=reading)
    signed_at = shop.now
    sold = shop.marketplace.create_agreement("licensed", starts_at=signed_at)
    shop.now += A_MINUTE * 2
    told = [
        (event.name, event.at - signed_at)
        for event in shop.marketplace.desks.events.events()
        if event.agreement_id == sold.agreement_id
    ]
    assert told == [
        ("Purchase Agreement Created - Proposer", timedelta(0)),
        ("License Updated - Manufacturer", timedelta(seconds=seconds)),
    ]


@pytest.mark.parametrize(
    ("reading", "mark"), [("colon", ":license:l-"), ("slash", ":license/lic-")]
)
def test_licenses_are_printed_as_the_reading_says(reading: str, mark: str) -> None:
    shop = shop_with(resolved_license_arn=reading)
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    license_arn = shop.marketplace.resolve_customer(RegistrationToken=token)["LicenseArn"]
    assert mark in license_arn
    assert statuses(shop.meter(shop.licensed_record(LicenseArn=license_arn))) == ["Success"]


@pytest.mark.parametrize(
    ("reading", "is_named"), [("with_license", True), ("without_license", False)]
)
def test_a_first_resolve_names_the_license_as_the_reading_says(
    reading: str, *, is_named: bool
) -> None:
    shop = shop_with(first_resolve=reading)
    for agreement in (shop.licensed, shop.subscribe("licensed")):
        answers = []
        for _ in range(3):  # each with a token of its own: the agreement counts, not the token
            token = shop.marketplace.mint_token(agreement.agreement_id).token
            answers.append(shop.marketplace.resolve_customer(RegistrationToken=token))
        named = [answer.get("LicenseArn") for answer in answers]
        first = agreement.license_arn if is_named else None
        assert named == [first, agreement.license_arn, agreement.license_arn]
        assert {answer["CustomerAWSAccountId"] for answer in answers} == {ACCOUNT}
        ids = {answer["Metadata"]["AgreementId"] for answer in answers}
        assert ids == {agreement.agreement_id}


def test_a_resolve_that_is_refused_is_not_the_first() -> None:  # `first_resolve`
    shop = shop_with(first_resolve="without_license", token_lifetime="30min")
    old = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.now += AN_HOUR
    assert code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=old))
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    assert "LicenseArn" not in shop.marketplace.resolve_customer(RegistrationToken=token)


@pytest.mark.parametrize(
    ("reading", "code"),
    [("invalid_tag", "InvalidTagException"), ("too_many_tags", "TooManyTagsException")],
)
def test_too_many_tags_are_refused_as_the_reading_says(reading: str, code: str) -> None:
    shop = shop_with(too_many_tags=reading)
    more = [{"Key": "more", "Value": "x"}]
    one = [{"AllocatedUsageQuantity": 5, "Tags": FIVE_TAGS + more}]
    two = [
        {"AllocatedUsageQuantity": 4, "Tags": FIVE_TAGS},
        {"AllocatedUsageQuantity": 1, "Tags": more},
    ]
    for allocations in (one, two):
        assert outcome_of(shop, shop.licensed_record(UsageAllocations=allocations)) == code
    bad_character = [{"AllocatedUsageQuantity": 5, "Tags": [{"Key": "{", "Value": "x"}]}]
    refused = outcome_of(shop, shop.licensed_record(UsageAllocations=bad_character))
    assert refused == "InvalidTagException"


@pytest.mark.parametrize(
    ("reading", "outcome"), [("accepted", "Success"), ("refused", "ValidationException")]
)
def test_decimals_are_taken_as_the_reading_says(reading: str, outcome: str) -> None:
    shop = shop_with(decimals=reading)
    decimal = shop.licensed_record(Quantity=None, QuantityAsDecimal="2.5")
    assert outcome_of(shop, decimal) == outcome
    assert outcome_of(shop, shop.licensed_record(Dimension="storage")) == "Success"


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [("status", "CustomerNotSubscribed"), ("exception", "InvalidCustomerIdentifierException")],
)
def test_an_unknown_identifier_is_answered_as_the_reading_says(reading: str, outcome: str) -> None:
    shop = shop_with(unknown_customer=reading)
    unknown = shop.legacy_record(CustomerIdentifier="nobody")
    try:
        answer = statuses(shop.meter_legacy(unknown))[0]
    except ClientError as error:
        answer = error.response["Error"]["Code"]
    assert answer == outcome
    of_account = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId="777788889999")
    assert statuses(shop.meter_legacy(of_account)) == ["CustomerNotSubscribed"]
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["Success"]


@pytest.mark.parametrize(
    ("reading", "outcome"), [("instant", "InvalidLicenseException"), ("hour", "Success")]
)
def test_a_license_starts_as_the_reading_says(reading: str, outcome: str) -> None:
    shop = shop_with(license_start=reading)
    hour_at = shop.now - 2 * AN_HOUR
    young = shop.marketplace.create_agreement("licensed", starts_at=hour_at + 20 * A_MINUTE)
    assert outcome_of(shop, shop.licensed_record(young, Timestamp=hour_at)) == outcome
    before = shop.licensed_record(young, Timestamp=hour_at - timedelta(microseconds=1))
    assert outcome_of(shop, before) == "InvalidLicenseException"


@pytest.mark.parametrize(("reading", "is_named"), [("absent", False), ("present", True)])
def test_an_end_names_the_offer_as_the_reading_says(reading: str, *, is_named: bool) -> None:
    shop = shop_with(ended_offer=reading)
    shop.marketplace.desks.agreements.cancel(shop.licensed.agreement_id)
    (detail,) = (
        cast("dict[str, object]", event.document["detail"])
        for event in shop.marketplace.desks.events.events()
        if event.name == "Purchase Agreement Ended - Proposer"
    )
    assert ("offer" in detail) is is_named
    assert not is_named or detail["offer"] == {"id": shop.licensed.offer_id}
