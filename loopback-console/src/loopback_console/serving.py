"""A server on a socket of the loopback: in the foreground, or beside a test."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import uvicorn
from starlette.types import ASGIApp

LOOPBACK_HOST = "127.0.0.1"
PORT_MAX = 65_535
_START_SECONDS_MAX = 10.0
_STOP_SECONDS_MAX = 10.0
_TICK_SECONDS = 0.1
# Commands that run are answered for so long, then their connections are closed. Ctrl-C waits for
# nothing else: connections that are idle or whose request is incomplete are closed at once.
_LAST_ANSWERS_SECONDS_MAX = 5
_IDLE_CONNECTION_SECONDS_MAX = 75


class Server(uvicorn.Server):
    """A uvicorn server that says when it accepts connections, and stops when another thread says.

    `protocol` is a class of asyncio's protocols, if it is another one than uvicorn's own.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        announce: Callable[[], None],
        protocol: type[asyncio.Protocol] | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            http=protocol or "auto",
            timeout_keep_alive=_IDLE_CONNECTION_SECONDS_MAX,
            timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS_MAX,
        )
        super().__init__(config)
        self._announce = announce
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._announce()

    async def main_loop(self) -> None:
        """Tick as uvicorn does, but end as soon as another thread says so."""
        for counter in count():
            if await self.on_tick(counter):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), _TICK_SECONDS)

    def stop(self) -> None:
        """Stop serving; another thread than the server's may say so."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # It has seen the flag, and closed its loop.
                self._loop.call_soon_threadsafe(self._told.set)


def bind_socket(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one. Raises OSError if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; else each answer, which
    # leaves in two parts, would wait 40 ms for the client's acknowledgement of the first.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def run_until_told(server: Server, listener: socket.socket) -> None:
    """Serve until the process is told to stop; SIGINT and SIGTERM end in KeyboardInterrupt."""
    with listener, _terminated_like_an_interrupt():
        server.run(sockets=[listener])


@contextmanager
def running_beside(
    app: ASGIApp, *, name: str, protocol: type[asyncio.Protocol] | None = None
) -> Iterator[str]:
    """Serve from a thread on a free loopback port while the block lasts; gives the URL.

    `name` is the thread's, and what it is called should it not start or stop.
    """
    is_ready = threading.Event()
    with bind_socket(LOOPBACK_HOST, 0) as listener:
        server = Server(app, announce=is_ready.set, protocol=protocol)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name=name, daemon=True
        )
        thread.start()
        assert is_ready.wait(_START_SECONDS_MAX), f"the {name} did not start"
        try:
            yield url_of(listener)
        finally:
            server.stop()
            thread.join(_STOP_SECONDS_MAX)
            assert not thread.is_alive(), f"the {name} did not stop"


@contextmanager
def _terminated_like_an_interrupt() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt: uvicorn repeats it when it has stopped, and dies of it.

    Nothing would be cleaned up then. Only the main thread may set handlers, and only it is
    interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
