"""Offers: who may accept which terms, and for how long."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind, Price
from tests.builders import ACCOUNT, Shop

OTHER_ACCOUNT = "777788889999"
PARTNER = "999900001111"
A_DAY = timedelta(days=1)
CONTRACT = NewProduct(
    title="Contract",
    mode=MeteringMode.LICENSE,
    code="contract",
    pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
    dimensions=(
        Dimension("api_calls"),
        Dimension("seats", DimensionKind.ENTITLED),
        Dimension("share", DimensionKind.ENTITLED, value_type=ValueType.DOUBLE),
        Dimension("support", DimensionKind.ENTITLED, value_type=ValueType.BOOLEAN),
        Dimension("tier", DimensionKind.ENTITLED, value_type=ValueType.STRING),
    ),
)


@pytest.fixture
def contract_shop(shop: Shop) -> Shop:
    shop.marketplace.desks.catalogue.list_product(CONTRACT)
    return shop


def problem_of(shop: Shop, new: NewOffer) -> ControlProblem:
    """Make an offer that cannot be, see that nothing has changed, and return what was wrong."""
    before = shop.marketplace.desks.catalogue.offers()
    with pytest.raises(ControlError) as caught:
        shop.marketplace.desks.catalogue.make_offer(new)
    assert shop.marketplace.desks.catalogue.offers() == before
    return caught.value.problem


def refusal_of(shop: Shop, new: NewAgreement) -> str:
    """Subscribe where that cannot be, see that nothing has changed, and return the reason."""
    desks = shop.marketplace.desks
    before = desks.agreements.agreements()
    with pytest.raises(ControlError) as caught:
        desks.agreements.subscribe(new)
    assert desks.agreements.agreements() == before
    return caught.value.code


def test_every_product_has_a_standing_public_offer_from_its_listing_on(shop: Shop) -> None:
    standing = {offer.product_code: offer for offer in shop.marketplace.desks.catalogue.offers()}
    assert shop.licensed.offer_id == standing["licensed"].offer_id
    assert standing["licensed"].kind is OfferKind.PUBLIC
    assert standing["licensed"].days is None
    assert shop.licensed.expires_at is None
    assert shop.marketplace.desks.catalogue.offer(standing["legacy"].offer_id) == standing["legacy"]


def test_the_standing_offer_of_a_contract_runs_for_a_year_and_grants_one_of_each(
    contract_shop: Shop,
) -> None:
    agreement = contract_shop.subscribe("contract")
    assert agreement.expires_at == agreement.starts_at + timedelta(days=365)
    assert agreement.grants == (
        Grant("seats", 1),
        Grant("share", 1.0),
        Grant("support", value=True),
        Grant("tier", "included"),
    )


def test_a_buyer_chooses_how_much_of_a_contract_to_buy(contract_shop: Shop) -> None:
    chosen = (Grant("seats", 12),)
    agreement = contract_shop.marketplace.desks.agreements.subscribe(
        NewAgreement("contract", grants=chosen)
    )
    assert agreement.grants == chosen


def test_an_agreement_takes_over_its_offers_terms(contract_shop: Shop) -> None:
    desks = contract_shop.marketplace.desks
    offer = desks.catalogue.make_offer(
        NewOffer(
            "contract",
            kind=OfferKind.PRIVATE,
            buyer_account_ids=(ACCOUNT,),
            duration_days=90,
            grants=(Grant("seats", 7), Grant("share", 2)),
            prices=(Price("api_calls", Decimal("0.25")),),
            proposer_account_id=PARTNER,
            is_renewing=True,
        )
    )
    agreement = desks.agreements.subscribe(
        NewAgreement("contract", ACCOUNT, offer_id=offer.offer_id)
    )
    assert agreement.offer_id == offer.offer_id
    assert agreement.expires_at == agreement.starts_at + timedelta(days=90)
    assert agreement.grants == (Grant("seats", 7), Grant("share", 2.0))
    assert isinstance(agreement.grants[1].value, float)
    assert agreement.prices == (Price("api_calls", Decimal("0.25")),)
    assert agreement.proposer_account_id == PARTNER
    assert agreement.is_renewing
    assert not agreement.is_free_trial


def test_the_seller_is_no_channel_partner_of_its_own(shop: Shop) -> None:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("licensed", proposer_account_id="111122223333")
    )
    assert offer.proposer_account_id is None


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": OfferKind.PRIVATE},
        {"kind": OfferKind.PRIVATE, "buyer_account_ids": ("12",)},
        {"kind": OfferKind.PRIVATE, "buyer_account_ids": (ACCOUNT, ACCOUNT)},
        {"kind": OfferKind.PRIVATE, "buyer_account_ids": tuple(f"{n:012}" for n in range(101))},
        {"buyer_account_ids": (ACCOUNT,)},
        {"duration_days": 0},
        {"duration_days": 3_661},
        {"trial_days": 6},
        {"trial_days": 91},
        {"trial_days": 30, "duration_days": 30},
        {"trial_days": 30, "prices": (Price("api_calls", Decimal(1)),)},
        {"is_renewing": True},
        {"is_renewing": True, "duration_days": 27},
        {"is_renewing": True, "trial_days": 30},
        {"proposer_account_id": PARTNER},
        {
            "kind": OfferKind.PRIVATE,
            "buyer_account_ids": (ACCOUNT,),
            "proposer_account_id": "partner",
        },
        {"grants": (Grant("api_calls", 1),)},
        {"grants": (Grant("nothing", 1),)},
        {"grants": (Grant("seats", 1), Grant("seats", 2))},
        {"grants": (Grant("seats", 1.0),)},
        {"grants": (Grant("seats", value=True),)},
        {"grants": (Grant("seats", -1),)},
        {"grants": (Grant("seats", 2**31),)},
        {"grants": (Grant("share", "1"),)},
        {"grants": (Grant("share", value=False),)},
        {"grants": (Grant("share", float("nan")),)},
        {"grants": (Grant("share", float("inf")),)},
        {"grants": (Grant("support", 1),)},
        {"grants": (Grant("tier", ""),)},
        {"grants": (Grant("tier", "x" * 256),)},
        {"grants": (Grant("tier", "a\nb"),)},
        {"prices": (Price("nothing", Decimal(1)),)},
        {"prices": (Price("seats", Decimal(1)), Price("seats", Decimal(2)))},
        {"prices": (Price("seats", Decimal(-1)),)},
        {"prices": (Price("seats", Decimal("NaN")),)},
        {"prices": (Price("seats", Decimal(1_000_001)),)},
    ],
)
def test_terms_that_the_product_cannot_have_are_refused(
    contract_shop: Shop, terms: dict[str, Any]
) -> None:
    new = replace(NewOffer("contract"), **terms)
    assert problem_of(contract_shop, new) is ControlProblem.INVALID


def test_an_offer_that_has_expired_cannot_be_made(shop: Shop) -> None:
    new = NewOffer("licensed", expires_at=shop.now)
    assert problem_of(shop, new) is ControlProblem.INVALID
    naive = NewOffer("licensed", expires_at=shop.now.replace(tzinfo=None) + A_DAY)
    assert problem_of(shop, naive) is ControlProblem.INVALID


def test_an_offer_needs_a_product(shop: Shop) -> None:
    assert problem_of(shop, NewOffer("nothing")) is ControlProblem.NOT_FOUND


def test_a_private_offer_is_for_its_own_accounts_only(shop: Shop) -> None:
    new = NewOffer("licensed", kind=OfferKind.PRIVATE, buyer_account_ids=(ACCOUNT,))
    offer_id = shop.marketplace.desks.catalogue.make_offer(new).offer_id
    stranger = NewAgreement("licensed", OTHER_ACCOUNT, offer_id=offer_id)
    assert refusal_of(shop, stranger) == "OfferNotForAccount"
    assert refusal_of(shop, NewAgreement("licensed", offer_id=offer_id)) == "OfferNotForAccount"
    shop.marketplace.desks.agreements.subscribe(replace(stranger, customer_aws_account_id=ACCOUNT))


def test_an_offer_can_be_accepted_until_it_expires(shop: Shop) -> None:
    new = NewOffer("licensed", expires_at=shop.now + A_DAY)
    offer_id = shop.marketplace.desks.catalogue.make_offer(new).offer_id
    buyer = NewAgreement("licensed", OTHER_ACCOUNT, offer_id=offer_id)
    shop.now += A_DAY - timedelta(microseconds=1)
    shop.marketplace.desks.agreements.subscribe(buyer)
    shop.now += timedelta(microseconds=1)
    assert refusal_of(shop, buyer) == "OfferExpired"


def test_an_offer_is_for_its_own_product(shop: Shop) -> None:
    offer_id = shop.legacy.offer_id
    assert refusal_of(shop, NewAgreement("licensed", offer_id=offer_id)) == "InvalidRequest"
    assert refusal_of(shop, NewAgreement("licensed", offer_id="offer-0")) == "OfferNotFound"


def test_a_free_trial_ends_by_itself_and_is_marked(shop: Shop) -> None:  # `trial.once`
    offer = shop.marketplace.desks.catalogue.make_offer(NewOffer("licensed", trial_days=14))
    trial = shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", OTHER_ACCOUNT, shop.now, offer.offer_id)
    )
    assert trial.is_free_trial
    assert trial.expires_at == shop.now + timedelta(days=14)


def test_an_account_uses_a_products_free_trial_once(shop: Shop) -> None:  # `trial.once`
    desks = shop.marketplace.desks
    offer_id = desks.catalogue.make_offer(NewOffer("licensed", trial_days=7)).offer_id
    buyer = NewAgreement("licensed", OTHER_ACCOUNT, offer_id=offer_id)
    failed = desks.agreements.subscribe(replace(buyer, payment_fails=True))
    trial = desks.agreements.subscribe(buyer)
    assert trial.agreement_id != failed.agreement_id
    shop.now += timedelta(days=30)
    assert refusal_of(shop, buyer) == "TrialUsed"
    desks.agreements.subscribe(replace(buyer, customer_aws_account_id=ACCOUNT))
    desks.agreements.subscribe(NewAgreement("licensed", OTHER_ACCOUNT))


def test_a_product_has_one_public_free_trial_at_a_time(shop: Shop) -> None:  # DOC
    new = NewOffer("licensed", trial_days=30, expires_at=shop.now + A_DAY)
    shop.marketplace.desks.catalogue.make_offer(new)
    assert problem_of(shop, new) is ControlProblem.CONFLICT
    shop.marketplace.desks.catalogue.make_offer(replace(new, product_code="legacy"))
    shop.now += A_DAY
    shop.marketplace.desks.catalogue.make_offer(replace(new, expires_at=None))


def test_only_saas_has_free_trials(shop: Shop) -> None:
    new = NewProduct(
        "Image", MeteringMode.LEGACY, (Dimension("hours"),), "image", delivery=Delivery.AMI
    )
    shop.marketplace.desks.catalogue.list_product(new)
    offer = NewOffer("image", trial_days=30)
    assert problem_of(shop, offer) is ControlProblem.INVALID


def test_a_suspended_account_buys_nothing(shop: Shop) -> None:
    shop.marketplace.desks.agreements.suspend(ACCOUNT)
    assert refusal_of(shop, NewAgreement("licensed", ACCOUNT)) == "AccountSuspended"


def test_what_a_buyer_chooses_is_checked_like_an_offers_grants(contract_shop: Shop) -> None:
    new = NewAgreement("contract", grants=(Grant("seats", "many"),))
    assert refusal_of(contract_shop, new) == "InvalidRequest"
