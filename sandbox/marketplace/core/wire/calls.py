"""One call of the API, as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.marketplace.core.metering.callers import Caller
from sandbox.marketplace.core.metering.signing import Sign
from sandbox.marketplace.core.mishaps.faults import Operation
from sandbox.marketplace.core.wire.model_shapes import StructureShape

type Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived, when it did, from whom, and the id that AWS gave the request.

    Attributes:
        sign: signs what RegisterUsage answers; no other operation needs it.
        input_shape: what AWS's model says of the document; without it, nothing is held against it.

    """

    operation: Operation
    document: Document
    size_bytes: int
    at: datetime
    request_id: str
    caller: Caller
    entropy: bytes
    sign: Sign | None = None
    input_shape: StructureShape | None = None
