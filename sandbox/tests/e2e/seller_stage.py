"""A served sandbox and a seller beside it, whose registration page does what a seller's does."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override
from urllib.parse import parse_qs

import boto3
from botocore.config import Config

from marketplace_sandbox.in_process import InProcessMarketplace
from marketplace_sandbox.server import serve_beside


def metering_client(url: str) -> Any:
    return boto3.client(
        "meteringmarketplace",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
        config=Config(retries={"total_max_attempts": 1}),
    )


@dataclass
class Seller:
    """The seller's side: a registration page, and what arrived there."""

    metering: Any
    url: str = ""
    posted: list[dict[str, list[str]]] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    buyers: list[dict[str, Any]] = field(default_factory=list)

    def register(self, body: str, origin: str) -> str:
        form = parse_qs(body, strict_parsing=True)
        self.posted.append(form)
        self.origins.append(origin)
        (token,) = form["x-amzn-marketplace-token"]
        buyer = self.metering.resolve_customer(RegistrationToken=token)
        self.buyers.append(buyer)
        return f"Welcome, account {buyer['CustomerAWSAccountId']}"


@dataclass
class Stage:
    """The sandbox and the seller, both served."""

    shop: InProcessMarketplace
    url: str
    seller: Seller


@contextlib.contextmanager
def serve_stage(now: datetime) -> Iterator[Stage]:
    """Serve a sandbox whose time stands still, and a seller's registration page beside it."""
    shop = InProcessMarketplace(clock=lambda: now)
    with serve_beside(shop) as url:
        seller = Seller(metering_client(url))

        class RegistrationPage(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                body = self.rfile.read(size).decode("ascii")
                page = seller.register(body, self.headers["Origin"]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(
                    b"<!doctype html><title>Registration</title><h1>" + page + b"</h1>"
                )

            @override
            def log_message(self, format: str, *args: object) -> None:
                del format, args

        with ThreadingHTTPServer(("127.0.0.1", 0), RegistrationPage) as server:
            seller.url = f"http://127.0.0.1:{server.server_port}/register"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield Stage(shop, url, seller)
            finally:
                server.shutdown()
                thread.join()
