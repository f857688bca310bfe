"""One call of the API, as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.core.model.callers import Caller
from marketplace_sandbox.core.model.errors import NO_ERROR_MODELS, ErrorModels
from marketplace_sandbox.core.model.operation import Operation
from marketplace_sandbox.core.model.signing import Sign
from marketplace_sandbox.core.protocol.model_shapes import StructureShape

type Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived, when it did, from whom, and the id that AWS gave the request.

    Attributes:
        sign: signs what RegisterUsage answers; no other operation needs it.
        input_shape: what AWS's model says of the document; without it, nothing is held against it.
        errors: what the model says of the operation's errors.

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
    errors: ErrorModels = NO_ERROR_MODELS
