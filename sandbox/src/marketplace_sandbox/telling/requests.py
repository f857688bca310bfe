"""Which calls are told, and how: AWS's as the log knows them, all others as HTTP requests."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from http import HTTPStatus

import cbor2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marketplace_sandbox.control.app import PREFIX
from marketplace_sandbox.core.model.calls import CallEntry
from marketplace_sandbox.core.model.refusals import Refusal
from marketplace_sandbox.telling.call_words import describe_call

_METHODS_THAT_READ = frozenset({"GET", "HEAD", "OPTIONS"})
_HEALTH = f"{PREFIX}/health"
_BODY_READ_BYTES_MAX = 10_000

type Tell = Callable[[str], None]

_is_told: ContextVar[bool] = ContextVar("is_told", default=False)


def telling_calls(tell: Tell) -> Callable[[CallEntry, Sequence[Refusal]], None]:
    """Return what tells calls of AWS's API as they are logged, with why records were refused."""

    def tell_call(entry: CallEntry, refused: Sequence[Refusal]) -> None:
        reasons = {str(one.code): one.message for one in refused}
        tell(f"{_time(entry.at)} {describe_call(entry, reasons)}")
        _is_told.set(True)

    return tell_call


class TellingRequests:
    """Tells what was asked over HTTP and how it is answered.

    Calls of AWS's API are left to `telling_calls`, but for those that are not even read. Pages that
    are looked at, health checks, and reads that go on where an earlier one ended (`after`) are told
    only if they fail.
    """

    def __init__(self, app: ASGIApp, *, tell: Tell, now: Callable[[], datetime]) -> None:
        self._app = app
        self._tell = tell
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None
        body = bytearray()
        _is_told.set(False)

        def tell() -> None:
            if not _is_told.get() and _is_worth_a_line(scope, status):
                outcome = "no answer" if status is None else _describe(status, bytes(body))
                asked = f"{scope['method']} {scope['path']}"
                self._tell(f"{_time(self._now())} {asked}: {outcome}")
            _is_told.set(True)

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if status is not None and status >= HTTPStatus.BAD_REQUEST:
                body.extend(message.get("body", b"")[:_BODY_READ_BYTES_MAX])
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                tell()  # before whoever asked has the whole answer, and asks for the next thing
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            tell()


def _is_worth_a_line(scope: Scope, status: int | None) -> bool:
    if status is None or status >= HTTPStatus.BAD_REQUEST:
        return True
    path: str = scope["path"]
    query: bytes = scope["query_string"]
    if scope["method"] not in _METHODS_THAT_READ:
        return True
    return path.startswith(PREFIX) and path != _HEALTH and b"after=" not in query


def _describe(status: int, body: bytes) -> str:
    """Write `201 Created`, or `404 ProductNotFound: there is no product atlsa`."""
    problem = _read_problem(body) if body else {}
    code = problem.get("code", problem.get("__type"))
    if code is None:
        return f"{status} {HTTPStatus(status).phrase}"
    return f"{status} {code}: {problem.get('message')}"


def _read_problem(body: bytes) -> Mapping[str, object]:
    """Read what is wrong from the control API's envelope or AWS's; a page for people has none."""
    try:
        document = json.loads(body) if body[:1] == b"{" else cbor2.loads(body)
    except (ValueError, cbor2.CBORError):
        return {}
    problem = document.get("error", document) if isinstance(document, dict) else None
    return problem if isinstance(problem, dict) else {}


def _time(at: datetime) -> str:
    return f"{at:%H:%M:%S}"
