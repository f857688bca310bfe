"""The AWS SDK for JavaScript v3, as npm has it, works against the sandbox by endpoint URL alone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace_sandbox.core.model.callers import Platform, Resource
from tests.builders import ACCOUNT, NOON_AT, Shop
from tests.contracts import ALL_FOUR, sell_contracts, sign
from tests.e2e.clients.javascript import Call, JavaScript
from tests.estate import Estate


@pytest.fixture
def javascript(shop_url: str, tmp_path: Path) -> JavaScript:
    return JavaScript(shop_url, tmp_path)


@pytest.fixture(params=["", "cbor"], ids=["json", "cbor"])
def reader(javascript: JavaScript, request: pytest.FixtureRequest) -> JavaScript:
    """Entitlements are to be had in both protocols that the service's model names (MODEL)."""
    return replace(javascript, protocol=request.param)


def in_json(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"Timestamp": record["Timestamp"].timestamp()}


def usage(estate: Estate, resource: Resource) -> dict[str, Any]:
    used_at = estate.now - timedelta(minutes=1)
    parameters = {"ProductCode": resource.product_code, "Timestamp": used_at.timestamp()}
    return parameters | {"UsageDimension": "scans", "UsageQuantity": 5}


def test_it_resolves_a_registration_token(shop: Shop, javascript: JavaScript) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    buyer = javascript.call("ResolveCustomer", RegistrationToken=token)
    assert buyer["CustomerAWSAccountId"] == ACCOUNT
    assert buyer["LicenseArn"] == shop.licensed.license_arn
    assert buyer["ProductCode"] == "licensed"
    assert "CustomerIdentifier" not in buyer
    assert buyer["$metadata"]["requestId"]


def test_it_meters_usage_once_however_often_it_is_sent(shop: Shop, javascript: JavaScript) -> None:
    parameters = {"UsageRecords": [in_json(shop.licensed_record())]}
    first, again = javascript.run([Call("BatchMeterUsage", parameters)] * 2)
    (result,) = first["answer"]["Results"]
    assert result["Status"] == "Success"
    assert first["answer"]["UnprocessedRecords"] == []
    assert again["answer"]["Results"] == first["answer"]["Results"]
    assert shop.billed() == [("api_calls", "5")]


def test_it_reads_a_time_that_it_gets_back_as_the_time_that_it_sent(
    shop: Shop, javascript: JavaScript
) -> None:
    record = shop.licensed_record()
    answer = javascript.call("BatchMeterUsage", UsageRecords=[in_json(record)])
    returned = answer["Results"][0]["UsageRecord"]["Timestamp"]
    assert returned == record["Timestamp"].strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_it_sees_that_a_second_quantity_for_the_hour_is_a_duplicate(
    shop: Shop, javascript: JavaScript
) -> None:
    shop.meter(shop.licensed_record(Quantity=5))
    other = in_json(shop.licensed_record(Quantity=6))
    answer = javascript.call("BatchMeterUsage", UsageRecords=[other])
    assert [result["Status"] for result in answer["Results"]] == ["DuplicateRecord"]
    assert shop.billed() == [("api_calls", "5")]


def test_it_sends_allocations(shop: Shop, javascript: JavaScript) -> None:
    allocations = [
        {"AllocatedUsageQuantity": 3, "Tags": [{"Key": "team", "Value": "search"}]},
        {"AllocatedUsageQuantity": 2},
    ]
    record = in_json(shop.licensed_record(UsageAllocations=allocations))
    javascript.call("BatchMeterUsage", UsageRecords=[record])
    (line,) = shop.marketplace.bill()
    assert len(line.allocations) == 2


def test_this_version_of_it_knows_no_decimals_and_meters_nothing_instead(
    shop: Shop, javascript: JavaScript
) -> None:  # `quantity.missing-is-zero`, and that takes up the hour
    record = in_json(shop.licensed_record(Quantity=None, QuantityAsDecimal="0.125"))
    answer = javascript.call("BatchMeterUsage", UsageRecords=[record])
    assert [result["Status"] for result in answer["Results"]] == ["Success"]
    assert shop.billed() == [("api_calls", "0")]


