"""The example clients send again what may be sent again, as it was, and give up in the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.adapters.loopback import QuietHandler, serving
from tests.integration.clients.example_clients import (
    Caller,
    PythonClient,
    RefusedError,
    TypeScriptClient,
    run_node,
)

type NewClient = Callable[[str], Caller]

BUSY = {"error": {"code": "storage_unavailable", "message": "again", "request_id": "r1"}}


@pytest.fixture(params=["python", "typescript"])
def new_client(request: pytest.FixtureRequest, project: Path) -> NewClient:
    """Return a maker of clients of a URL."""
    if request.param == "python":
        return PythonClient
    return lambda url: TypeScriptClient(url, folder=project)


@dataclass
class Api:
    """What an API was asked, and the statuses that it answers before it takes anything."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            return status, BUSY
        if path.endswith("/usage") and body:
            count = len(json.loads(body)["events"])
            results = [{"position": n, "status": "accepted", "id": "e"} for n in range(count)]
            return 202, {"accepted": count, "rejected": 0, "results": results}
        if "subscriptions?" in path and "page=" not in path:
            return 200, {"subscriptions": [{"key": "a"}], "next_page": "p 2"}
        one = {"key": "b"}
        return 200, {"subscriptions": [one], "subscription": one, "allowances": []}

    @property
    def bodies(self) -> list[bytes]:
        return [body for *_, body in self.asked]


@contextmanager
def serve_api(api: Api) -> Iterator[Api]:
    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append((self.command, self.path, headers, body))
            status, document = api.answer(self.path, body)
            if status == 0:  # the answer is lost
                self.close_connection = True
                return
            written = json.dumps(document).encode()
            self.send_response(status)
            if document is BUSY:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 - http.server's

    with serving(Handler) as url:
        api.url = f"{url}/stage/"
        yield api


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api(Api()) as found:
        yield found


def test_what_was_not_taken_is_sent_again_as_it_was(api: Api, new_client: NewClient) -> None:
    api.statuses = [503, 429, 0, 200]

    (result,) = new_client(api.url).call("send_usage", [{"id": "\u20ac"}])

    assert result == {"position": 0, "status": "accepted", "id": "e"}
    assert len(api.bodies) == 4
    assert {json.dumps(json.loads(body)) for body in api.bodies} == {
        json.dumps({"events": [{"id": "\u20ac"}]})
    }


def test_in_the_end_a_client_says_that_it_was_not_taken(api: Api, new_client: NewClient) -> None:
    api.statuses = [503] * 9

    with pytest.raises(RefusedError) as refused:
        new_client(api.url).call("send_usage", [{"id": "e1"}])

    assert (refused.value.status, refused.value.code) == (503, "storage_unavailable")
    assert len(api.bodies) == 5


def test_what_is_refused_is_not_sent_again(api: Api, new_client: NewClient) -> None:
    api.statuses = [413, 200]

    with pytest.raises(RefusedError):
        new_client(api.url).call("send_usage", [{"id": "e1"}])

    assert len(api.bodies) == 1


@pytest.mark.parametrize(
    ("count", "filler", "shares"),
    [(0, "", []), (2_001, "", [2_000, 1]), (12, "\u20ac" * 50_000, [6, 6])],
    ids=["nothing", "by events", "by bytes"],
)
def test_usage_goes_in_as_few_requests_as_are_taken(
    api: Api, new_client: NewClient, *, count: int, filler: str, shares: list[int]
) -> None:
    events = [{"id": f"e{n}", "x": filler} for n in range(count)]

    results = new_client(api.url).call("send_usage", events)

    assert [len(json.loads(body)["events"]) for body in api.bodies] == shares
    assert all(len(body) <= 1_000_000 for body in api.bodies)
    assert [event["id"] for body in api.bodies for event in json.loads(body)["events"]] == [
        event["id"] for event in events
    ]
    assert [result["position"] for result in results] == list(range(count))


@pytest.mark.parametrize(
    ("method", "parameters", "asked"),
    [
        ("subscriptions", ({"phase": "active"},), "GET /subscriptions?phase=active"),
        ("redeem", ("r",), "POST /registrations/redeem"),
        ("subscription", ("arn:aws:l/1",), "GET /subscriptions/arn%3Aaws%3Al%2F1"),
        ("allowances", ("k#1",), "GET /subscriptions/k%231/allowances"),
        ("usage", ("k#1", "a b", "c"), "GET /subscriptions/k%231/usage?from=a%20b&to=c"),
        ("stopped", ("k#1",), "POST /subscriptions/k%231/stopped"),
        ("tenant", ("a/b",), "GET /tenants/a%2Fb"),
        ("link", ("acme", "k#1"), "PUT /tenants/acme/subscriptions/k%231"),
        ("unlink", ("acme", "k#1"), "DELETE /tenants/acme/subscriptions/k%231"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value else "",
)
def test_each_method_asks_for_its_route_and_signs(
    api: Api, new_client: NewClient, *, method: str, parameters: tuple[str, ...], asked: str
) -> None:
    new_client(api.url).call(method, *parameters)

    verb, path, headers, _ = api.asked[0]
    assert f"{verb} {path.replace('+', '%20')}" == asked.replace(" /", " /stage/")
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")
    assert "/us-east-1/execute-api/aws4_request" in headers["authorization"]


def test_a_list_is_read_page_after_page(api: Api, new_client: NewClient) -> None:
    found = new_client(api.url).call("subscriptions", {"account": "111122223333"})

    assert [one["key"] for one in found] == ["a", "b"]
    assert [path.replace("+", "%20") for _, path, *_ in api.asked] == [
        "/stage/subscriptions?account=111122223333",
        "/stage/subscriptions?account=111122223333&page=p%202",
    ]


def test_a_repeated_sign_up_has_the_token_of_the_first(api: Api, new_client: NewClient) -> None:
    api.statuses = [503, 200]

    new_client(api.url).call("redeem", "r")
    new_client(api.url).call("redeem", "r")

    first, repeated, second = (json.loads(body)["client_token"] for body in api.bodies)
    assert first == repeated != second


def test_the_typescript_client_has_no_fault_of_types(project: Path) -> None:
    ran = run_node(project, "node_modules/typescript/bin/tsc", "--project", ".")

    assert ran.stdout == ""
    assert ran.returncode == 0


def test_a_wrong_use_of_the_typescript_client_is_a_fault_of_types(project: Path) -> None:
    with (project / "meterhouse-client.ts").open("a") as file:
        file.write("\nconst quantity: UsageEvent['quantity'] = null;\nvoid quantity;\n")

    ran = run_node(project, "node_modules/typescript/bin/tsc", "--project", ".")

    assert "Type 'null' is not assignable" in ran.stdout
