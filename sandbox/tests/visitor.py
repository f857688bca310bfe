"""A person at the console: reads pages as a parser does, fills in forms, follows the answers."""

import asyncio
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest
from starlette.applications import Starlette

from marketplace_sandbox.http_api import build_app
from tests.builders import Shop

ADDRESS = "http://127.0.0.1:8901"


class Page(HTMLParser):
    """What stands on a page: its words as a reader sees them, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.extend(data.split())

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def names(self) -> set[str]:
        return {name for name, _ in self.elements}

    def values(self) -> dict[str, str]:
        """Return what stands in the inputs of the page, by their names."""
        return {one["name"]: one.get("value", "") for one in self.all("input") if "name" in one}


@dataclass(slots=True)
class Visitor:
    """A browser without a screen, on its own site."""

    shop: Shop
    app: Starlette = field(init=False)

    def __post_init__(self) -> None:
        self.app = build_app(self.shop.marketplace)

    def answer(self, address: str) -> httpx.Response:
        return self.request("GET", address)

    def request(
        self,
        method: str,
        address: str,
        *,
        fields: dict[str, str] | None = None,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request to the application, without a port."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
                return await client.request(
                    method, address, data=fields, content=content, headers=headers
                )

        return asyncio.run(send())

    def read(self, address: str, *, status: int = 200) -> Page:
        answer = self.answer(address)
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    def submit(self, address: str, /, **fields: str) -> httpx.Response:
        headers = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
        return self.request("POST", address, fields=fields, headers=headers)

    def go_on(self, address: str, /, **fields: str) -> Page:
        """Submit a form that is carried out, and read the page that follows."""
        answer = self.submit(address, **fields)
        assert answer.status_code == 303, Page(answer.text).text
        return self.read(answer.headers["location"])

    def fail(self, address: str, /, **fields: str) -> Page:
        """Submit a form that cannot be carried out, and read the page that says why."""
        answer = self.submit(address, **fields)
        assert answer.status_code == 400
        return Page(answer.text)

    def product_address(self, code: str) -> str:
        return f"/products/{self.shop.marketplace.desks.catalogue.product(code).product_id}"

    def agreement_address(self) -> str:
        return f"/agreements/{self.shop.licensed.agreement_id}"


@pytest.fixture
def visitor(shop: Shop) -> Visitor:
    return Visitor(shop)
