"""What happens to answers on their way, over HTTP: they get lost, are cut short or come late.

An ASGI application cannot close its connection without an answer, so the connection is handed to it
in the scope, by the protocol class below.
"""

import asyncio
from asyncio import Transport
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from marketplace_sandbox.core.answer_request import AwsAnswer
from marketplace_sandbox.core.faults.answer_faults import (
    AnswerFault,
    LostAnswer,
    SlowAnswer,
    TruncatedAnswer,
    cut_short,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_CONNECTION = "sandbox.connection"
_CANCELS_MAX = 3  # the server cancels what runs on, and so does the loop that it runs in


@dataclass(slots=True)
class _Connection:
    """A connection that can be closed, and whether an answer is being kept back on it."""

    transport: Transport
    is_waiting: bool = False


class BreakableProtocol(H11Protocol):
    """uvicorn's HTTP protocol whose application may break the connection it is called over."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Hand the connection to the application along with each request."""
        super().connection_made(transport)
        self._connection = _Connection(transport)
        self.app = _with_connection(self.app, self._connection)

    def shutdown(self) -> None:
        """Let the server stop at once: it waits for no answer kept back, and no request's rest."""
        super().shutdown()
        # Before its first request, a connection has no cycle.
        is_incomplete: bool = getattr(self.cycle, "more_body", False)
        if self._connection.is_waiting or is_incomplete:
            self._connection.transport.close()


class FaultyResponse(Response):
    """An answer that does not arrive as it was meant to; nothing of that is logged as an error."""

    def __init__(self, answer: AwsAnswer, answer_fault: AnswerFault) -> None:
        super().__init__(answer.body, int(answer.status), answer.headers)
        self._answer_fault = answer_fault

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Send as much as gets through; whoever hangs up while waiting is let go."""
        match self._answer_fault:
            case LostAnswer():
                await _hang_up(scope, receive)
            case TruncatedAnswer():
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
                half = cut_short(bytes(self.body))
                await send({"type": "http.response.body", "body": half, "more_body": True})
                await _hang_up(scope, receive)
            case SlowAnswer(delay_seconds):
                if await _is_patient(scope, receive, seconds=float(delay_seconds)):
                    await super().__call__(scope, receive, send)
            case _:
                assert_never(self._answer_fault)


def respond(answer: AwsAnswer) -> Response:
    """Make the HTTP response of an answer, with what happens to it on its way."""
    if answer.answer_fault is None:
        return Response(answer.body, int(answer.status), answer.headers)
    return FaultyResponse(answer, answer.answer_fault)


def _with_connection(app: "ASGIApp", connection: _Connection) -> "ASGIApp":
    async def call(scope: "Scope", receive: "Receive", send: "Send") -> None:
        scope.setdefault("extensions", {})[_CONNECTION] = connection
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:  # the server stops, and only it cancels
            await _break_off(connection, receive)

    return call


def _connection_of(scope: "Scope") -> _Connection | None:
    found = scope.get("extensions", {}).get(_CONNECTION)
    assert found is None or isinstance(found, _Connection)
    return found


async def _hang_up(scope: "Scope", receive: "Receive") -> None:
    """Close the connection and wait until the server has noticed.

    Under another server, which does not hand it out, an incomplete answer has to do.
    """
    connection = _connection_of(scope)
    if connection is not None:
        connection.transport.close()
        await _wait_for_disconnect(receive)


async def _break_off(connection: _Connection, receive: "Receive") -> None:
    """Close the connection without an answer: what was begun may go on, so none would be true."""
    connection.transport.abort()
    for _ in range(_CANCELS_MAX):
        with suppress(asyncio.CancelledError):
            await _wait_for_disconnect(receive)
            return


async def _is_patient(scope: "Scope", receive: "Receive", *, seconds: float) -> bool:
    """Wait; tell whether the caller is still there at the end."""
    connection = _connection_of(scope)
    if connection is not None:
        connection.is_waiting = True
    try:
        async with asyncio.timeout(seconds):
            await _wait_for_disconnect(receive)
    except TimeoutError:
        return True
    finally:
        if connection is not None:
            connection.is_waiting = False
    return False


async def _wait_for_disconnect(receive: "Receive") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
