"""Serving the sandbox on a loopback port: in the foreground, or beside a test."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from sandbox.marketplace.hosted import HostedMarketplace
from sandbox.marketplace.http_api import build_app

LOOPBACK_HOST = "127.0.0.1"
_START_SECONDS_MAX = 10.0
_STOP_SECONDS_MAX = 10.0
_IDLE_CONNECTION_SECONDS_MAX = 75


class _AnnouncingServer(uvicorn.Server):
    """A uvicorn server that says when it accepts connections."""

    def __init__(self, marketplace: HostedMarketplace, *, announce: Callable[[], None]) -> None:
        config = uvicorn.Config(
            build_app(marketplace),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=_IDLE_CONNECTION_SECONDS_MAX,
            # Ctrl-C must not wait for an SDK that keeps its connection open.
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()


def bind_socket(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one. Raises OSError if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL at which a bound socket will be reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_forever(
    marketplace: HostedMarketplace, listener: socket.socket, *, announce: Callable[[], None]
) -> None:
    """Serve until the process is told to stop (SIGINT or SIGTERM)."""
    with listener:
        _AnnouncingServer(marketplace, announce=announce).run(sockets=[listener])


@contextmanager
def serve_beside(marketplace: HostedMarketplace) -> Iterator[str]:
    """Serve from a thread on a free loopback port while the block lasts; gives the URL."""
    is_ready = threading.Event()
    with bind_socket(LOOPBACK_HOST, 0) as listener:
        server = _AnnouncingServer(marketplace, announce=is_ready.set)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        thread.start()
        assert is_ready.wait(_START_SECONDS_MAX), "the sandbox did not start"
        try:
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join(_STOP_SECONDS_MAX)
            assert not thread.is_alive(), "the sandbox did not stop"
