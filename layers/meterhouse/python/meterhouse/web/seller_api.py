"""The seller's API as HTTP: one request in, one JSON answer out, and one form for every error.

API Gateway checks signature and right before it calls, and tells the route; which function serves a
route stands in `runtime.api_wiring`.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meterhouse.domain.strict_json import read_json
from meterhouse.domain.usage.event_home import read_time
from meterhouse.errors import (
    ApiRefusedError,
    MeterhouseError,
    ReferenceInvalidError,
    StorageUnavailableError,
    UnreadableError,
)

if TYPE_CHECKING:
    from meterhouse.ports.process import Report

JSON_TYPE = "application/json"
# Of what is asked in JSON here. Usage has limits of its own.
BODY_BYTES_MAX = 65_536
RETRY_AFTER_SECONDS = "30"
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
_PLACEHOLDER = re.compile(r"\\\{\w+\\\}")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request, as API Gateway hands it on.

    Attributes:
        route: such as `GET /subscriptions/{subscription}`.
        places: what stands where the route has names in braces.
        caller: the ARN of who signed it.

    """

    route: str
    method: str
    path: str
    request_id: str
    places: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    caller: str = ""

    @property
    def content_type(self) -> str:
        """The type of the body without parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What is answered; `document` is written as JSON, and None leaves the body empty."""

    document: Mapping[str, object] | None
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[ApiRequest], ApiAnswer]


@dataclass(frozen=True, slots=True)
class SellerApi:
    """Serves requests by the route that API Gateway named."""

    routes: Mapping[str, Route]
    report: "Report"

    def __call__(self, request: ApiRequest) -> ApiAnswer:
        """Serve one request; whatever goes wrong is an answer in the form of errors."""
        code = None
        try:
            answer = self.routes.get(request.route, self._without_route)(request)
        except MeterhouseError as error:
            answer, code = _explained(error, request)
            self._tell(answer, request, f"{type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001 - the boundary of the request
            # Only the type is said aloud: the text of an unforeseen error may quote anything.
            answer, code = _explained(MeterhouseError(), request)
            self._tell(answer, request, type(error).__name__)
        self.report.event(
            "api_answered",
            route=request.route,
            status=answer.status_code,
            code=code,
            caller=request.caller or None,
        )
        return answer

    def _tell(self, answer: ApiAnswer, request: ApiRequest, cause: str) -> None:
        """Log what is our trouble; what the sender can mend may quote what nobody should read."""
        if answer.status_code >= 500:  # noqa: PLR2004 - where HTTP's own faults begin
            self.report.failure("api_failed", route=request.route, cause=cause)

    def _without_route(self, request: ApiRequest) -> ApiAnswer:
        methods = sorted(
            method
            for method, _, path in (route.partition(" ") for route in self.routes)
            if _is_of(request.path, path)
        )
        if not methods:
            raise ApiRefusedError(
                404, "route_unknown", "There is no such path; docs/openapi.yaml has all there are."
            )
        allowed = ", ".join(methods)
        answer = _error(
            ApiRefusedError(405, "method_not_allowed", f"This path takes {allowed}."), request
        )
        return ApiAnswer(answer.document, 405, {"Allow": allowed})


def read_request(event: Mapping[str, Any]) -> ApiRequest:
    """Read an event of an HTTP API in payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    context = event["requestContext"]
    body = event.get("body") or ""
    signer = context.get("authorizer", {}).get("iam") or {}
    return ApiRequest(
        route=event["routeKey"],
        method=context["http"]["method"],
        path=event["rawPath"],
        request_id=context["requestId"],
        places=event.get("pathParameters") or {},
        query=event.get("queryStringParameters") or {},
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=b64decode(body) if event.get("isBase64Encoded") else body.encode(),
        caller=signer.get("userArn") or "",
    )


def write_answer(answer: ApiAnswer) -> dict[str, Any]:
    """Return an answer as Lambda hands it to API Gateway."""
    document = answer.document
    return {
        "statusCode": answer.status_code,
        "headers": _HEADERS | dict(answer.headers),
        "body": "" if document is None else json.dumps(document),
        "isBase64Encoded": False,
    }


def check_query(request: ApiRequest, *known: str) -> None:
    """Refuse parameters other than those that are known; raises ApiRefusedError."""
    _refuse_others(request.query, known, "parameter")


def read_object(request: ApiRequest, *known: str) -> dict[str, object]:
    """Read a body that is one JSON object of known fields; an empty one is an empty object.

    Raises ApiRefusedError.
    """
    if not request.body:
        return {}
    if request.content_type not in {"", JSON_TYPE}:
        raise ApiRefusedError(
            415, "content_type_unsupported", f"Send the body as Content-Type: {JSON_TYPE}."
        )
    if len(request.body) > BODY_BYTES_MAX:
        raise ApiRefusedError(
            413, "body_too_large", f"The body may have {BODY_BYTES_MAX} bytes; send less at a time."
        )
    try:
        document = read_json(request.body.decode())
    except (UnreadableError, ValueError):
        raise ApiRefusedError(
            400, "body_unreadable", "The body is not JSON in UTF-8, or nested too deeply."
        ) from None
    if not isinstance(document, dict):
        raise ApiRefusedError(400, "body_unreadable", "The body must be one JSON object.")
    _refuse_others(document, known, "field")
    return document


def read_moment(written: object, name: str) -> datetime:
    """Read a time that a request names; raises ApiRefusedError."""
    try:
        return read_time(written)
    except UnreadableError:
        raise ApiRefusedError(
            400, "time_invalid", f"Write {name} as RFC 3339 does, such as 2026-11-22T18:00:00Z."
        ) from None


def _refuse_others(given: Mapping[str, object], known: tuple[str, ...], what: str) -> None:
    """Refuse names that nothing reads, so that a misspelt one is not taken for an absent one."""
    if not given.keys() <= {*known}:
        names = ", ".join(sorted(known)) or "none"
        raise ApiRefusedError(400, f"{what}_unknown", f"The {what}s that are read here: {names}.")


def _explained(error: MeterhouseError, request: ApiRequest) -> tuple[ApiAnswer, str]:
    match error:
        case ApiRefusedError():
            refused = error
        case UnreadableError():
            details = [{"code": one.code, "message": one.sentence} for one in error.faults]
            more = details if len(details) > 1 else ()
            refused = ApiRefusedError(400, error.code, str(error), more)
        case ReferenceInvalidError():
            refused = ApiRefusedError(
                409,
                "reference_invalid",
                "This reference is unknown, used or too old. Let the buyer open the subscription "
                "in AWS Marketplace and choose “Set up your account” again.",
            )
        case StorageUnavailableError():
            refused = ApiRefusedError(
                503, "storage_unavailable", "Nothing was lost. Send the same request again."
            )
        case _:
            refused = ApiRefusedError(
                500,
                "internal",
                "Something failed on the side of Meterhouse. Its log has it by this request_id.",
            )
    return _error(refused, request), refused.code


def _error(refused: ApiRefusedError, request: ApiRequest) -> ApiAnswer:
    error: dict[str, object] = {
        "code": refused.code,
        "message": str(refused),
        "request_id": request.request_id,
    }
    if refused.details:
        error["details"] = list(refused.details)
    is_passing = refused.status_code in {429, 503}
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if is_passing else {}
    return ApiAnswer({"error": error}, refused.status_code, headers)


def _is_of(path: str, template: str) -> bool:
    """Tell whether a path is of a route, behind whatever a stage or a domain puts before it."""
    pattern = _PLACEHOLDER.sub("[^/]+", re.escape(template))
    return re.search(pattern + "$", path) is not None
