"""Whatever clients are in the middle of, the server stops at once and in silence."""

import asyncio
import socket
import threading
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from loopback_console.serving import LOOPBACK_HOST, bind_socket, url_of
from starlette.types import Receive, Scope, Send

from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.server import serve_beside
from marketplace_sandbox.wire.http_faults import BreakableProtocol

PATIENCE_SECONDS = 10
PLACES = {
    "an SDK": ("/", "application/x-amz-json-1.1"),
    "the control API": ("/_sandbox/products", "application/json"),
    "the console": ("/resources", "application/x-www-form-urlencoded"),
}
each_place = pytest.mark.parametrize(("path", "media_type"), PLACES.values(), ids=list(PLACES))


def begin_request(url: str, path: str, media_type: str) -> socket.socket:
    """Send a request's head and the beginning of its body; return once the body is read."""
    parts = urlsplit(url)
    client = socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: {media_type}\r\n"
        "x-amz-target: AWSMPMeteringService.BatchMeterUsage\r\n"
        f"origin: {url}\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n"
    )
    client.sendall(head.encode("ascii"))
    assert b"100 Continue" in client.recv(1_000)
    client.sendall(b'{"')
    return client


@each_place
def test_an_incomplete_request_holds_no_server_up(
    capsys: pytest.CaptureFixture[str], path: str, media_type: str
) -> None:
    with serve_beside(HostedMarketplace()) as url:
        client = begin_request(url, path, media_type)
    with client:
        assert client.recv(1_000) == b""
    assert capsys.readouterr() == ("", "")


@each_place
def test_a_client_who_hangs_up_within_a_request_is_no_error(
    capsys: pytest.CaptureFixture[str], path: str, media_type: str
) -> None:
    with serve_beside(HostedMarketplace()) as url:
        begin_request(url, path, media_type).close()
        assert httpx.get(f"{url}/_sandbox/health").status_code == 200
    assert capsys.readouterr() == ("", "")


def test_a_command_that_outlasts_the_server_is_answered_with_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    has_begun = threading.Event()
    seen: list[str] = []

    async def run_for_long(_scope: Scope, _receive: Receive, _send: Send) -> None:
        has_begun.set()
        await asyncio.Event().wait()

    def call(url: str) -> None:
        try:
            httpx.post(url, timeout=None)  # noqa: S113 - the server ends it
        except httpx.TransportError as error:
            seen.append(type(error).__name__)

    config = uvicorn.Config(
        run_for_long,
        http=BreakableProtocol,
        log_level="critical",
        lifespan="off",
        timeout_graceful_shutdown=0,
    )
    server = uvicorn.Server(config)
    with bind_socket(LOOPBACK_HOST, 0) as listener:
        listener.listen()  # who calls before the server is up waits for it
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        caller = threading.Thread(target=call, args=(url_of(listener),))
        serving.start()
        caller.start()
        assert has_begun.wait(PATIENCE_SECONDS)
        server.should_exit = True
        caller.join()
        serving.join()
    assert seen, "an answer would claim that the command failed"
    assert capsys.readouterr() == ("", "")
