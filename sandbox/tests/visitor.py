"""A person at the console of a shop."""

import pytest
from loopback_console.testing.visiting import ADDRESS, Page
from loopback_console.testing.visiting import Visitor as AnyVisitor

from marketplace_sandbox.http_api import build_app
from tests.builders import Shop

__all__ = ["ADDRESS", "Page", "Visitor", "visitor"]


class Visitor(AnyVisitor):
    """A browser without a screen, on the sandbox's own site."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(build_app(shop.marketplace))
        self.shop = shop

    def product_address(self, code: str) -> str:
        return f"/products/{self.shop.marketplace.desks.catalogue.product(code).product_id}"

    def agreement_address(self) -> str:
        return f"/agreements/{self.shop.licensed.agreement_id}"


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop)
