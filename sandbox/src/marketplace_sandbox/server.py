"""Serving the sandbox on a loopback port: in the foreground, or beside a test."""

import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from loopback_console.serving import Server, run_until_told, running_beside

from marketplace_sandbox.delivery.worker import ticking
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.http_api import build_app
from marketplace_sandbox.telling.requests import Tell
from marketplace_sandbox.wire.http_faults import BreakableProtocol


def serve_forever(
    marketplace: HostedMarketplace,
    listener: socket.socket,
    *,
    announce: Callable[[], None],
    names_allowed: Collection[str] = (),
    tell: Tell | None = None,
) -> None:
    """Serve until the process is told to stop (SIGINT or SIGTERM).

    `names_allowed` are the host names by which browsers may reach it, beside localhost; `tell` gets
    a line for each request but those of AWS's API, which the marketplace tells itself.

    Then, if the sandbox is kept in a file, save it and let the file go; ControlError if it cannot
    be written. Both signals end in KeyboardInterrupt.
    """
    app = build_app(marketplace, names_allowed=names_allowed, tell=tell)
    try:
        with listener, ticking(marketplace):
            server = Server(app, announce=announce, protocol=BreakableProtocol)
            run_until_told(server, listener)
    finally:
        marketplace.close()


@contextmanager
def serve_beside(marketplace: HostedMarketplace, *, tell: Tell | None = None) -> Iterator[str]:
    """Serve from a thread on a free loopback port while the block lasts; gives the URL.

    `tell` is as in `serve_forever`.
    A second thread delivers events and lets happen what is due, as in a served sandbox.
    """
    app = build_app(marketplace, tell=tell)
    with (
        ticking(marketplace),
        running_beside(app, name="sandbox", protocol=BreakableProtocol) as url,
    ):
        yield url
