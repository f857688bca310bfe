"""An HTTP server on the loopback that answers as a test tells it, even wrongly."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tests.integration.adapters.loopback import QuietHandler, serving

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient
    from mypy_boto3_marketplace_entitlement import MarketplaceEntitlementServiceClient
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient

CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `cut_bytes` are promised and never sent, `hangs` answers nothing at all."""

    body: bytes
    status: int = 200
    cut_bytes: int = 0
    hangs: bool = False


def json_reply(document: object, status: int = 200) -> Reply:
    return Reply(json.dumps(document).encode(), status)


def error_reply(code: str, status: int = 400, message: str = "no") -> Reply:
    return json_reply({"__type": code, "message": message}, status)


@dataclass(slots=True)
class Server:
    """What the server was asked, and what it answers: the last reply for ever."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, *replies: Reply) -> None:
        self.replies[:] = replies

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def scripted_server() -> Iterator[Server]:
    """Serve while the block lasts."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - http.server's
            length = int(self.headers["Content-Length"])
            found.requests.append(
                {
                    "target": self.headers["X-Amz-Target"],
                    "body": json.loads(self.rfile.read(length)),
                }
            )
            reply = found.next_reply()
            if reply.hangs:
                found.released.wait(10)
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut_bytes))
            self.end_headers()
            self.wfile.write(reply.body)

    with serving(Handler) as url:
        found = Server(url)
        try:
            yield found
        finally:
            found.released.set()


@cache
def _session() -> boto3.Session:
    return boto3.Session("test", "test", region_name="us-east-1")


def metering_client(url: str, config: Config) -> "MarketplaceMeteringClient":
    """Return boto3's own client, which talks to `url`."""
    return _session().client("meteringmarketplace", endpoint_url=url, config=config)


def agreement_client(url: str, config: Config) -> "AgreementServiceClient":
    """Return boto3's own client of the Agreement API, which talks to `url`."""
    return _session().client("marketplace-agreement", endpoint_url=url, config=config)


def entitlement_client(url: str, config: Config) -> "MarketplaceEntitlementServiceClient":
    """Return boto3's own client of the entitlement service, which talks to `url`."""
    return _session().client("marketplace-entitlement", endpoint_url=url, config=config)
