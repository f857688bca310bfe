"""Which marketplace a request is about: one application serves any of them."""

from typing import Annotated

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from marketplace_sandbox.control.field_types import ProductQuery
from marketplace_sandbox.hosted import HostedMarketplace

_SCOPE_KEY = "marketplace_sandbox"


class ForMarketplace:
    """Hands each request to an application together with a marketplace."""

    def __init__(self, app: ASGIApp, marketplace: HostedMarketplace) -> None:
        self._app = app
        self._marketplace = marketplace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(dict(scope) | {_SCOPE_KEY: self._marketplace}, receive, send)


def _find_marketplace(request: Request) -> HostedMarketplace:
    marketplace = request.scope[_SCOPE_KEY]
    assert isinstance(marketplace, HostedMarketplace)
    return marketplace


Marketplace = Annotated[HostedMarketplace, Depends(_find_marketplace)]


def _find_product(
    chosen: Annotated[ProductQuery, Query()], marketplace: Marketplace
) -> ProductQuery:
    """Refuse a product that there is not: nothing of it would look as if nothing had happened."""
    if chosen.product_code is not None:
        marketplace.desks.catalogue.product(chosen.product_code)
    return chosen


OfProduct = Annotated[ProductQuery, Depends(_find_product)]
