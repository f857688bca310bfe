"""Smithy RPC v2 CBOR: the first in AWS's models of the entitlement service and the Agreement API.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html says how requests are addressed,
how shapes are encoded and how errors are written.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from math import isfinite

import cbor2

from marketplace_sandbox.core.answer_request import DEPTH_MAX, Codec, read_number, to_jsonable
from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import EPOCH_AT
from marketplace_sandbox.core.protocol.call import Document
from marketplace_sandbox.core.protocol.model_shapes import (
    ListShape,
    MapShape,
    NumberShape,
    Shape,
    StructureShape,
    TimeShape,
)

CONTENT_TYPE = "application/cbor"
PROTOCOL_HEADER = "smithy-protocol"
PROTOCOL = "rpc-v2-cbor"
_INTEGER_BITS_MAX = 64
_EPOCH_TAG = 1  # RFC 8949, 3.4.2
_MICROSECONDS_PER_SECOND = 10**6
# The namespaces of the services in AWS's Smithy models, which botocore's models leave out.
_NAMESPACES = {
    "AWSMPCommerceService_v20200301": "com.amazonaws.marketplaceagreement",
    "AWSMPEntitlementService": "com.amazonaws.marketplaceentitlementservice",
}


def read_document(body: bytes) -> Document:
    """Decode a request into what the same request in JSON would have been.

    Errors: SerializationException for what is no CBOR, no map, deeper than 64 or not expressible.
    """
    try:
        document = _to_plain(
            cbor2.loads(body, max_depth=DEPTH_MAX, semantic_decoders=_REFUSED_TAGS)
        )
    except (cbor2.CBORError, ValueError, ArithmeticError) as error:
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a CBOR document.") from error
    if not isinstance(document, dict):
        raise ServiceError(ErrorCode.SERIALIZATION, "The body is not a CBOR map.")
    return document


def write_document(document: Document, shape: StructureShape | None) -> bytes:
    """Encode an answer by its shape: timestamps are tagged, floating-point members are floats."""
    return cbor2.dumps(_to_cbor(document, shape))


def _refuse_tag(*_: object) -> object:
    raise ValueError("a shared value")


# Values that refer to each other: a few bytes could stand for a document without end.
_REFUSED_TAGS = {28: _refuse_tag, 29: _refuse_tag}


def _to_plain(value: object) -> object:
    """Turn CBOR's types into JSON's; the decoder has bounded the depth."""
    match value:
        case int() if value.bit_length() > _INTEGER_BITS_MAX:
            raise ValueError("an integer beyond all of Smithy's")
        case bool() | int() | str() | None:
            return value
        case float() | Decimal() if isfinite(value):
            return read_number(str(value))
        case datetime():
            microseconds = (value - EPOCH_AT) // (EPOCH_AT.resolution)
            return Decimal(microseconds) / _MICROSECONDS_PER_SECOND
        case list():
            return [_to_plain(item) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _to_plain(item) for key, item in value.items()}
        case _ if value is cbor2.undefined:
            return None  # the specification: servers read it as null
        case _:
            raise ValueError(type(value).__name__)


def _to_cbor(  # noqa: PLR0911 - one for each of the shapes that CBOR writes its own way
    value: object, shape: Shape | None
) -> object:
    match shape, value:
        case StructureShape(), Mapping():
            return {
                name: _to_cbor(item, shape.members.get(name))
                for name, item in value.items()
                if item is not None
            }
        case ListShape(), list():
            return [_to_cbor(item, shape.member) for item in value]
        case MapShape(), Mapping():
            return {key: _to_cbor(item, shape.value) for key, item in value.items()}
        case TimeShape(), (int() | Decimal()):
            return cbor2.CBORTag(_EPOCH_TAG, _to_number(value))
        case NumberShape(is_whole=False), (int() | float() | Decimal()):
            return float(value)
        case _, Decimal():
            return _to_number(value)
        case _, str():  # JSON can bring half a character into the catalogue, CBOR has none
            return value.encode("utf-8", "replace").decode("utf-8")
        case _:
            return value


def _to_number(value: int | Decimal) -> object:
    return value if isinstance(value, int) else to_jsonable(value)


def _error_type(prefix: str, name: str) -> str:
    """Name an error by its absolute shape id, as far as its service's namespace is known."""
    namespace = _NAMESPACES.get(prefix)
    return name if namespace is None else f"{namespace}#{name}"


CBOR = Codec(
    protocol="smithy-rpc-v2-cbor",
    headers={"content-type": CONTENT_TYPE, PROTOCOL_HEADER: PROTOCOL},
    read=read_document,
    write=write_document,
    error_type=_error_type,
)
