"""What of a request is worth remembering: nothing that no model knows, and of nothing too much.

The log of calls keeps thousands of entries for as long as the sandbox runs. Whatever a caller
sends, an entry must stay small, and hold no secret under a name that nobody expected.
"""

import json
from collections.abc import Mapping
from decimal import Decimal

from marketplace_sandbox.core.protocol.model_shapes import (
    ListShape,
    MapShape,
    Shape,
    StructureShape,
)

TEXT_KEPT_LENGTH_MAX = 256  # a dimension has at most 255 characters, a usual ARN about 100
RECORD_CHARACTERS_MAX = 4_096
MESSAGE_KEPT_LENGTH_MAX = 2_000


def known_part(document: Mapping[str, object], shape: StructureShape) -> dict[str, object]:
    """Return a document without the members that its shape does not have: AWS ignores them.

    Where a list or a structure stands in the place of something else, it is emptied: what kind of
    value was sent is all that AWS says about it.
    """
    return {
        name: _known(value, shape.members[name])
        for name, value in document.items()
        if name in shape.members
    }


def cut(text: str) -> str:
    """Return as much of a text as an entry holds."""
    return text[:TEXT_KEPT_LENGTH_MAX]


def cut_message(text: str) -> str:
    """Return as much of an error's message as an entry holds; the caller was told all of it."""
    if len(text) <= MESSAGE_KEPT_LENGTH_MAX:
        return text
    return f"{text[:MESSAGE_KEPT_LENGTH_MAX]}..."


def excerpt(record: Mapping[str, object]) -> dict[str, object]:
    """Return what the list of refusals holds of a usage record of known members.

    Texts are cut. Where that is still too much, lists are left out: the log of calls may have them.
    """
    plain = {name: value for name, value in record.items() if not isinstance(value, list | Mapping)}
    short = {name: _cut(value) for name, value in plain.items()}
    if len(short) < len(record) and _is_small(record):
        return {name: short.get(name, value) for name, value in record.items()}
    return short


def _known(value: object, shape: Shape) -> object:
    match value, shape:
        case Mapping(), StructureShape():
            return known_part(value, shape)
        case list(), ListShape():
            return [_known(item, shape.member) for item in value]
        case Mapping(), MapShape():
            return {key: _known(item, shape.value) for key, item in value.items()}
        case Mapping(), _:
            return {}
        case list(), _:
            return []
        case _:
            return value


def _cut(value: object) -> object:
    match value:
        case str():
            return cut(value)
        case Decimal() if len(text := str(value)) > TEXT_KEPT_LENGTH_MAX:
            return cut(text)
        case _:
            return value


def _is_small(record: Mapping[str, object]) -> bool:
    return len(json.dumps(record, default=str)) <= RECORD_CHARACTERS_MAX