def test_it_gets_unprocessed_records_back_and_sends_them_again(
    shop: Shop, javascript: JavaScript
) -> None:
    shop.marketplace.inject_fault("unprocessed", dimension="storage")
    records = [in_json(shop.licensed_record(Dimension=name)) for name in ("api_calls", "storage")]
    answer = javascript.call("BatchMeterUsage", UsageRecords=records)
    (left,) = answer["UnprocessedRecords"]
    assert left["Dimension"] == "storage"
    assert shop.billed() == [("api_calls", "5")]
    javascript.call("BatchMeterUsage", UsageRecords=[left | {"Timestamp": records[1]["Timestamp"]}])
    assert shop.billed() == [("api_calls", "5"), ("storage", "5")]


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("throttle", ("ThrottlingException", "client", 400)),
        ("internal_error_before", ("InternalServiceErrorException", "server", 500)),
        ("disabled_api", ("DisabledApiException", "client", 400)),
    ],
)
def test_it_throws_awss_errors_as_their_own_classes(
    shop: Shop, javascript: JavaScript, kind: str, seen: tuple[str, str, int]
) -> None:
    shop.marketplace.inject_fault(kind)
    error = javascript.refusal("BatchMeterUsage", UsageRecords=[])
    assert (error["name"], error["fault"], error["status"]) == seen
    assert error["isOfItsOwnClass"]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"Dimension": "unknown"}, "InvalidUsageDimensionException"),
        ({"CustomerAWSAccountId": "999999999999"}, "InvalidLicenseException"),
        (
            {"Timestamp": (NOON_AT - timedelta(hours=25)).timestamp()},
            "TimestampOutOfBoundsException",
        ),
    ],
)
def test_it_throws_for_a_record_that_fails_its_whole_call(
    shop: Shop, javascript: JavaScript, changed: dict[str, Any], name: str
) -> None:
    record = in_json(shop.licensed_record()) | changed
    error = javascript.refusal("BatchMeterUsage", UsageRecords=[record])
    assert (error["name"], error["isOfItsOwnClass"]) == (name, True)
    assert shop.billed() == []


def test_it_throws_for_a_token_that_says_nothing(javascript: JavaScript) -> None:
    error = javascript.refusal("ResolveCustomer", RegistrationToken="nonsense")
    assert (error["name"], error["isOfItsOwnClass"]) == ("InvalidTokenException", True)


def test_it_throws_plain_service_errors_for_what_the_model_does_not_name(
    shop: Shop, javascript: JavaScript
) -> None:
    shop.marketplace.inject_fault("access_denied")
    error = javascript.refusal("BatchMeterUsage", UsageRecords=[])
    assert (error["name"], error["status"]) == ("AccessDeniedException", 400)
    assert not error["isOfItsOwnClass"]


@pytest.mark.parametrize("kind", ["throttle", "internal_error_after", "lost_answer", "truncated"])
def test_its_own_retry_gets_through_and_nothing_is_billed_twice(
    shop: Shop, javascript: JavaScript, kind: str
) -> None:
    shop.marketplace.inject_fault(kind)
    patient = replace(javascript, attempts=2)
    answer = patient.call("BatchMeterUsage", UsageRecords=[in_json(shop.licensed_record())])
    assert answer["$metadata"]["attempts"] == 2
    assert [result["Status"] for result in answer["Results"]] == ["Success"]
    assert len(shop.marketplace.calls()) == 2
    assert shop.billed() == [("api_calls", "5")]


def test_it_cannot_read_a_truncated_answer_but_the_usage_is_metered(
    shop: Shop, javascript: JavaScript
) -> None:
    shop.marketplace.inject_fault("truncated")
    error = javascript.refusal("BatchMeterUsage", UsageRecords=[in_json(shop.licensed_record())])
    assert (error["name"], error["status"]) == ("Error", 200)
    assert error["message"].startswith("aborted")
    assert shop.billed() == [("api_calls", "5")]


