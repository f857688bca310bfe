"""What a form offers to choose from: products, and the buyers that there are."""

from collections.abc import Iterable, Mapping, Sequence

from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Product

PRODUCTS_IN_A_LIST_MAX = 200
BUYERS_SUGGESTED_MAX = 100
_PRODUCTS_NAMED_MAX = 3


def choose_product(products: Sequence[Product], *, otherwise: str) -> list[tuple[str, str]]:
    """List the latest products by their codes, below a word for no choice."""
    shown = products[-PRODUCTS_IN_A_LIST_MAX:]
    return [("", otherwise), *((one.product_code, one.title) for one in shown)]


def suggest_buyers(
    agreements: Iterable[Agreement], products: Iterable[Product]
) -> list[tuple[str, str]]:
    """List the accounts that have bought something, with what that is; the latest come first."""
    titles = {one.product_code: one.title for one in products}
    bought: dict[str, dict[str, None]] = {}
    for agreement in agreements:
        account_id = agreement.customer_aws_account_id
        own = bought.pop(account_id, {})
        bought[account_id] = own | {titles[agreement.product_code]: None}
    latest = list(reversed(bought.items()))[:BUYERS_SUGGESTED_MAX]
    return [(account_id, _say_products(own)) for account_id, own in latest]


def _say_products(titles: Mapping[str, None]) -> str:
    named = list(titles)[:_PRODUCTS_NAMED_MAX]
    left = len(titles) - len(named)
    return f"buyer of {', '.join(named)}" + (f" and {left} more" if left else "")
