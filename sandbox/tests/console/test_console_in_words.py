"""Amounts, grants and refused records as a person reads them."""

from decimal import Decimal

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    ValueType,
)
from marketplace_sandbox.core.model.offers import Grant, NewOffer, Price
from tests.builders import ACCOUNT, Shop, code_of
from tests.visitor import Visitor, visitor

__all__ = ["visitor"]


def test_the_bill_page_says_what_everything_costs_as_the_invoice_does(
    shop: Shop, visitor: Visitor
) -> None:
    desks = shop.marketplace.desks
    dimensions = (Dimension("calls", unit_price=Decimal("0.25")), Dimension("disk"))
    desks.catalogue.list_product(
        NewProduct("Atlas", MeteringMode.LICENSE, dimensions, code="atlas")
    )
    own = desks.catalogue.make_offer(NewOffer("atlas", prices=(Price("calls", Decimal("0.2")),)))
    listed, cheaper = (
        desks.agreements.subscribe(NewAgreement("atlas", ACCOUNT, offer_id=offer_id))
        for offer_id in (None, own.offer_id)
    )
    shop.meter(shop.licensed_record(listed, Dimension="calls", Quantity=10))
    shop.meter(shop.licensed_record(cheaper, Dimension="calls", Quantity=10))
    desks.agreements.amend(cheaper.agreement_id, prices=(Price("calls", Decimal(9)),))
    text = visitor.read("/bill").text
    assert f"{listed.agreement_id} calls 1 10 $2.50" in text
    assert f"{cheaper.agreement_id} calls 1 10 $2.00" in text
    assert "Total 2 $4.50" in text
    assert f"2026-11-22 11:00 atlas {ACCOUNT} calls 10 $2.50 us-east-1" in text
    assert "stands at $4.50" in visitor.read("/").text


def test_a_refused_record_is_said_in_words(shop: Shop, visitor: Visitor) -> None:
    code_of(lambda: shop.meter(shop.licensed_record(Dimension="unknown", Quantity=7)))
    assert f"7 of unknown for {ACCOUNT} As it was sent" in visitor.read("/bill").text


def test_grants_are_said_in_words(shop: Shop, visitor: Visitor) -> None:
    dimensions = tuple(
        Dimension(name, DimensionKind.ENTITLED, value_type=value_type)
        for name, value_type in (
            ("seats", ValueType.INTEGER),
            ("support", ValueType.BOOLEAN),
            ("plan", ValueType.STRING),
            ("ratio", ValueType.DOUBLE),
        )
    )
    desks = shop.marketplace.desks
    desks.catalogue.list_product(
        NewProduct("Seats", MeteringMode.LICENSE, dimensions, code="seats")
    )
    grants = (
        Grant("seats", 12_000),
        Grant("support", value=False),
        Grant("plan", "gold"),
        Grant("ratio", 0.5),
    )
    offer = desks.catalogue.make_offer(NewOffer("seats", grants=grants))
    terms = "12,000 of seats · support not included · plan: gold · 0.5 of ratio"
    assert terms in visitor.read(visitor.product_address("seats")).text
    agreement = desks.agreements.subscribe(NewAgreement("seats", ACCOUNT, offer_id=offer.offer_id))
    text = visitor.read(f"/agreements/{agreement.agreement_id}").text
    assert "seats 12,000 support no plan gold ratio 0.5" in text
    assert "12,000 $0.00 $0.00" in visitor.read("/invoices").text