def test_a_session_that_lets_it_make_its_client_tokens_adds_up(
    estate: Estate, estate_url: str, tmp_path: Path
) -> None:
    session = estate.launch(Platform.AGENTCORE, region="eu-west-1")
    javascript = JavaScript(estate_url, tmp_path, session)
    outcomes = javascript.run([Call("MeterUsage", usage(estate, session))] * 2)
    assert len({outcome["answer"]["MeteringRecordId"] for outcome in outcomes}) == 2
    assert [line.resource_id for line in estate.marketplace.bill()] == [session.resource_id] * 2


def test_an_instance_meters_its_hour_once(estate: Estate, estate_url: str, tmp_path: Path) -> None:
    instance = estate.launch(Platform.EC2)
    javascript = JavaScript(estate_url, tmp_path, instance)
    outcomes = javascript.run([Call("MeterUsage", usage(estate, instance))] * 2)
    assert len({outcome["answer"]["MeteringRecordId"] for outcome in outcomes}) == 1


def test_a_dry_run_meters_nothing(estate: Estate, estate_url: str, tmp_path: Path) -> None:
    instance = estate.launch(Platform.EC2)
    javascript = JavaScript(estate_url, tmp_path, instance)
    error = javascript.refusal("MeterUsage", **usage(estate, instance), DryRun=True)
    assert error["name"] == "DryRunOperation"
    assert estate.billed() == []


def test_a_container_registers(estate: Estate, estate_url: str, tmp_path: Path) -> None:
    task = estate.launch(Platform.ECS)
    javascript = JavaScript(estate_url, tmp_path, task)
    answer = javascript.call("RegisterUsage", ProductCode="container", PublicKeyVersion=1)
    assert answer["Signature"].count(".") == 2


def test_the_seller_cannot_register_a_container(javascript: JavaScript) -> None:
    error = javascript.refusal("RegisterUsage", ProductCode="licensed", PublicKeyVersion=1)
    assert (error["name"], error["isOfItsOwnClass"]) == ("PlatformNotSupportedException", True)


def test_its_paginator_reads_all_entitlements_with_their_types(
    shop: Shop, reader: JavaScript
) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    sign(shop, "200000000002", {"seats": 7})
    call = Call("GetEntitlements", {"ProductCode": "contract"}, page_size=2)
    (outcome,) = reader.run([call])
    assert [len(page) for page in outcome["pages"]] == [2, 2, 1]
    values = [(one["Dimension"], one["Value"]) for page in outcome["pages"] for one in page]
    assert sorted(values, key=str) == [
        ("seats", {"IntegerValue": 5}),
        ("seats", {"IntegerValue": 7}),
        ("share", {"DoubleValue": 0.5}),
        ("support", {"BooleanValue": True}),
        ("tier", {"StringValue": "gold"}),
    ]


def test_it_filters_entitlements_and_reads_when_they_end(shop: Shop, reader: JavaScript) -> None:
    sell_contracts(shop)
    bought = sign(shop, "100000000001")
    sign(shop, "200000000002")
    accounts = {"CUSTOMER_AWS_ACCOUNT_ID": ["100000000001"]}
    answer = reader.call("GetEntitlements", ProductCode="contract", Filter=accounts)
    (one,) = answer["Entitlements"]
    assert one["LicenseArn"] == bought.license_arn
    assert bought.expires_at is not None
    assert one["ExpirationDate"] == bought.expires_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_entitlements_of_an_unknown_product_are_refused(reader: JavaScript) -> None:
    error = reader.refusal("GetEntitlements", ProductCode="unknown")
    assert (error["name"], error["isOfItsOwnClass"]) == ("InvalidParameterException", True)


def test_its_paginator_retries_a_throttled_page(shop: Shop, reader: JavaScript) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    shop.marketplace.inject_fault("throttle", operation="GetEntitlements")
    call = Call("GetEntitlements", {"ProductCode": "contract"}, page_size=3)
    (outcome,) = replace(reader, attempts=2).run([call])
    assert [len(page) for page in outcome["pages"]] == [3, 1]


def test_both_protocols_name_what_went_wrong_alike(shop: Shop, reader: JavaScript) -> None:
    shop.marketplace.inject_fault("throttle", operation="GetEntitlements")
    error = reader.refusal("GetEntitlements", ProductCode="licensed")
    assert (error["name"], error["isOfItsOwnClass"]) == ("ThrottlingException", True)
