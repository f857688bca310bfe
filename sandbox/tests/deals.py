"""Deals of a second buyer, and commands that cannot be carried out."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.offers import NewOffer, OfferKind, Price
from tests.builders import Shop

SELLER = "111122223333"
PARTNER = "999900001111"
BUYER = "777788889999"
A_DAY = timedelta(days=1)
PRICES = (Price("api_calls", Decimal("0.5")),)


def dated(shop: Shop, *, days: int = 90, product: str = "licensed", **terms: Any) -> Agreement:
    """Let a buyer accept an offer of so many days that starts now."""
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer(product, duration_days=days, **terms)
    )
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement(product, BUYER, shop.now, offer.offer_id)
    )


def refusal_of(shop: Shop, command: Callable[[], object]) -> str:
    """Give a command that cannot be carried out, see that nothing has changed, return why."""
    with shop.marketplace.step() as step:
        before = repr(step.state)
    with pytest.raises(ControlError) as caught:
        command()
    with shop.marketplace.step() as step:
        assert repr(step.state) == before
    return caught.value.code


def product_of(shop: Shop, code: str = "licensed") -> Product:
    return shop.marketplace.desks.catalogue.product(code)


def through_partner(shop: Shop) -> Agreement:
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer(
            "licensed",
            kind=OfferKind.PRIVATE,
            buyer_account_ids=(BUYER,),
            duration_days=90,
            is_renewing=True,
            proposer_account_id=PARTNER,
        )
    )
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement("licensed", BUYER, shop.now, offer.offer_id)
    )
