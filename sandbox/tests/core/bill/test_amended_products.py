"""A product is amended: what was billed or bought keeps its price, what follows costs the new."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace_sandbox.core.agreements.product_amendment import NewTerms, ProductAmendment
from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.callers import Platform
from marketplace_sandbox.core.model.catalogue import (
    Delivery,
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    Product,
    ValueType,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from tests.builders import ACCOUNT, AN_HOUR, code_of
from tests.digests import digest_of
from tests.priced_shop import CALLS, CLOSES_AT, MONTH, SEATS, PricedShop

DEARER = NewTerms("api_calls", unit_price=Decimal("0.005"))


@pytest.fixture
def shop() -> PricedShop:
    return PricedShop()


def amend(shop: PricedShop, *dimensions: NewTerms, code: str = "atlas") -> Product:
    return shop.marketplace.desks.catalogue.amend_product(code, ProductAmendment(dimensions))


def remove(shop: PricedShop, *names: str, code: str = "atlas") -> Product:
    amendment = ProductAmendment(removed_dimensions=names)
    return shop.marketplace.desks.catalogue.amend_product(code, amendment)


def refusal_of(shop: PricedShop, amendment: ProductAmendment, *, code: str = "atlas") -> str:
    """Amend what cannot be, see that nothing changed, and return why it cannot."""
    before = digest_of(shop.marketplace)
    with pytest.raises(ControlError) as refused:
        shop.marketplace.desks.catalogue.amend_product(code, amendment)
    assert digest_of(shop.marketplace) == before
    return refused.value.message


def test_a_dimension_that_is_added_is_metered_at_its_price(shop: PricedShop) -> None:
    amended = amend(shop, NewTerms("reports", unit_price=Decimal(3)), NewTerms("exports"))
    assert amended.dimension_names == ("api_calls", "storage", "reports", "exports")
    shop.meter("2", "reports")
    shop.meter("2", "exports")
    assert shop.charges() == [
        ("usage", "exports", "2", "0", "0"),
        ("usage", "reports", "2", "3", "6"),
    ]


def test_a_changed_price_holds_for_what_is_metered_afterwards(shop: PricedShop) -> None:
    shop.meter("100")
    shop.meter("1", "storage")
    amend(shop, DEARER)
    shop.now += AN_HOUR
    shop.meter("100")
    amend(shop, NewTerms("api_calls", unit_price=Decimal("0.001")))
    shop.now += AN_HOUR
    shop.meter("100")
    assert shop.charges() == [
        ("usage", "api_calls", "100", "0.001", "0.1"),
        ("usage", "api_calls", "100", "0.0025", "0.25"),
        ("usage", "api_calls", "100", "0.005", "0.5"),
        ("usage", "storage", "1", "2", "2"),
    ]
    (total,) = shop.marketplace.desks.bill.invoice(MONTH).totals()
    assert total.exact == Decimal("2.85")


def test_a_clock_that_was_set_back_changes_no_price_of_what_is_billed(shop: PricedShop) -> None:
    shop.meter("100")
    amend(shop, DEARER)
    shop.now -= timedelta(hours=5)
    amend(shop, NewTerms("api_calls", unit_price=Decimal(1)))
    assert shop.charges() == [("usage", "api_calls", "100", "0.0025", "0.25")]


def test_an_invoice_that_is_made_stays_as_it_is(shop: PricedShop) -> None:
    shop.meter("100")
    shop.now = CLOSES_AT
    before = shop.charges(MONTH)
    amend(shop, DEARER)
    assert shop.charges(MONTH) == before == [("usage", "api_calls", "100", "0.0025", "0.25")]


def test_prices_of_offers_and_trials_go_before_an_amended_one(shop: PricedShop) -> None:
    cheap = shop.accept(NewOffer("atlas", prices=(Price("api_calls", Decimal("0.001")),)))
    shop.meter("100", buyer=cheap)
    trial = shop.accept(NewOffer("atlas", trial_days=14))
    shop.meter("100", buyer=trial)
    amend(shop, DEARER)
    shop.now += AN_HOUR
    shop.meter("100", buyer=cheap)
    shop.meter("100", buyer=trial)
    assert sorted(shop.charges()) == [
        ("usage", "api_calls", "200", "0", "0"),
        ("usage", "api_calls", "200", "0.001", "0.2"),
    ]


def test_a_contract_costs_what_it_did_when_it_was_bought(shop: PricedShop) -> None:
    shop.list_product("plan", PricingModel.CONTRACT, SEATS)
    desks = shop.marketplace.desks
    new = NewAgreement("plan", ACCOUNT, starts_at=shop.now, grants=(Grant("seats", 10),))
    first = desks.agreements.subscribe(new)
    amend(shop, NewTerms("seats", unit_price=Decimal(20)), code="plan")
    desks.agreements.subscribe(new)
    assert sorted(shop.charges()) == [
        ("contract", "seats", "10", "12.5", "125"),
        ("contract", "seats", "10", "20", "200"),
    ]
    kept = desks.agreements.agreement(first.agreement_id)
    assert kept.prices == (Price("seats", Decimal("12.50")),)


def test_an_agreement_meters_what_it_grants_at_the_price_at_which_it_was_bought(
    shop: PricedShop,
) -> None:
    reports = Dimension("reports", DimensionKind.BOTH, unit_price=Decimal(2))
    shop.list_product("mixed", PricingModel.CONTRACT_WITH_CONSUMPTION, reports)
    grants = (Grant("reports", 10),)
    bought = shop.accept(NewOffer("mixed", duration_days=365, grants=grants), starts_at=shop.now)
    nothing = shop.accept(NewOffer("mixed", duration_days=365), starts_at=shop.now)
    amend(shop, NewTerms("reports", unit_price=Decimal(3)), code="mixed")
    shop.meter("4", "reports", buyer=bought)
    shop.meter("4", "reports", buyer=nothing)
    assert sorted(shop.charges()) == [
        ("contract", "reports", "10", "2", "20"),
        ("usage", "reports", "4", "2", "8"),
        ("usage", "reports", "4", "3", "12"),
    ]


def test_the_standing_offer_of_a_contract_grants_what_was_added(shop: PricedShop) -> None:
    shop.list_product("plan", PricingModel.CONTRACT, SEATS)
    flag = NewTerms("sso", DimensionKind.ENTITLED, Decimal(5), ValueType.BOOLEAN)
    amend(shop, flag, code="plan")
    sold = shop.marketplace.create_agreement("plan")
    assert sold.grants == (Grant("seats", 1), Grant("sso", value=True))


def test_a_dimension_that_nothing_depends_on_is_taken_away(shop: PricedShop) -> None:
    assert remove(shop, "storage").dimension_names == ("api_calls",)
    record = {"Timestamp": shop.now, "Dimension": "storage", "Quantity": 1}
    record |= {"CustomerAWSAccountId": ACCOUNT, "LicenseArn": shop.buyer.license_arn}
    refused = code_of(lambda: shop.marketplace.batch_meter_usage(UsageRecords=[record]))
    assert refused == "InvalidUsageDimensionException"


def test_a_dimension_with_records_stays(shop: PricedShop) -> None:
    shop.meter("1")
    shop.now += AN_HOUR
    shop.meter("0")
    assert refusal_of(shop, ProductAmendment(removed_dimensions=("api_calls",))) == (
        "dimension 'api_calls' stays: 2 records on the bill are of it"
    )


def test_a_dimension_that_is_granted_or_priced_stays(shop: PricedShop) -> None:
    shop.list_product("plan", PricingModel.CONTRACT_WITH_CONSUMPTION, SEATS, CALLS)
    gone = ProductAmendment(removed_dimensions=("seats",))
    offer = NewOffer("plan", duration_days=30, prices=(Price("seats", Decimal(1)),))
    shop.marketplace.desks.catalogue.make_offer(offer)
    assert refusal_of(shop, gone, code="plan") == (
        "dimension 'seats' stays: an offer grants or prices it"
    )
    shop.marketplace.create_agreement("plan")
    assert refusal_of(shop, gone, code="plan") == (
        "dimension 'seats' stays: an agreement grants or prices it"
    )


def test_the_dimension_that_prices_running_containers_stays(shop: PricedShop) -> None:
    desks = shop.marketplace.desks
    hours, files = Dimension("hours", unit_price=Decimal(1)), Dimension("files")
    new = NewProduct("Box", MeteringMode.LEGACY, (hours, files), "box", Delivery.CONTAINER)
    desks.catalogue.list_product(new)
    shop.marketplace.create_agreement("box", customer_aws_account_id=ACCOUNT)
    task = desks.resources.launch("box", ACCOUNT, Platform.ECS, "us-east-1")
    caller = shop.marketplace.as_caller(resource=task)
    caller.register_usage(ProductCode="box", PublicKeyVersion=1)
    assert refusal_of(shop, ProductAmendment(removed_dimensions=("hours",)), code="box") == (
        "dimension 'hours' stays: the hours of running containers are priced by it"
    )
    assert remove(shop, "files", code="box").dimension_names == ("hours",)


@pytest.mark.parametrize(
    ("amendment", "sentence"),
    [
        (ProductAmendment(), "an amendment names dimensions or removed_dimensions"),
        (
            ProductAmendment((DEARER,), ("api_calls",)),
            "an amendment names each dimension once",
        ),
        (ProductAmendment((DEARER, DEARER)), "an amendment names each dimension once"),
        (ProductAmendment((), ("nothing",)), "the product has no dimension 'nothing'"),
        (ProductAmendment((), ("api_calls", "storage")), "dimensions must list 1 to 200 names"),
        (
            ProductAmendment((NewTerms("api_calls", DimensionKind.ENTITLED),)),
            "dimension 'api_calls' stays metered of type integer: only its unit_price can change",
        ),
        (
            ProductAmendment((NewTerms("api_calls", unit_price=Decimal(-1)),)),
            "unit_price must lie between 0 and 1000000",
        ),
        (
            ProductAmendment((NewTerms(""),)),
            "each dimension must have 1 to 255 characters",
        ),
    ],
)
def test_what_cannot_be_amended_is_refused_and_changes_nothing(
    shop: PricedShop, amendment: ProductAmendment, sentence: str
) -> None:
    assert refusal_of(shop, amendment) == sentence


def test_a_page_of_entitlements_goes_on_after_a_dimension_was_taken_away(shop: PricedShop) -> None:
    names = ("alpha", "beta", "gamma", "delta")
    entitled = [Dimension(name, DimensionKind.ENTITLED) for name in names]
    shop.list_product("plan", PricingModel.CONTRACT, *entitled)
    grants = tuple(Grant(name, 1) for name in names[1:])
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer("plan", duration_days=30, grants=grants)
    )
    shop.marketplace.desks.agreements.subscribe(
        NewAgreement("plan", ACCOUNT, starts_at=shop.now, offer_id=offer.offer_id)
    )
    page = {"ProductCode": "plan", "MaxResults": 1}
    first = shop.marketplace.get_entitlements(**page)
    assert [one["Dimension"] for one in first["Entitlements"]] == ["beta"]
    remove(shop, "alpha", code="plan")
    second = shop.marketplace.get_entitlements(**page, NextToken=first["NextToken"])
    assert [one["Dimension"] for one in second["Entitlements"]] == ["gamma"]
