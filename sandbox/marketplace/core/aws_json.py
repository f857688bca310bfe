"""AWS JSON 1.1: a target and a body in, a status and a body out."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus

from sandbox.marketplace.core.callers import Caller
from sandbox.marketplace.core.errors import ErrorCode, ServiceError
from sandbox.marketplace.core.faults import Operation
from sandbox.marketplace.core.operations import Call, Document, note_refusal, perform
from sandbox.marketplace.core.state import CallEntry, MarketplaceState

CONTENT_TYPE = "application/x-amz-json-1.1"
TARGET_PREFIX = "AWSMPMeteringService."
_TARGET_SHOWN_LENGTH_MAX = 100
_EXPONENT_MAX = (
    300  # what a double holds: nobody means more, and exact arithmetic would choke on it
)


@dataclass(frozen=True, slots=True)
class AwsAnswer:
    """What goes back over the wire."""

    status: HTTPStatus
    request_id: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that an SDK looks at, in lower case."""
        return {"content-type": CONTENT_TYPE, "x-amzn-requestid": self.request_id}


def answer_request(
    state: MarketplaceState,
    target: str,
    body: bytes,
    *,
    caller: Caller,
    now: datetime,
    entropy: bytes,
) -> AwsAnswer:
    """Answer one request of an AWS SDK; never raises for anything that the caller sent."""
    request_id = str(uuid.UUID(bytes=entropy[:16], version=4))
    try:
        operation = _read_target(target)
        document = _read_body(body)
    except ServiceError as error:
        name = target.removeprefix(TARGET_PREFIX)[:_TARGET_SHOWN_LENGTH_MAX]
        note_refusal(state, name, error, at=now)
        state.calls.append(CallEntry(now, name, 0, str(error.code), None))
        return _write_error(error, request_id)
    call = Call(operation, document, len(body), now, request_id, caller, entropy)
    try:
        result = perform(state, call)
    except ServiceError as error:
        return _write_error(error, request_id)
    return AwsAnswer(HTTPStatus.OK, request_id, _encode(result))


def to_jsonable(value: object) -> object:
    """Give `json` what it does not know: the exact numbers in which timestamps arrive.

    A float holds epoch seconds to the microsecond, which is all that an SDK's datetime can hold.
    """
    assert isinstance(value, Decimal)
    return int(value) if value == value.to_integral_value() else float(value)


def _read_target(target: str) -> Operation:
    name = target.removeprefix(TARGET_PREFIX)
    if target.startswith(TARGET_PREFIX) and name in Operation:
        return Operation(name)
    raise ServiceError(ErrorCode.UNKNOWN_OPERATION, "The sandbox does not know this operation.")


def _read_body(body: bytes) -> Document:
    try:
        document = json.loads(body, parse_float=_read_number, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a JSON document.") from error
    if not isinstance(document, dict):
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a JSON object.")
    return document


def _read_number(text: str) -> Decimal:
    number = Decimal(text)
    if abs(number.adjusted()) > _EXPONENT_MAX:
        raise ValueError(text[:_TARGET_SHOWN_LENGTH_MAX])
    return number


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _write_error(error: ServiceError, request_id: str) -> AwsAnswer:
    is_fault = error.code is ErrorCode.INTERNAL_SERVICE_ERROR
    status = HTTPStatus.INTERNAL_SERVER_ERROR if is_fault else HTTPStatus.BAD_REQUEST
    body = _encode({"__type": str(error.code), "message": error.message})
    return AwsAnswer(status, request_id, body)


def _encode(document: Document) -> bytes:
    return json.dumps(document, default=to_jsonable).encode("ascii")
