"""A contract for a year, on an offer with prices of its own."""

from decimal import Decimal

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.offers import Grant, Price
from tests.builders import Shop
from tests.contracts import sell_contracts
from tests.deals import dated


def contract(shop: Shop, *, days: int = 365, is_renewing: bool = True) -> Agreement:
    """Sign a contract of ten seats at 500 dollars, on an offer with prices of its own."""
    sell_contracts(shop)
    return dated(
        shop,
        days=days,
        product="contract",
        grants=(Grant("seats", 10),),
        prices=(Price("seats", Decimal(500)), Price("api_calls", Decimal("0.25"))),
        is_renewing=is_renewing,
    )
