"""A person at a console: reads pages as a parser does, fills in forms, follows the answers."""

import asyncio
from html.parser import HTMLParser
from http import HTTPStatus

import httpx
from starlette.types import ASGIApp

ADDRESS = "http://127.0.0.1:8901"
# What browsers say of a request that a page of another site makes.
OF_OTHER_SITES = (
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://stranger.example"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://stranger.example"},
    {"Origin": "null"},
)


class Page(HTMLParser):
    """What stands on a page: its words as a reader sees them, and its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words.extend(data.split())

    @property
    def text(self) -> str:
        """All words, one space between them."""
        return " ".join(self.words)

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def names(self) -> set[str]:
        """Return the names of all elements."""
        return {name for name, _ in self.elements}

    def values(self) -> dict[str, str]:
        """Return what stands in the inputs of the page, by their names."""
        return {one["name"]: one.get("value", "") for one in self.all("input") if "name" in one}


class Visitor:
    """A browser without a screen, on the console's own site."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def answer(self, address: str) -> httpx.Response:
        """Ask for an address."""
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
        """Read a page, which is answered with a status."""
        answer = self.answer(address)
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    def submit(self, address: str, /, **fields: str) -> httpx.Response:
        """Submit a form."""
        headers = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin"}
        return self.request("POST", address, fields=fields, headers=headers)

    def go_on(self, address: str, /, **fields: str) -> Page:
        """Submit a form that is carried out, and read the page that follows."""
        answer = self.submit(address, **fields)
        assert answer.status_code == HTTPStatus.SEE_OTHER, Page(answer.text).text
        return self.read(answer.headers["location"])

    def fail(self, address: str, /, **fields: str) -> Page:
        """Submit a form that cannot be carried out, and read the page that says why."""
        answer = self.submit(address, **fields)
        assert answer.status_code == HTTPStatus.BAD_REQUEST, answer.text
        return Page(answer.text)
