"""The route that takes usage: one event, many, or CloudEvents in each of their HTTP modes.

Modes and their content types: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from urllib.parse import unquote

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.usage.events import Rejection, UsageEvent
from meterhouse.domain.usage.requests import REQUEST_BYTES_MAX, UsageRequest
from meterhouse.errors import ApiRefusedError, TooLargeError, UnreadableError
from meterhouse.use_cases.accept_usage import AcceptUsage
from meterhouse.web.seller_api import JSON_TYPE, ApiAnswer, ApiRequest, check_query

_TYPES = (JSON_TYPE, "application/cloudevents+json", "application/cloudevents-batch+json")
_CHARSETS = {"", "utf-8", "utf8", "us-ascii"}
_BINARY_PREFIX = "ce-"
_ALL_REFUSED = "No event was taken; results says what is wrong with each. Mend them and send again."


@dataclass(frozen=True, slots=True)
class UsageRoutes:
    """Where usage is sent."""

    accept: AcceptUsage

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Serve `POST /usage`."""
        check_query(request)
        try:
            taken = self.accept(_read_text(request))
        except TooLargeError as error:
            raise ApiRefusedError(413, error.code, f"{error}: send it in parts.") from None
        return _answer(taken, request)


def _read_text(request: ApiRequest) -> str:
    """Return what a request reports as one JSON text."""
    _refuse_other_types(request)
    if len(request.body) > REQUEST_BYTES_MAX:
        raise TooLargeError("body_too_large", f"a request has at most {REQUEST_BYTES_MAX:,} bytes")
    try:
        text = request.body.decode()
    except ValueError:
        raise UnreadableError("not_json", "the body is not UTF-8") from None
    if request.content_type == JSON_TYPE and has_binary_mode(request.headers):
        return from_binary_mode(request.headers, text)
    return text


def _refuse_other_types(request: ApiRequest) -> None:
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    charset = str(message.get_param("charset", "")).lower()
    if request.content_type not in _TYPES or charset not in _CHARSETS:
        raise ApiRefusedError(
            415,
            "content_type_unsupported",
            f"Send the body in UTF-8, with a Content-Type that is one of {', '.join(_TYPES)}.",
        )


def has_binary_mode(headers: Mapping[str, str]) -> bool:
    """Tell whether headers, their names in small letters, are attributes of a CloudEvent."""
    return any(name.startswith(_BINARY_PREFIX) for name in headers)


def from_binary_mode(headers: Mapping[str, str], data: str) -> str:
    """Return a CloudEvent whose attributes are headers, in the JSON format.

    Their values are percent-encoded, and the body is its data. Raises UnreadableError unless the
    body is JSON, and the values can be decoded.
    """
    read_json(data)  # So that no text can end its place and add to the attributes.
    attributes: dict[str, str | None] = {"specversion": None}
    try:
        attributes |= {
            name.removeprefix(_BINARY_PREFIX): unquote(value, errors="strict")
            for name, value in headers.items()
            if name.startswith(_BINARY_PREFIX)
        }
    except UnicodeDecodeError:
        raise UnreadableError(
            "cloud_event_invalid", "a header of the CloudEvent is not percent-encoded UTF-8"
        ) from None
    return f'{json.dumps(attributes).removesuffix("}")}, "data": {data}}}'


def _answer(taken: UsageRequest, request: ApiRequest) -> ApiAnswer:
    """Say of every event what became of it; the status says whether anything is left to do."""
    accepted = len(taken.members) - taken.rejected
    document: dict[str, object] = {
        "accepted": accepted,
        "rejected": taken.rejected,
        "results": list(_results(taken)),
    }
    if not taken.rejected:
        return ApiAnswer(document, 202)
    if accepted:
        return ApiAnswer(document, 207)
    error = {"code": "usage_rejected", "message": _ALL_REFUSED, "request_id": request.request_id}
    return ApiAnswer({"error": error, **document}, 422)


def _results(taken: UsageRequest) -> Iterator[dict[str, object]]:
    for position, member in enumerate(taken.members):
        match member:
            case UsageEvent():
                yield {"position": position, "status": "accepted", "id": member.event_id}
            case Rejection():
                faults = [{"code": one.code, "message": one.sentence} for one in member.faults]
                yield {"position": position, "status": "rejected", "faults": faults}
