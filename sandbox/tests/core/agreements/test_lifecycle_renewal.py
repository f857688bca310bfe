"""Renewals and replacements: another agreement with another license."""

import itertools
from datetime import timedelta

from marketplace_sandbox.core.agreements.acceptance import AGREEMENTS_MAX
from marketplace_sandbox.core.model.agreements import (
    Agreement,
    AgreementStatus,
    Intent,
    NewAgreement,
)
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer, OfferKind
from tests.builders import ACCOUNT, AN_HOUR, Shop, statuses
from tests.deals import A_DAY, BUYER, PRICES, dated, refusal_of


def test_a_renewal_is_a_new_agreement_with_a_new_license(shop: Shop) -> None:  # `license.renewal`
    desks = shop.marketplace.desks
    old = desks.agreements.amend(dated(shop).agreement_id, prices=PRICES)
    shop.now += 30 * A_DAY
    new = desks.agreements.renew(old.agreement_id)
    assert new.agreement_id != old.agreement_id
    assert new.license_arn != old.license_arn
    assert new.previous_agreement_id == old.agreement_id
    assert new.intent is Intent.RENEW
    assert new.prices == PRICES
    assert new.starts_at == shop.now
    assert new.expires_at == shop.now + 90 * A_DAY
    ended = desks.agreements.agreement(old.agreement_id)
    assert (ended.status, ended.ends_at) == (AgreementStatus.RENEWED, shop.now)


def test_both_licenses_of_a_renewal_are_metered_in_the_hour_after_it(shop: Shop) -> None:
    new = shop.marketplace.desks.agreements.renew(shop.licensed.agreement_id)
    late = shop.licensed_record()
    shop.now += AN_HOUR
    fresh = shop.licensed_record(new, Timestamp=shop.now)
    assert statuses(shop.meter(late, fresh)) == ["Success", "Success"]
    shop.now += timedelta(minutes=1)
    again = shop.licensed_record(Dimension="storage")
    assert statuses(shop.meter(again)) == ["CustomerNotSubscribed"]
    fresh = shop.licensed_record(new, Timestamp=shop.now, Dimension="storage")
    assert statuses(shop.meter(fresh)) == ["Success"]


def test_to_a_legacy_seller_a_renewal_ends_nothing(shop: Shop) -> None:
    late = shop.legacy_record()
    shop.marketplace.desks.agreements.renew(shop.legacy.agreement_id)
    shop.now += 22 * AN_HOUR
    assert statuses(shop.meter_legacy(late)) == ["Success"]
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["Success"]


def test_a_renewal_can_bring_another_offer(shop: Shop) -> None:
    desks = shop.marketplace.desks
    new_terms = desks.catalogue.make_offer(
        NewOffer(
            "licensed",
            kind=OfferKind.PRIVATE,
            buyer_account_ids=(BUYER,),
            duration_days=30,
            prices=PRICES,
        )
    )
    renewed = desks.agreements.renew(dated(shop).agreement_id, offer_id=new_terms.offer_id)
    assert renewed.offer_id == new_terms.offer_id
    assert renewed.prices == PRICES
    stranger = shop.licensed.agreement_id
    code = refusal_of(shop, lambda: desks.agreements.renew(stranger, offer_id=new_terms.offer_id))
    assert code == "OfferNotForAccount"
    assert (
        refusal_of(shop, lambda: desks.agreements.renew(stranger, offer_id="x")) == "OfferNotFound"
    )


def test_an_agreement_that_renews_does_so_by_itself_again_and_again(shop: Shop) -> None:
    first = dated(shop, days=30, is_renewing=True, prices=PRICES)
    shop.now += 100 * A_DAY
    chain = [
        one
        for one in shop.marketplace.desks.agreements.agreements()
        if one.offer_id == first.offer_id
    ]
    assert [one.status for one in chain] == ["RENEWED", "RENEWED", "RENEWED", "ACTIVE"]
    for before, after in itertools.pairwise(chain):
        assert after.previous_agreement_id == before.agreement_id
        assert after.starts_at == before.ends_at == before.expires_at
        assert after.prices == PRICES
    assert chain[-1].expires_at == first.starts_at + 120 * A_DAY


def test_whoever_is_suspended_does_not_renew(shop: Shop) -> None:
    agreement = dated(shop, days=30, is_renewing=True)
    shop.marketplace.desks.agreements.suspend(BUYER)
    shop.now += 30 * A_DAY
    assert shop.marketplace.desks.agreements.agreement(agreement.agreement_id).status == "EXPIRED"


class FullHouse(dict[str, Agreement]):
    """Agreements that claim to be as many as there may be."""

    def __len__(self) -> int:
        return AGREEMENTS_MAX


def test_when_no_agreement_more_is_kept_what_would_renew_expires(shop: Shop) -> None:
    desks = shop.marketplace.desks
    agreement = dated(shop, days=30, is_renewing=True)
    with shop.marketplace.step() as step:
        step.state.agreements.by_id = FullHouse(step.state.agreements.by_id)
    name, offer_id = agreement.agreement_id, agreement.offer_id
    assert offer_id is not None
    assert refusal_of(shop, lambda: desks.agreements.renew(name)) == "InvalidRequest"
    assert refusal_of(shop, lambda: desks.agreements.replace(name, offer_id)) == "InvalidRequest"
    shop.now += 30 * A_DAY
    assert desks.agreements.agreement(agreement.agreement_id).status == "EXPIRED"


def test_a_replacement_says_what_it_replaces(shop: Shop) -> None:
    desks = shop.marketplace.desks
    offer = desks.catalogue.make_offer(NewOffer("licensed", duration_days=30))
    new = desks.agreements.replace(shop.licensed.agreement_id, offer.offer_id)
    assert new.intent is Intent.REPLACE
    assert new.previous_agreement_id == shop.licensed.agreement_id
    assert new.customer_aws_account_id == ACCOUNT
    assert desks.agreements.agreement(shop.licensed.agreement_id).status is AgreementStatus.REPLACED


def test_a_free_trial_is_replaced_but_never_renewed(shop: Shop) -> None:
    desks = shop.marketplace.desks
    trial = desks.catalogue.make_offer(NewOffer("licensed", trial_days=30))
    tried = desks.agreements.subscribe(NewAgreement("licensed", BUYER, shop.now, trial.offer_id))
    assert refusal_of(shop, lambda: desks.agreements.renew(tried.agreement_id)) == "TrialUsed"
    again = trial.offer_id
    assert (
        refusal_of(shop, lambda: desks.agreements.renew(tried.agreement_id, offer_id=again))
        == "TrialUsed"
    )
    bought = desks.agreements.replace(tried.agreement_id, str(shop.licensed.offer_id))
    assert not bought.is_free_trial


def test_what_was_listed_as_a_contract_is_read_back_after_an_amendment(shop: Shop) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(
            "Contract",
            MeteringMode.LICENSE,
            (Dimension("seats", DimensionKind.ENTITLED),),
            "contract",
            pricing=PricingModel.CONTRACT,
        )
    )
    agreement = shop.subscribe("contract")
    shop.marketplace.desks.agreements.amend(agreement.agreement_id, grants=(Grant("seats", 40),))
    renewed = shop.marketplace.desks.agreements.renew(agreement.agreement_id)
    assert renewed.grants == (Grant("seats", 40),)
