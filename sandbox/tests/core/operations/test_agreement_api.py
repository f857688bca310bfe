"""The Agreement API beside its rules: faults, the log of calls, and the client in process."""

from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import httpx
import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.model.operation import AGREEMENT
from marketplace_sandbox.core.operations.listing import seal_place
from tests.agreements import AS_PROPOSER, PROTOCOLS, agreement_client, filters, ids, search_sorted
from tests.builders import ACCOUNT, Shop, code_of
from tests.contracts import sell_contracts, sign
from tests.served_shop import raw_client

PATH = "/service/AWSMPCommerceService_v20200301/operation/DescribeAgreement"
CBOR = {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"}


def calls_of(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    mine = {"agreementId": shop.licensed.agreement_id}
    return [
        ("search_agreements", {"filters": filters(AS_PROPOSER), "maxResults": 1}),
        ("search_agreements", {"filters": filters(AS_PROPOSER | {"Status": "NONE"})}),
        ("describe_agreement", mine),
        ("describe_agreement", {"agreementId": "agmt-none"}),
        ("describe_agreement", {"agreementId": "no id at all"}),
        ("get_agreement_entitlements", mine),
        ("get_agreement_terms", mine),
        ("get_agreement_contacts", mine),
    ]


def answer_of(client: Any, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what a call gives or raises, without the ids and headers of one call alone."""
    try:
        answer = getattr(client, method)(**parameters)
    except ClientError as error:
        answer = error.response
    answer.pop("requestId", None)
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return {**answer, "status": status}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_in_process_it_answers_what_boto3_gets_over_http(shop: Shop, protocol: str) -> None:
    with agreement_client(shop, protocol) as there:
        for method, parameters in calls_of(shop):
            here = answer_of(shop.marketplace, method, parameters)
            assert here == answer_of(there, method, parameters), method
            through_client = shop.marketplace.client(AGREEMENT)
            assert here == answer_of(through_client, method, parameters), method


def test_a_call_stands_in_the_log_with_its_product_and_its_status(shop: Shop) -> None:
    for method, parameters in calls_of(shop):
        answer_of(shop.marketplace, method, parameters)
    told = [(one.operation, one.product_code, one.http_status) for one in shop.marketplace.calls()]
    assert told == [
        ("SearchAgreements", None, 200),
        ("SearchAgreements", None, 400),
        ("DescribeAgreement", "licensed", 200),
        ("DescribeAgreement", None, 404),
        ("DescribeAgreement", None, 400),
        ("GetAgreementEntitlements", "licensed", 200),
        ("GetAgreementTerms", "licensed", 200),
        ("GetAgreementContacts", "licensed", 200),
    ]


@pytest.mark.parametrize(
    "matcher", [{"product_code": "licensed"}, {"customer_aws_account_id": ACCOUNT}]
)
@pytest.mark.parametrize("kind", ["internal_error_before", "internal_error_after"])
def test_a_fault_hits_the_agreement_it_names_with_the_services_own_error(
    shop: Shop, kind: str, matcher: dict[str, Any]
) -> None:
    shop.marketplace.inject_fault(kind, operation="DescribeAgreement", **matcher)
    asked = {"agreementId": shop.licensed.agreement_id}
    shop.marketplace.get_agreement_entitlements(**asked)
    refused = code_of(lambda: shop.marketplace.describe_agreement(**asked))
    assert refused == "InternalServerException"
    assert shop.marketplace.describe_agreement(**asked)["status"] == "ACTIVE"


def test_a_fault_hits_the_search_for_a_product_an_account_or_a_license(shop: Shop) -> None:
    product = shop.marketplace.desks.catalogue.product("licensed")
    search = shop.marketplace.search_agreements
    for matcher, named in (
        ({"product_code": "licensed"}, {"ResourceIdentifier": product.product_id}),
        ({"customer_aws_account_id": ACCOUNT}, {"AcceptorAccountId": ACCOUNT}),
        ({"license_arn": shop.licensed.license_arn}, {"LicenseArn": shop.licensed.license_arn}),
    ):
        shop.marketplace.inject_fault("throttle", operation="SearchAgreements", **matcher)
        assert search(filters=filters(AS_PROPOSER))["agreementViewSummaries"]
        wanted = filters(AS_PROPOSER | named)  # type: ignore[arg-type]
        assert code_of(lambda w=wanted: search(filters=w)) == "ThrottlingException"  # type: ignore[misc]


def test_an_error_in_cbor_has_the_name_and_the_members_of_its_model(shop: Shop) -> None:
    with raw_client(shop) as raw:
        answer = raw.post(PATH, headers=CBOR, content=cbor2.dumps({"agreementId": "agmt-none"}))
    assert answer.status_code == httpx.codes.NOT_FOUND
    told = cbor2.loads(answer.content)
    assert told["__type"] == "com.amazonaws.marketplaceagreement#ResourceNotFoundException"
    assert told["requestId"] == answer.headers["x-amzn-requestid"]


@pytest.mark.parametrize("given", [{"filters": "all"}, {"filters": [None]}, {"sort": []}])
def test_what_is_no_question_is_no_search(shop: Shop, given: dict[str, Any]) -> None:
    path = PATH.replace("Describe", "Search") + "s"
    with raw_client(shop) as raw:
        answer = raw.post(path, headers=CBOR, content=cbor2.dumps(given))
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert cbor2.loads(answer.content)["__type"].endswith("#SerializationException")


@pytest.mark.parametrize(("asked", "status"), [("licensed", 200), ("none", 404)])
def test_it_speaks_json_in_the_version_of_its_model(shop: Shop, asked: str, status: int) -> None:
    agreement_id = {"licensed": shop.licensed.agreement_id}.get(asked, asked)
    target = {"x-amz-target": "AWSMPCommerceService_v20200301.DescribeAgreement"}
    with raw_client(shop) as raw:
        answer = raw.post("/", headers=target, json={"agreementId": agreement_id})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize("sort_by", ["EndTime", "StartTime", "LastUpdateTime"])
@pytest.mark.parametrize("order", ["ASCENDING", "DESCENDING"])
def test_pages_of_any_size_hold_everything_once_and_in_order(
    shop: Shop, sort_by: str, order: str
) -> None:
    sell_contracts(shop)
    for number in range(7):  # some begin together, some have no end
        sign(shop, f"{number:012}", days=None if number % 3 else 30 + number // 2)
        shop.now += timedelta(hours=number % 2)
    client = shop.marketplace.client(AGREEMENT)
    sort = {"sortBy": sort_by, "sortOrder": order}
    whole = search_sorted(client, sort)
    member = sort_by[0].lower() + sort_by[1:]
    times = [one.get(member, datetime.max.replace(tzinfo=UTC)) for one in whole]
    assert times == sorted(times, reverse=order == "DESCENDING")
    assert len(set(ids(whole))) == 9
    for size in (1, 2, 4, 9):
        pages = client.get_paginator("search_agreements").paginate(
            filters=filters(AS_PROPOSER), sort=sort, PaginationConfig={"PageSize": size}
        )
        found = [page["agreementViewSummaries"] for page in pages]
        assert [one for page in found for one in page] == whole
        assert {len(page) for page in found[:-1]} <= {size}


def test_pages_go_on_where_they_were_whatever_happens_in_between(shop: Shop) -> None:
    client = shop.marketplace.client(AGREEMENT)
    asked = {"filters": filters(AS_PROPOSER), "sort": {"sortBy": "LastUpdateTime"}}
    others = [shop.subscribe("licensed", f"{number:012}") for number in range(3)]
    every = {one.agreement_id for one in (shop.licensed, shop.legacy, *others)}
    first = client.search_agreements(**asked, maxResults=2)
    seen = ids(first["agreementViewSummaries"])
    shop.now += timedelta(minutes=1)
    shop.marketplace.end_agreement(seen[0])  # which is an update: it comes once more, at the end
    rest = client.search_agreements(**asked, nextToken=first["nextToken"])
    later = ids(rest["agreementViewSummaries"])
    assert later[-1] == seen[0]
    assert set(seen + later) == every
    assert len(seen + later) == len(every) + 1


@pytest.mark.parametrize("place", ["", "x", "-1", "1/2", "9" * 20])
def test_a_token_that_somebody_made_up_does_no_harm(shop: Shop, place: str) -> None:
    agreement_id = shop.licensed.agreement_id
    question = {"agreementId": agreement_id}
    terms = question | {"nextToken": seal_place(place, f"GetAgreementTerms/{agreement_id}")}
    if place.isdecimal():
        assert shop.marketplace.get_agreement_terms(**terms)["acceptedTerms"] == []
        return
    refused = code_of(lambda: shop.marketplace.get_agreement_terms(**terms))
    assert refused == "ValidationException"
