"""What the Agreement API tells of one agreement: `describe.…`, `agreement-entitlements.…`."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from marketplace_sandbox.core.agreements.lifecycle import LICENSE_DELAY
from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement, Party
from marketplace_sandbox.core.model.catalogue import Dimension, NewProduct, PricingModel
from tests.agreements import (
    AS_PROPOSER,
    OTHER,
    PARTNER,
    PROTOCOLS,
    accept,
    accept_from_partner,
    agreement_client,
    filters,
    ids,
    reason_of,
    search,
)
from tests.builders import ACCOUNT, AN_HOUR, Shop, code_of
from tests.contracts import DIMENSIONS, sell_contracts, sign

DAY = timedelta(days=1)
PRICE = Decimal("10.50")


@pytest.fixture(params=PROTOCOLS)
def aws(shop: Shop, request: pytest.FixtureRequest) -> Iterator[Any]:
    with agreement_client(shop, request.param) as client:
        yield client


@pytest.fixture
def contracts(shop: Shop) -> Shop:
    sell_contracts(shop)
    return shop


def described(aws: Any, agreement: Agreement) -> dict[str, Any]:
    found: dict[str, Any] = aws.describe_agreement(agreementId=agreement.agreement_id)
    return found


def entitlement_of(aws: Any, agreement: Agreement) -> dict[str, Any]:
    answer = aws.get_agreement_entitlements(agreementId=agreement.agreement_id)
    (one,) = answer["agreementEntitlements"]
    assert "nextToken" not in answer
    return dict(one)


def test_an_agreement_is_described_to_its_two_parties(shop: Shop, aws: Any) -> None:
    resold = accept_from_partner(shop)
    asked = {"agreementId": resold.agreement_id}
    for method in (aws.describe_agreement, aws.get_agreement_entitlements):
        with pytest.raises(aws.exceptions.AccessDeniedException) as caught:
            method(**asked)
        assert reason_of(caught) == "AccessDeniedException INVALID_ACCESS"
        with pytest.raises(aws.exceptions.ResourceNotFoundException) as caught:
            method(agreementId="agmt-none")
        told = caught.value.response
        assert (told["resourceId"], told["resourceType"]) == ("agmt-none", "Agreement")
        assert told["requestId"] == told["ResponseMetadata"]["RequestId"]
        assert told["ResponseMetadata"]["HTTPStatusCode"] == 404
    for account in (PARTNER, OTHER):
        party = shop.marketplace.as_caller(account_id=account)
        assert party.describe_agreement(**asked)["agreementId"] == resold.agreement_id


def test_pay_as_you_go_has_no_end_time(contracts: Shop, aws: Any) -> None:
    assert "endTime" not in described(aws, contracts.licensed)
    assert "endTimeBehavior" not in described(aws, contracts.licensed)
    contract = sign(contracts, OTHER, days=30)
    assert described(aws, contract)["endTime"] == contract.expires_at
    assert described(aws, contract)["startTime"] == contract.starts_at
    early = sign(contracts, OTHER, starts_in=DAY)
    told = described(aws, early)
    assert (told["acceptanceTime"], told["startTime"]) == (contracts.now, contracts.now + DAY)


def test_a_contract_is_worth_what_it_commits_to(contracts: Shop, aws: Any) -> None:
    contracts.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Seats",
            contracts.marketplace.desks.catalogue.product("contract").mode,
            (Dimension("seats", DIMENSIONS[0].kind, unit_price=PRICE),),
            "seats",
            pricing=PricingModel.CONTRACT,
        )
    )
    seats = sign(contracts, OTHER, {"seats": 3}, code="seats")
    assert described(aws, seats)["estimatedCharges"] == {
        "currencyCode": "USD",
        "agreementValue": "31.50",
    }
    payg = described(aws, contracts.licensed)["estimatedCharges"]
    assert payg["agreementValue"] == "0"


def test_a_free_trial_says_when_it_ends(shop: Shop, aws: Any) -> None:
    trial = accept(shop, OTHER, trial_days=14)
    ends_at = trial.starts_at + 14 * DAY
    assert described(aws, trial)["freeTrialSummary"] == {"trialEndTime": ends_at}
    (found,) = search(aws, AcceptorAccountId=OTHER)
    assert found["freeTrialEndTime"] == ends_at
    assert "freeTrialSummary" not in described(aws, shop.licensed)


def test_a_chain_of_agreements_names_its_first(contracts: Shop, aws: Any) -> None:
    first = sign(contracts, OTHER)
    desk = contracts.marketplace.desks.agreements
    second = desk.renew(first.agreement_id)
    third = desk.renew(second.agreement_id)
    chain = search(aws, InitialAgreementId=first.agreement_id)
    assert set(ids(chain)) == {one.agreement_id for one in (first, second, third)}
    for agreement, status in ((first, "RENEWED"), (second, "RENEWED"), (third, "ACTIVE")):
        told = described(aws, agreement)
        assert (told["initialAgreementId"], told["status"]) == (first.agreement_id, status)


def test_an_active_agreement_says_what_its_end_date_brings(shop: Shop, aws: Any) -> None:
    renewing = accept(shop, OTHER, duration_days=90, is_renewing=True)
    told = described(aws, renewing)["endTimeBehavior"]
    assert told == {"type": "RENEW", "renewalSummary": {"offerId": renewing.offer_id}}
    desk = shop.marketplace.desks.agreements
    desk.amend(renewing.agreement_id, is_renewing=False)
    assert described(aws, renewing)["endTimeBehavior"] == {
        "type": "EXPIRE",
        "reasonCode": "ACCEPTOR_RENEW_OPTED_OUT",
        "renewalSummary": {"offerId": renewing.offer_id},
    }
    desk.amend(renewing.agreement_id, is_renewing=False, renewal_disabled_by=Party.PROPOSER)
    told = described(aws, renewing)["endTimeBehavior"]
    assert told["reasonCode"] == "PROPOSER_RENEW_OPTED_OUT"
    plain = accept(shop, OTHER, duration_days=90)
    told = described(aws, plain)["endTimeBehavior"]
    assert told == {"type": "EXPIRE", "reasonCode": "NO_RENEWAL_TERM"}
    (found,) = search(aws, OfferId=plain.offer_id or "")
    assert found["endTimeBehaviorType"] == "EXPIRE"
    assert found["endTimeBehaviorReasonCode"] == "NO_RENEWAL_TERM"
    desk.cancel(plain.agreement_id)
    assert "endTimeBehavior" not in described(aws, plain)


def test_an_entitlement_says_how_far_it_is_provisioned(shop: Shop, aws: Any) -> None:
    desk = shop.marketplace.desks.agreements
    agreement = desk.subscribe(NewAgreement("licensed", OTHER, shop.now + DAY))
    assert entitlement_of(aws, agreement) == {
        "resource": {
            "id": shop.marketplace.desks.catalogue.product("licensed").product_id,
            "type": "SaaSProduct",
        },
        "status": "SCHEDULED",
        "statusReasonCode": "FUTURE_START_DATE",
        "licenseArn": agreement.license_arn,
    }

    def status() -> tuple[str, str]:
        told = entitlement_of(aws, agreement)
        assert told["licenseArn"] == agreement.license_arn
        return told["status"], told["statusReasonCode"]

    shop.now += 2 * DAY
    assert status() == ("PROVISIONED", "AGREEMENT_ACTIVE")
    desk.suspend(OTHER)
    assert status() == ("PROVISIONED", "ACCOUNT_SUSPENDED")
    desk.reinstate(OTHER)
    desk.cancel(agreement.agreement_id)
    assert status() == ("PROVISIONED", "AGREEMENT_INACTIVE")
    shop.now += AN_HOUR
    assert status() == ("DEPROVISIONED", "AGREEMENT_INACTIVE")
    failed = desk.subscribe(NewAgreement("licensed", OTHER, payment_fails=True))
    told = entitlement_of(aws, failed)
    assert told["status"] == "FAILED"
    assert told["statusReasonCode"] == "INVALID_PAYMENT_INSTRUMENT"
    assert "licenseArn" not in told


def test_an_entitlement_is_pending_until_its_license_is_told_of(shop: Shop, aws: Any) -> None:
    desk = shop.marketplace.desks.agreements
    agreement = desk.subscribe(NewAgreement("licensed", OTHER, shop.now + DAY))

    def status() -> tuple[str, str]:
        told = entitlement_of(aws, agreement)
        assert told["licenseArn"] == agreement.license_arn
        return told["status"], told["statusReasonCode"]

    shop.now += DAY
    assert status() == ("PENDING", "PROVISIONING_IN_PROGRESS")
    desk.suspend(OTHER)
    assert status() == ("PENDING", "ACCOUNT_SUSPENDED")
    desk.reinstate(OTHER)
    shop.now += LICENSE_DELAY - timedelta(microseconds=1)
    assert status() == ("PENDING", "PROVISIONING_IN_PROGRESS")
    shop.now += timedelta(microseconds=1)
    assert status() == ("PROVISIONED", "AGREEMENT_ACTIVE")
    (found,) = search(aws, AcceptorAccountId=OTHER)
    assert found["lastUpdateTime"] == agreement.starts_at
    successor = desk.replace(agreement.agreement_id, agreement.offer_id or "")
    assert entitlement_of(aws, successor)["status"] == "PENDING"
    shop.marketplace.desks.facts.set_reading("license_updated", "at_once")
    another = desk.replace(successor.agreement_id, agreement.offer_id or "")
    assert entitlement_of(aws, another)["status"] == "PROVISIONED"


def test_the_acceptor_gets_a_registration_token_of_half_an_hour(shop: Shop, aws: Any) -> None:
    assert "registrationToken" not in entitlement_of(aws, shop.licensed)
    buyer = shop.marketplace.as_caller(account_id=ACCOUNT)
    token = entitlement_of(buyer, shop.licensed)["registrationToken"]
    resolve = shop.marketplace.resolve_customer
    assert resolve(RegistrationToken=token)["LicenseArn"] == shop.licensed.license_arn
    shop.now += timedelta(minutes=30)
    assert code_of(lambda: resolve(RegistrationToken=token)) == "ExpiredTokenException"
    shop.marketplace.end_agreement(shop.licensed.agreement_id)
    assert "registrationToken" not in entitlement_of(buyer, shop.licensed)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("method", "calls"),
    [
        ("search_agreements", 5),
        ("describe_agreement", 5),
        ("get_agreement_terms", 10),
        ("get_agreement_entitlements", 10),
    ],
)
def test_the_agreement_api_takes_five_or_ten_calls_a_second(
    protocol: str, method: str, calls: int
) -> None:
    shop = Shop(metering_calls_per_second=10)
    asked: dict[str, Any] = {"agreementId": shop.licensed.agreement_id}
    if method == "search_agreements":
        asked = {"filters": filters(AS_PROPOSER)}
    with agreement_client(shop, protocol) as aws:
        for _ in range(calls):
            getattr(aws, method)(**asked)
        with pytest.raises(aws.exceptions.ThrottlingException) as caught:
            getattr(aws, method)(**asked)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        buyer = shop.marketplace.as_caller(account_id=ACCOUNT)
        with pytest.raises(ClientError) as other:  # the buyer's quota is another
            buyer.describe_agreement(agreementId="agmt-none")
        assert reason_of(other) == "ResourceNotFoundException"
        shop.now += timedelta(seconds=1) / calls
        getattr(aws, method)(**asked)
