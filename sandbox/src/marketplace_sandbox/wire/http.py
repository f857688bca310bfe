"""AWS's endpoints over HTTP: AWS JSON 1.1 at `POST /`, Smithy RPC v2 CBOR under `/service`.

All services answer at one URL. What the front door cannot make sense of is refused in AWS's own
envelope, and nothing is changed by it.
"""

import uuid

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from marketplace_sandbox.core.answer_request import JSON, AwsAnswer, Codec, write_error
from marketplace_sandbox.core.model.errors import ControlError, ErrorCode, ServiceError
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.wire import cbor
from marketplace_sandbox.wire.bodies import read_body
from marketplace_sandbox.wire.http_faults import respond

# AWS JSON 1.1 prescribes the last one. Programs without an SDK send the others, and mean the same.
_JSON_TYPES = frozenset(
    {"", "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.1"}
)


def aws_routes(marketplace: HostedMarketplace) -> list[Route]:
    """List the routes at which AWS SDKs find the services."""

    async def answer_json(request: Request) -> Response:
        try:
            _check_json(request)
            body = await _read_body(request)
        except ServiceError as error:
            return respond(_refuse(error, JSON))
        target = request.headers.get("x-amz-target", "")
        return respond(
            marketplace.answer(target, body, caller=marketplace.identify(_signature(request)))
        )

    async def answer_cbor(request: Request) -> Response:
        # Smithy: a service may be named with its namespace too, in front of a dot.
        service = request.path_params["service"].rpartition(".")[2]
        try:
            _check_rpc(request)
            body = await _read_body(request)
        except ServiceError as error:
            return respond(_refuse(error, cbor.CBOR, service))
        target = f"{service}.{request.path_params['operation']}"
        return respond(
            marketplace.answer_in(
                cbor.CBOR, target, body, caller=marketplace.identify(_signature(request))
            )
        )

    return [
        Route("/", answer_json, methods=["POST"]),
        Route("/service/{service}/operation/{operation}", answer_cbor, methods=["POST"]),
    ]


def _check_json(request: Request) -> None:
    if _media_type(request) not in _JSON_TYPES:
        raise ServiceError(ErrorCode.UNKNOWN_OPERATION, "The content type is none of AWS JSON's.")


def _check_rpc(request: Request) -> None:
    """Hold a request against the rules of Smithy RPC v2."""
    if request.headers.get(cbor.PROTOCOL_HEADER) != cbor.PROTOCOL:
        raise ServiceError(
            ErrorCode.UNKNOWN_OPERATION, f"{cbor.PROTOCOL_HEADER} is not {cbor.PROTOCOL}."
        )
    if _media_type(request) != cbor.CONTENT_TYPE:
        raise ServiceError(ErrorCode.SERIALIZATION, f"The content type is not {cbor.CONTENT_TYPE}.")
    if "x-amz-target" in request.headers or "x-amzn-target" in request.headers:
        # Smithy: to be refused for security reasons, as two front doors could read two operations.
        raise ServiceError(ErrorCode.SERIALIZATION, "An RPC v2 request has no target header.")


async def _read_body(request: Request) -> bytes:
    try:
        return await read_body(request)
    except ControlError as error:
        raise ServiceError(ErrorCode.REQUEST_TOO_LARGE, error.message) from error
    except ClientDisconnect as error:  # nobody is there to read this
        raise ServiceError(ErrorCode.SERIALIZATION, "The request is not complete.") from error


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _signature(request: Request) -> str:
    return request.headers.get("authorization", "")


def _refuse(error: ServiceError, codec: Codec, prefix: str = "") -> AwsAnswer:
    return write_error(error, str(uuid.uuid4()), codec=codec, prefix=prefix)
