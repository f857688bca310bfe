"""AWS's protocols: a target and a body in, a status and a body out."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus

from marketplace_sandbox.core.calls.notes import note_unreadable
from marketplace_sandbox.core.faults.answer_faults import AnswerFault
from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.errors import (
    NO_ERROR_MODELS,
    ErrorCode,
    ServiceError,
    http_status_of,
)
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.signing import Sign
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.operations.usage_records import REQUEST_SIZE_BYTES_LIMIT
from marketplace_sandbox.core.perform_call import perform
from marketplace_sandbox.core.protocol.call import Call, Document
from marketplace_sandbox.core.protocol.excerpts import known_part
from marketplace_sandbox.core.protocol.model_shapes import OperationModel, StructureShape

_JSON_TYPE = "application/x-amz-json-"
CONTENT_TYPE = f"{_JSON_TYPE}1.1"
DEPTH_MAX = 64  # a limit of the sandbox; the requests of AWS's models are seven deep
TARGET_PREFIX = "AWSMPMeteringService."
_TARGET_SHOWN_LENGTH_MAX = 100
_EXPONENT_MAX = (
    300  # what a double holds: nobody means more, and exact arithmetic would choke on it
)

type Models = Mapping[Operation, OperationModel]


@dataclass(frozen=True, slots=True)
class Codec:
    """One of the protocols in which a service can be spoken to.

    Attributes:
        protocol: its name in AWS's models.
        headers: what every answer carries beside the id of the request; in AWS JSON, the version
            is the service's.
        read: decodes a body, or raises ServiceError.
        write: encodes a document of the given shape; without a shape, an error.
        error_type: what an error's `__type` says, of the target prefix and the error's name.

    """

    protocol: str
    headers: Mapping[str, str]
    read: Callable[[bytes], Document]
    write: Callable[[Document, StructureShape | None], bytes]
    error_type: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class AwsAnswer:
    """What goes back over the wire.

    Attributes:
        protocol_headers: the protocol's own.
        answer_fault: what happens to the answer on its way; the shell that sends it does that.

    """

    status: HTTPStatus
    request_id: str
    body: bytes
    protocol_headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": CONTENT_TYPE}
    )
    answer_fault: AnswerFault | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that an SDK looks at, in lower case."""
        return {**self.protocol_headers, "x-amzn-requestid": self.request_id}


@dataclass(frozen=True, slots=True)
class Request:
    """One request of an AWS SDK: the target as AWS JSON names it, the body, and who sent it."""

    target: str
    body: bytes
    caller: Caller


def answer_request(
    state: MarketplaceState,
    request: Request,
    models: Models,
    *,
    codec: Codec,
    now: datetime,
    entropy: bytes,
    sign: Sign | None = None,
) -> AwsAnswer:
    """Answer one request of an AWS SDK; never raises for anything that the caller sent."""
    request_id = str(uuid.UUID(bytes=entropy[:16], version=4))
    prefix, _, name = request.target.partition(".")
    try:
        model = _find_model(models, prefix, name, codec)
        document = codec.read(request.body)
    except ServiceError as error:
        shown = request.target.rpartition(".")[2][:_TARGET_SHOWN_LENGTH_MAX]
        note_unreadable(state, shown, error, at=now, caller=request.caller, request_id=request_id)
        return write_error(error, request_id, codec=codec, prefix=prefix)
    if len(request.body) < REQUEST_SIZE_BYTES_LIMIT:  # beyond it, nothing is kept of it anyway
        document = known_part(document, model.input_shape)
    call = Call(
        operation=Operation(name),
        document=document,
        size_bytes=len(request.body),
        at=now,
        request_id=request_id,
        caller=request.caller,
        entropy=entropy,
        sign=sign,
        input_shape=model.input_shape,
        errors=model.errors,
    )
    try:
        performed = perform(state, call)
    except ServiceError as error:
        return write_error(error, request_id, codec=codec, prefix=prefix, model=model)
    body = codec.write(performed.result, model.output_shape)
    headers = _headers_of(codec, model)
    return AwsAnswer(HTTPStatus.OK, request_id, body, headers, performed.answer_fault)


def write_error(
    error: ServiceError,
    request_id: str,
    *,
    codec: Codec,
    prefix: str = "",
    model: OperationModel | None = None,
) -> AwsAnswer:
    """Write AWS's envelope of an error, with what else its shape in the model says.

    The status is the model's. Where that has none, the service's own faults are 500, everything
    else is 400. Neither protocol names the error in a header (Smithy: AWS JSON 1.1, RPC v2 CBOR).
    """
    modeled = NO_ERROR_MODELS if model is None else model.errors
    status = http_status_of(error.code, modeled)
    document: dict[str, object] = {
        "__type": codec.error_type(prefix, str(error.code)),
        "message": error.message,
    }
    document |= error.members
    if error.code in modeled and "requestId" in modeled[error.code].members:
        document["requestId"] = request_id
    headers = _headers_of(codec, model)
    return AwsAnswer(status, request_id, codec.write(document, None), headers)


def to_jsonable(value: object) -> object:
    """Give `json` what it does not know: the exact numbers in which timestamps arrive.

    A float holds epoch seconds to the microsecond, which is all that an SDK's datetime can hold.
    """
    assert isinstance(value, Decimal)
    return int(value) if value == value.to_integral_value() else float(value)


def read_number(text: str) -> Decimal:
    """Read a number exactly; raise ValueError for what no double could hold."""
    number = Decimal(text)
    if abs(number.adjusted()) > _EXPONENT_MAX:
        raise ValueError(text[:_TARGET_SHOWN_LENGTH_MAX])
    return number


def nests_deeper(document: dict[str, object], depth_max: int) -> bool:
    """Tell whether a document of JSON nests deeper than so many levels."""
    level: list[dict[str, object] | list[object]] = [document]
    for _ in range(depth_max):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _headers_of(codec: Codec, model: OperationModel | None) -> Mapping[str, str]:
    """Return what an answer carries: AWS JSON in the version of the operation's service."""
    if codec.protocol != JSON.protocol or model is None:
        return codec.headers
    return {"content-type": f"{_JSON_TYPE}{model.json_version}"}


def _find_model(models: Models, prefix: str, name: str, codec: Codec) -> OperationModel:
    model = models.get(Operation(name)) if name in Operation else None
    if model is None or model.target_prefix != prefix or codec.protocol not in model.protocols:
        raise ServiceError(ErrorCode.UNKNOWN_OPERATION, "The sandbox does not know this operation.")
    return model


def _read_body(body: bytes) -> Document:
    try:
        text = body.decode("utf-8")
        document = json.loads(text, parse_float=read_number, parse_constant=_refuse_constant)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a JSON document.") from error
    if not isinstance(document, dict):
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a JSON object.")
    # What nests so deeply that whoever reads it later could run out of stack.
    if text.count("[") + text.count("{") > DEPTH_MAX and nests_deeper(document, DEPTH_MAX):
        detail = f"The body nests deeper than {DEPTH_MAX} levels."
        raise ServiceError(ErrorCode.SERIALIZATION, detail)
    return document


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _write_body(document: Document, _: StructureShape | None) -> bytes:
    return json.dumps(document, default=to_jsonable).encode("ascii")


JSON = Codec(
    protocol="json",
    headers={"content-type": CONTENT_TYPE},
    read=_read_body,
    write=_write_body,
    # Smithy, AWS JSON 1.1: the error's name alone, without its namespace.
    error_type=lambda _, name: name,
)
