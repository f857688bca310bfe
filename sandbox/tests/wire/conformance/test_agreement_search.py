"""What SearchAgreements finds: rules `search.…`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.agreements.lifecycle import DEPROVISION_DELAY
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.licenses import license_arn_at_aws
from tests.agreements import (
    AS_PROPOSER,
    OTHER,
    PARTNER,
    PROTOCOLS,
    SELLER,
    accept_from_partner,
    agreement_client,
    filters,
    ids,
    reason_of,
    search,
    search_sorted,
)
from tests.builders import ACCOUNT, AN_HOUR, Shop
from tests.contracts import sell_contracts, sign

DAY = timedelta(days=1)


@pytest.fixture(params=PROTOCOLS)
def aws(shop: Shop, request: pytest.FixtureRequest) -> Iterator[Any]:
    with agreement_client(shop, request.param) as client:
        yield client


@pytest.fixture
def contracts(shop: Shop) -> Shop:
    sell_contracts(shop)
    return shop


def as_text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"AgreementType": "PurchaseAgreement"}, "MISSING_PARTY_TYPE"),
        (AS_PROPOSER | {"PartyType": "Manufacturer"}, "INVALID_PARTY_TYPE"),
        ({"PartyType": "Proposer"}, "UNSUPPORTED_FILTERS"),
        (AS_PROPOSER | {"AgreementType": "VendorInsightsAgreement"}, "INVALID_AGREEMENT_TYPE"),
    ],
)
def test_a_search_names_the_party_and_the_type(
    aws: Any, named: dict[str, str], reason: str
) -> None:
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.search_agreements(filters=filters(named))
    assert reason_of(caught) == f"ValidationException {reason}"
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.search_agreements()
    assert reason_of(caught) == "ValidationException MISSING_PARTY_TYPE"


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ([{"name": "Colour", "values": ["red"]}], "INVALID_FILTER_NAME"),
        ([{"values": ["red"]}], "MISSING_FILTER_NAME"),
        ([{"name": "Status"}], "MISSING_FILTER_VALUES"),
        ([{"name": "Status", "values": ["HAPPY"]}], "INVALID_FILTER_VALUES"),
        ([{"name": "AfterEndTime", "values": ["yesterday"]}], "INVALID_FILTER_VALUES"),
        ([{"name": "Status", "values": ["ACTIVE"]}] * 2, "INVALID_FILTERS"),
        ([{"name": "Status", "values": ["ACTIVE", "EXPIRED"]}], ""),  # refused by the model
        ([{"name": "OfferId", "values": ["o"]}] * 9, ""),  # eleven in all
    ],
)
def test_a_search_has_up_to_ten_known_filters_of_one_value_each(
    aws: Any, extra: list[dict[str, Any]], reason: str
) -> None:
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        aws.search_agreements(filters=filters(AS_PROPOSER) + extra)
    assert reason_of(caught) == f"ValidationException {reason}".strip()


def test_a_search_finds_what_fits_all_filters(contracts: Shop, aws: Any) -> None:
    contract = sign(contracts, OTHER)
    product = contracts.marketplace.desks.catalogue.product("contract")
    of_contract = {
        "ResourceIdentifier": product.product_id,
        "ResourceType": "SaaSProduct",
        "AcceptorAccountId": OTHER,
        "OfferId": contract.offer_id or "",
        "Status": "ACTIVE",
        "EndTimeBehaviorType": "EXPIRE",
        "EndTimeBehaviorReasonCode": "NO_RENEWAL_TERM",
        "InitialAgreementId": contract.agreement_id,
    }
    assert ids(search(aws, **of_contract)) == [contract.agreement_id]
    for name, value in of_contract.items():
        assert contract.agreement_id in ids(search(aws, **{name: value}))
    for name, value in {
        "ResourceIdentifier": "prod-none",
        "ResourceType": "AmiProduct",
        "AcceptorAccountId": SELLER,
        "OfferId": "offer-none",
        "OfferSetId": "offerset-none",
        "Status": "EXPIRED",
        "EndTimeBehaviorType": "RENEW",
        "EndTimeBehaviorReasonCode": "ACCEPTOR_RENEW_OPTED_OUT",
        "IncludesContactOfType": "ACCEPTOR",
        "InitialAgreementId": "agmt-none",
        "LicenseArn": "arn:aws:license-manager::1:license:l-0",
    }.items():
        assert search(aws, **{name: value}) == []


def test_a_seller_finds_what_he_proposed_and_nothing_of_a_partners_offer(
    shop: Shop, aws: Any
) -> None:
    resold = accept_from_partner(shop)
    assert set(ids(search(aws))) == {shop.licensed.agreement_id, shop.legacy.agreement_id}
    partner = shop.marketplace.as_caller(account_id=PARTNER).client("marketplace-agreement")
    (found,) = search(partner)
    assert found["agreementId"] == resold.agreement_id
    assert found["proposer"] == {"accountId": PARTNER}
    assert search(partner, LicenseArn=shop.licensed.license_arn or "") == []


def test_a_page_has_at_most_50_agreements(shop: Shop, aws: Any) -> None:
    for number in range(60):
        shop.subscribe("licensed", f"{number:012}")
    asked = {"filters": filters(AS_PROPOSER)}
    first = aws.search_agreements(**asked)
    second = aws.search_agreements(**asked, nextToken=first["nextToken"])
    assert [len(one["agreementViewSummaries"]) for one in (first, second)] == [50, 12]
    assert "nextToken" not in second
    found = ids(first["agreementViewSummaries"] + second["agreementViewSummaries"])
    assert len(set(found)) == 62
    with pytest.raises(aws.exceptions.ValidationException):
        aws.search_agreements(**asked, maxResults=51)


def test_a_token_is_good_for_its_own_search_alone(shop: Shop, aws: Any) -> None:
    first = aws.search_agreements(filters=filters(AS_PROPOSER), maxResults=1)
    others = [
        {"filters": filters(AS_PROPOSER), "nextToken": "AAAA"},
        {"filters": filters(AS_PROPOSER | {"Status": "ACTIVE"}), "nextToken": first["nextToken"]},
        {
            "filters": filters(AS_PROPOSER),
            "nextToken": first["nextToken"],
            "sort": {"sortOrder": "DESCENDING"},
        },
    ]
    for asked in others:
        with pytest.raises(aws.exceptions.ValidationException) as caught:
            aws.search_agreements(**asked)
        assert reason_of(caught) == "ValidationException INVALID_NEXT_TOKEN"
    assert shop.licensed.starts_at == shop.legacy.starts_at  # and yet each is found once
    assert len(search(aws)) == 2


def test_a_search_is_sorted_by_end_start_or_last_update(contracts: Shop, aws: Any) -> None:
    marketplace = contracts.marketplace
    for sold in (contracts.licensed, contracts.legacy):
        marketplace.end_agreement(sold.agreement_id)
    long = sign(contracts, OTHER, days=300)
    contracts.now += AN_HOUR
    short = sign(contracts, OTHER, days=30)
    contracts.now += AN_HOUR
    marketplace.desks.agreements.amend(long.agreement_id, is_renewing=True)
    of_other = {"AcceptorAccountId": OTHER}
    by_name = {"long": long.agreement_id, "short": short.agreement_id}
    for sorted_by, ascending in (
        (None, ["short", "long"]),
        ("EndTime", ["short", "long"]),
        ("StartTime", ["long", "short"]),
        ("LastUpdateTime", ["short", "long"]),
    ):
        sort = {} if sorted_by is None else {"sortBy": sorted_by}
        wanted = [by_name[name] for name in ascending]
        assert ids(search_sorted(aws, sort, **of_other)) == wanted
        downward = sort | {"sortOrder": "DESCENDING"}
        assert ids(search_sorted(aws, downward, **of_other)) == wanted[::-1]
    with pytest.raises(aws.exceptions.ValidationException) as caught:
        search_sorted(aws, {"sortBy": "Status"})
    assert reason_of(caught) == "ValidationException INVALID_SORT_BY"


@pytest.mark.parametrize("attribute", ["EndTime", "StartTime", "LastUpdateTime"])
def test_times_lie_before_or_after_a_filters_and_not_at_it(
    contracts: Shop, aws: Any, attribute: str
) -> None:
    contract = sign(contracts, OTHER, days=30)
    at = {
        "EndTime": contract.expires_at,
        "StartTime": contract.starts_at,
        "LastUpdateTime": contract.starts_at,
    }[attribute]
    assert at is not None
    mine = {"AcceptorAccountId": OTHER}
    tick = timedelta(microseconds=1)
    for side, bound_at, is_found in (
        ("Before", at + tick, True),
        ("Before", at, False),
        ("After", at, False),
        ("After", at - tick, True),
    ):
        found = search(aws, **mine, **{f"{side}{attribute}": as_text(bound_at)})
        assert bool(found) is is_found
    between = {
        f"After{attribute}": as_text(at - tick),
        f"Before{attribute}": as_text(at + tick),
    }
    assert ids(search(aws, **mine, **between)) == [contract.agreement_id]


def test_every_turn_of_an_agreements_life_is_an_update(contracts: Shop, aws: Any) -> None:
    desk = contracts.marketplace.desks.agreements
    start_at = contracts.now + AN_HOUR
    agreement = sign(contracts, OTHER, starts_in=AN_HOUR)

    def last_update(agreement_id: str = agreement.agreement_id) -> datetime:
        chain = search(aws, InitialAgreementId=agreement.agreement_id)
        (found,) = (one for one in chain if one["agreementId"] == agreement_id)
        return datetime.fromisoformat(found["lastUpdateTime"].isoformat())

    assert last_update() == contracts.now
    contracts.now = start_at + DAY
    assert last_update() == start_at
    desk.amend(agreement.agreement_id, is_renewing=True)
    assert last_update() == start_at + DAY
    contracts.now += AN_HOUR
    assert last_update() == start_at + DAY  # nothing happened
    desk.end(agreement.agreement_id, ends_at=contracts.now + DAY)
    assert last_update() == start_at + DAY  # nor has it yet
    contracts.now += DAY
    assert last_update() == contracts.now
    contracts.now += AN_HOUR
    assert last_update() == contracts.now - AN_HOUR + DEPROVISION_DELAY


def test_a_search_by_update_finds_what_a_seller_missed(contracts: Shop, aws: Any) -> None:
    marketplace = contracts.marketplace
    contract = sign(contracts, OTHER)
    swept_at = contracts.now
    contracts.now += AN_HOUR
    marketplace.desks.agreements.suspend(ACCOUNT)  # an account's fate is no agreement's
    assert search(aws, AfterLastUpdateTime=as_text(swept_at)) == []
    marketplace.desks.agreements.renew(contract.agreement_id)
    contracts.now += AN_HOUR
    missed = search_sorted(aws, {"sortBy": "LastUpdateTime"}, AfterLastUpdateTime=as_text(swept_at))
    assert [(one["status"], one["lastUpdateTime"] - swept_at) for one in missed] == [
        ("ACTIVE", AN_HOUR),
        ("RENEWED", AN_HOUR + DEPROVISION_DELAY),
    ]


def test_a_search_maps_licenses_to_agreements(shop: Shop, aws: Any) -> None:
    (found,) = search(aws, LicenseArn=shop.licensed.license_arn or "")
    assert found["agreementId"] == shop.licensed.agreement_id
    assert found["entitlements"] == [{"licenseArn": shop.licensed.license_arn}]
    arn = license_arn_at_aws(shop.legacy)  # which its registration does not show
    assert ids(search(aws, LicenseArn=arn)) == [shop.legacy.agreement_id]
    failed = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", OTHER, payment_fails=True)
    )
    (found,) = search(aws, AcceptorAccountId=OTHER)
    assert (found["agreementId"], found["status"]) == (failed.agreement_id, "TERMINATED")
    assert found["entitlements"] == []


def test_an_acceptor_finds_his_agreements_by_fewer_filters(contracts: Shop) -> None:
    contract = sign(contracts, OTHER)
    caller = contracts.marketplace.as_caller(account_id=OTHER)
    buyer = caller.client("marketplace-agreement")
    mine = {"PartyType": "Acceptor"}
    resold = accept_from_partner(contracts)
    assert set(ids(search(buyer, **mine))) == {contract.agreement_id, resold.agreement_id}
    by_offer = {"OfferId": contract.offer_id or "", "Status": "ACTIVE"}
    assert ids(search(buyer, **mine, **by_offer)) == [contract.agreement_id]
    assert search(buyer, **mine, Status="EXPIRED", AfterEndTime="2026-01-01T00:00:00Z") == []
    for unsupported in (
        {"AcceptorAccountId": OTHER},
        {"OfferId": "o", "ResourceIdentifier": "p"},
        {"ResourceType": "SaaSProduct", "Status": "ACTIVE"},
        {"AfterStartTime": "2026-01-01T00:00:00Z"},
    ):
        with pytest.raises(ClientError) as caught:
            search(buyer, **mine, **unsupported)
        assert reason_of(caught) == "ValidationException UNSUPPORTED_FILTERS"
    with pytest.raises(ClientError) as caught:
        search_sorted(buyer, {"sortBy": "StartTime"}, **mine)
    assert reason_of(caught) == "ValidationException INVALID_SORT_BY"
