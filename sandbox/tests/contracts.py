"""A product with contracts, and buyers with different ones."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from marketplace_sandbox.core.model.agreements import Agreement, NewAgreement
from marketplace_sandbox.core.model.catalogue import (
    Dimension,
    DimensionKind,
    MeteringMode,
    NewProduct,
    PricingModel,
    ValueType,
)
from marketplace_sandbox.core.model.offers import EntitledValue, Grant, NewOffer
from tests.builders import Shop

ENTITLED = DimensionKind.ENTITLED
DIMENSIONS = (
    Dimension("seats", ENTITLED),
    Dimension("share", ENTITLED, Decimal(0), ValueType.DOUBLE),
    Dimension("support", ENTITLED, Decimal(0), ValueType.BOOLEAN),
    Dimension("tier", ENTITLED, Decimal(0), ValueType.STRING),
    Dimension("api_calls"),
)
ONE_SEAT: Mapping[str, EntitledValue] = {"seats": 1}
ALL_FOUR: Mapping[str, EntitledValue] = {"seats": 5, "share": 0.5, "support": True, "tier": "gold"}


def sell_contracts(
    shop: Shop, code: str = "contract", mode: MeteringMode = MeteringMode.LICENSE
) -> None:
    shop.marketplace.desks.catalogue.list_product(
        NewProduct(code, mode, DIMENSIONS, code, pricing=PricingModel.CONTRACT_WITH_CONSUMPTION)
    )


def sign(
    shop: Shop,
    account: str,
    granted: Mapping[str, EntitledValue] | None = None,
    *,
    code: str = "contract",
    days: int | None = 365,
    starts_in: timedelta = timedelta(0),
) -> Agreement:
    """Let an account accept a contract for the given values."""
    grants = tuple(Grant(name, value) for name, value in (granted or ONE_SEAT).items())
    offer = shop.marketplace.desks.catalogue.make_offer(
        NewOffer(code, grants=grants, duration_days=days)
    )
    return shop.marketplace.desks.agreements.subscribe(
        NewAgreement(code, account, shop.now + starts_in, offer_id=offer.offer_id)
    )


def all_pages(client: Any, **parameters: Any) -> list[list[dict[str, Any]]]:
    """Read page after page, as a seller has to (`entitlements.empty-page`)."""
    pages = []
    while True:
        answer = client.get_entitlements(**parameters)
        pages.append(answer["Entitlements"])
        if "NextToken" not in answer:
            return pages
        parameters = parameters | {"NextToken": answer["NextToken"]}
