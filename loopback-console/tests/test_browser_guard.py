"""What a page of another site, open in the same browser, can do here: nothing."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from loopback_console.browser_guard import Breach, BrowserGuard
from loopback_console.testing.visiting import Visitor


def refuse(breach: Breach) -> Response:
    return PlainTextResponse(breach.name, 403)


def answer(_: Request) -> Response:
    return PlainTextResponse("done")


@pytest.fixture
def visitor() -> Visitor:
    guard = Middleware(
        BrowserGuard,
        refuse=refuse,
        names_allowed=["console.internal"],
        is_exempt=lambda scope: scope["path"] == "/open",
    )
    routes = [Route(path, answer, methods=["GET", "POST"]) for path in ("/", "/open")]
    return Visitor(Starlette(routes=routes, middleware=[guard]))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8901", 200),
        ("[::1]:8901", 200),
        ("localhost", 200),
        ("a.localhost:1", 200),
        ("Console.Internal:8901", 200),
        ("stranger.example:8901", 403),
        ("127.0.0.1.stranger.example", 403),
        ("localhost.stranger.example", 403),
        ("", 403),
    ],
)
def test_only_names_of_this_machine_are_answered(visitor: Visitor, host: str, status: int) -> None:
    answered = visitor.request("GET", "/", headers={"Host": host})

    assert answered.status_code == status
    assert answered.text == ("done" if status == 200 else "HOST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://127.0.0.1:8901"}, 200),
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://127.0.0.1:8902"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_this_site_changes_something(
    visitor: Visitor, headers: dict[str, str], status: int
) -> None:
    answered = visitor.request("POST", "/", headers=headers)

    assert answered.status_code == status
    assert answered.text == ("done" if status == 200 else "SITE")


def test_what_is_exempt_is_answered_to_anybody(visitor: Visitor) -> None:
    headers = {"Host": "stranger.example", "Origin": "null"}

    assert visitor.request("POST", "/open", headers=headers).text == "done"
