from collections.abc import Iterator

import pytest

from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.estate import Estate


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def shop_url(shop: Shop) -> Iterator[str]:
    with serve_beside(shop.marketplace) as url:
        yield url


@pytest.fixture
def estate() -> Estate:
    return Estate()


@pytest.fixture
def estate_url(estate: Estate) -> Iterator[str]:
    with serve_beside(estate.marketplace) as url:
        yield url
