"""What stands before the control API: a request's body is small, and one sound JSON object."""

import json
import math
from collections.abc import Iterable
from typing import cast

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from marketplace_sandbox.control.answers import refuse
from marketplace_sandbox.core.answer_request import nests_deeper
from marketplace_sandbox.core.model.errors import ControlError, invalid
from marketplace_sandbox.wire.bodies import read_body

NESTING_DEPTH_MAX = 20  # no command nests deeper than four
_UNSUPPORTED_MEDIA_TYPE = 415
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# curl says of `-d` that it is a form; what it sends is read as JSON all the same.
_MEDIA_TYPES_READ = frozenset({"", "application/json", "application/x-www-form-urlencoded"})
_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'"
)


def check_document(body: bytes) -> bytes:
    """Return a body that holds one sound JSON object; an empty body is an empty object.

    Raises ControlError for what JSON does not have (NaN, endless numbers), for a field that is
    named twice, and for documents so deep that nobody means them.
    """
    if not body.strip():
        return b"{}"
    try:
        document = json.loads(
            body,
            parse_float=_read_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_read_object,
        )
    except (ValueError, RecursionError) as error:
        raise invalid("the body is not a JSON document") from error
    if not isinstance(document, dict):
        raise invalid("the body is not a JSON object")
    if nests_deeper(document, NESTING_DEPTH_MAX):
        raise invalid(f"the body nests deeper than {NESTING_DEPTH_MAX} levels")
    return body


class BodyGate:
    """Lets only sound commands through to the application, labelled as JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request's body, then hand the request on."""
        send = _with_policy(send)
        if scope["type"] != "http" or scope["method"] not in _METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _MEDIA_TYPES_READ and not media_type.endswith("+json"):
            answer = refuse(_UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", "send JSON")
            await answer(scope, receive, send)
            return
        try:
            body = check_document(await read_body(request))
        except ControlError as error:
            answer = refuse(error.problem.value, error.code, error.message)
            await answer(scope, receive, send)
            return
        except ClientDisconnect:
            return
        await self._app(_as_json(scope, len(body)), _replay(body, receive), send)


def _with_policy(send: Send) -> Send:
    """Forbid a browser to load anything from elsewhere for what is shown here."""

    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"content-security-policy", _POLICY)]
            message = {**message, "headers": headers}
        await send(message)

    return cast("Send", send_with_policy)


def _as_json(scope: Scope, size_bytes: int) -> Scope:
    replaced = {b"content-type", b"content-length", b"transfer-encoding"}
    headers = [header for header in scope["headers"] if header[0] not in replaced]
    headers.append((b"content-type", b"application/json"))
    headers.append((b"content-length", str(size_bytes).encode("ascii")))
    return dict(scope) | {"headers": headers}


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read, then whatever else the client says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _read_number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text[:20])
    return number


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _read_object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    read: dict[str, object] = {}
    for name, value in pairs:
        if name in read:
            raise invalid(f"the field {name[:50]!a} is named twice")
        read[name] = value
    return read
