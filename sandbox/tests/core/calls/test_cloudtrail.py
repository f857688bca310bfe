"""The calls as CloudTrail writes them (`trail.logged`; AWS's example: cloudtrail-logging.html)."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError

from marketplace_sandbox.core.calls.cloudtrail import write_log_file
from marketplace_sandbox.core.model.call_documents import (
    DOCUMENT_CHARACTERS_MAX,
    DOCUMENTS_KEPT_CHARACTERS_MAX,
    DOCUMENTS_KEPT_MAX,
    HIDDEN,
    CallDocuments,
    KeptDocuments,
    copy_documents,
)
from marketplace_sandbox.core.model.calls import CallFilter
from marketplace_sandbox.core.model.errors import SENTENCES, ErrorCode
from tests.builders import ACCOUNT, NOON_AT, Shop, code_of

SELLER = "111122223333"


def events(shop: Shop, chosen: CallFilter | None = None) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", shop.marketplace.desks.calls.cloudtrail(chosen))


def the_event(shop: Shop) -> dict[str, Any]:
    (event,) = events(shop)
    return event


def test_a_metering_call_has_the_members_of_awss_example(shop: Shop) -> None:
    answer = shop.meter(shop.licensed_record(Timestamp=datetime(2026, 11, 22, 0, 5, 9, tzinfo=UTC)))
    request_id = answer["ResponseMetadata"]["RequestId"]
    event = the_event(shop)
    record = {
        "timestamp": "Nov 22, 2026 12:05:09 AM",
        "dimension": "api_calls",
        "quantity": 5,
        "customerAWSAccountId": shop.licensed.customer_aws_account_id,
        "licenseArn": shop.licensed.license_arn,
    }
    assert event.pop("eventID") not in {request_id, ""}
    assert event == {
        "eventVersion": "1.05",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": SELLER,
            "arn": f"arn:aws:iam::{SELLER}:user/sandbox",
            "accountId": SELLER,
            "accessKeyId": "UNSIGNED",
            "userName": "sandbox",
        },
        "eventTime": "2026-11-22T12:00:00Z",
        "eventSource": "metering-marketplace.amazonaws.com",
        "eventName": "BatchMeterUsage",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "sandbox",
        "requestParameters": {"usageRecords": [record]},
        "responseElements": {
            "results": [
                {
                    "usageRecord": record,
                    "meteringRecordId": answer["Results"][0]["MeteringRecordId"],
                    "status": "Success",
                }
            ],
            "unprocessedRecords": [],
        },
        "requestID": request_id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "recipientAccountId": SELLER,
    }


def test_unprocessed_records_are_told_from_results(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed")
    shop.meter(shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    answer = the_event(shop)["responseElements"]
    assert [one["dimension"] for one in answer["unprocessedRecords"]] == ["api_calls"]
    assert [one["usageRecord"]["dimension"] for one in answer["results"]] == ["storage"]


def test_allocations_and_tags_begin_with_small_letters_too(shop: Shop) -> None:
    tags = [{"Key": "Team", "Value": "Blue"}]
    shares = [{"AllocatedUsageQuantity": 5, "Tags": tags}]
    shop.meter(shop.licensed_record(UsageAllocations=shares))
    (record,) = the_event(shop)["requestParameters"]["usageRecords"]
    assert record["usageAllocations"] == [
        {"allocatedUsageQuantity": 5, "tags": [{"key": "Team", "value": "Blue"}]}
    ]


def test_a_registration_token_is_hidden(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.marketplace.resolve_customer(RegistrationToken=token)
    event = the_event(shop)
    assert event["requestParameters"] == {"registrationToken": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    assert event["responseElements"]["productCode"] == "licensed"
    assert token not in json.dumps(event)


def test_a_refused_call_has_an_error_and_no_response(shop: Shop) -> None:
    code_of(lambda: shop.meter(shop.licensed_record(Dimension="unknown")))
    event = the_event(shop)
    assert event["errorCode"] == "InvalidUsageDimensionException"
    assert event["errorMessage"] == SENTENCES[ErrorCode.INVALID_USAGE_DIMENSION]
    assert event["responseElements"] is None
    assert event["requestParameters"]["usageRecords"][0]["dimension"] == "unknown"


def test_a_call_whose_answer_was_lost_stands_there_with_its_answer(shop: Shop) -> None:
    shop.marketplace.inject_fault("lost_answer")
    with pytest.raises(ConnectionClosedError):
        shop.meter(shop.licensed_record())
    event = the_event(shop)
    assert "errorCode" not in event
    assert event["responseElements"]["results"][0]["status"] == "Success"


def test_a_buyers_call_is_in_the_buyers_trail(shop: Shop) -> None:
    code_of(
        lambda: shop.marketplace.as_caller(account_id="777788889999").get_entitlements(
            ProductCode="licensed", Filter={"DIMENSION": ["storage"]}
        )
    )
    event = the_event(shop)
    assert event["recipientAccountId"] == event["userIdentity"]["accountId"] == "777788889999"
    assert event["eventSource"] == "entitlement-marketplace.amazonaws.com"
    assert event["readOnly"] is True
    assert event["requestParameters"] == {
        "productCode": "licensed",
        "filter": {"DIMENSION": ["storage"]},
    }


def test_the_trail_takes_the_filter_of_the_log(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    shop.meter_legacy(shop.legacy_record())
    found = events(shop, CallFilter(product_code="legacy"))
    assert [event["requestParameters"]["productCode"] for event in found] == ["legacy"]


def test_events_have_ids_of_their_own_that_do_not_change(shop: Shop) -> None:
    for _ in range(3):
        shop.meter(shop.licensed_record())
    ids = [event["eventID"] for event in events(shop)]
    assert len(set(ids)) == 3
    assert ids == [event["eventID"] for event in events(shop)]


def test_a_log_file_is_a_list_of_records_and_all_of_it_is_json(shop: Shop) -> None:
    shop.meter(shop.licensed_record(Timestamp=NOON_AT.replace(hour=11, microsecond=500_000)))
    file = write_log_file(events(shop))
    assert list(file) == ["Records"]
    assert json.loads(json.dumps(file)) == file


def test_a_request_that_was_no_call_has_no_parameters(shop: Shop) -> None:
    shop.marketplace.answer("AWSMPMeteringService.MakeCoffee", b"{}")
    event = the_event(shop)
    assert (event["eventName"], event["requestParameters"]) == ("MakeCoffee", None)
    assert "additionalEventData" not in event


def test_documents_that_are_no_longer_kept_are_said_to_be_omitted(shop: Shop) -> None:
    shop.meter(shop.licensed_record())
    with shop.marketplace.step() as step:
        for _ in range(DOCUMENTS_KEPT_MAX - 1):
            step.state.documents.keep(CallDocuments(0, None, None))
    assert the_event(shop)["requestParameters"] is not None
    with shop.marketplace.step() as step:
        step.state.documents.keep(CallDocuments(0, None, None))
    event = the_event(shop)
    assert event["requestParameters"] is None
    assert "no longer kept" in event["additionalEventData"]["omitted"]


def test_a_request_of_more_than_cloudtrails_limit_is_omitted(shop: Shop) -> None:
    shares = [
        {"AllocatedUsageQuantity": 1, "Tags": [{"Key": "k", "Value": f"{number:0200}"}]}
        for number in range(500)
    ]
    assert len(json.dumps(shares)) > DOCUMENT_CHARACTERS_MAX
    shop.meter(shop.licensed_record(Quantity=500, UsageAllocations=shares))
    event = the_event(shop)
    assert event["requestParameters"] is None
    assert "too large" in event["additionalEventData"]["omitted"]


def test_kept_documents_stay_within_their_number_and_size() -> None:
    kept = KeptDocuments()
    for number in range(DOCUMENTS_KEPT_MAX + 10):
        kept.keep(CallDocuments(number, "{}", "[]"))
    assert (len(kept.entries), kept.characters) == (DOCUMENTS_KEPT_MAX, 4 * DOCUMENTS_KEPT_MAX)
    large = "x" * (DOCUMENTS_KEPT_CHARACTERS_MAX // 3)
    for number in range(4):
        kept.keep(CallDocuments(number, large, None))
    assert len(kept.entries) == 3
    assert kept.characters <= DOCUMENTS_KEPT_CHARACTERS_MAX


def test_a_document_nested_without_end_is_not_kept() -> None:
    nested: dict[str, object] = {}
    for _ in range(100_000):
        nested = {"a": nested}
    assert copy_documents(1, nested, None) == CallDocuments(1, None, None)


def test_a_document_nested_deeply_is_cut_when_it_is_shown(shop: Shop) -> None:
    body = b'{"UsageRecords": [], "Unknown": ' + b"[" * 50 + b"]" * 50 + b"}"
    shop.marketplace.answer("AWSMPMeteringService.BatchMeterUsage", body)
    assert the_event(shop)["requestParameters"]["usageRecords"] == []


def test_a_token_within_an_answer_is_hidden(shop: Shop) -> None:
    buyer = shop.marketplace.as_caller(account_id=ACCOUNT)
    answer = buyer.get_agreement_entitlements(agreementId=shop.licensed.agreement_id)
    token = answer["agreementEntitlements"][0]["registrationToken"]
    event = the_event(shop)
    assert token not in str(event)
    (told,) = event["responseElements"]["agreementEntitlements"]
    assert told["registrationToken"] == HIDDEN
    assert told["licenseArn"] == shop.licensed.license_arn
