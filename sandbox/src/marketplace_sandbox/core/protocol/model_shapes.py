"""AWS's service model as plain data: which members a document may hold, and within which bounds.

The model is the text that AWS's SDKs are built from. It is handed in as the dictionary that it is
on disk; loading it is no business of the core.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from marketplace_sandbox.core.model.errors import ErrorModel, ErrorModels

SHAPES_MAX = 2000  # a limit of the sandbox; the largest of AWS's models have about as many


@dataclass(frozen=True, slots=True)
class TextShape:
    """A string; the pattern has to match all of it, as AWS reads it."""

    name: str
    length_min: int | None = None
    length_max: int | None = None
    pattern_text: str | None = None
    pattern: re.Pattern[str] | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberShape:
    """An integer, or with `is_whole` False a floating-point number."""

    name: str
    is_whole: bool
    value_min: int | None = None
    value_max: int | None = None


@dataclass(frozen=True, slots=True)
class FlagShape:
    """A boolean."""

    name: str


@dataclass(frozen=True, slots=True)
class TimeShape:
    """A timestamp."""

    name: str


@dataclass(frozen=True, slots=True)
class OpaqueShape:
    """What no operation of the Marketplace uses today, such as a blob: taken as it comes."""

    name: str
    kind: str


@dataclass(slots=True)
class ListShape:
    """A list; the member is filled in after its own shape is known, for a model may be circular."""

    name: str
    length_min: int | None = None
    length_max: int | None = None
    member: "Shape" = field(default_factory=lambda: OpaqueShape("", "unknown"))


@dataclass(slots=True)
class MapShape:
    """A map from strings."""

    name: str
    length_min: int | None = None
    length_max: int | None = None
    key: "Shape" = field(default_factory=lambda: TextShape(""))
    value: "Shape" = field(default_factory=lambda: OpaqueShape("", "unknown"))


@dataclass(slots=True)
class StructureShape:
    """A structure; `wire_names` are the members' names inside AWS's messages."""

    name: str
    required: frozenset[str] = frozenset()
    members: dict[str, "Shape"] = field(default_factory=dict)
    wire_names: dict[str, str] = field(default_factory=dict)


type Shape = (
    TextShape
    | NumberShape
    | FlagShape
    | TimeShape
    | OpaqueShape
    | ListShape
    | MapShape
    | StructureShape
)


@dataclass(frozen=True, slots=True)
class OperationModel:
    """One operation: the service that it belongs to by its SDK name and its target prefix.

    Attributes:
        protocols: what its service can speak, AWS's favourite first.
        errors: those that the model lists for it, by name.
        json_version: of AWS JSON, in which its service answers.

    """

    name: str
    service: str
    target_prefix: str
    protocols: tuple[str, ...]
    input_shape: StructureShape
    output_shape: StructureShape
    errors: ErrorModels
    json_version: str


def compile_operations(
    description: Mapping[str, Any], *, service: str
) -> dict[str, OperationModel]:
    """Read the operations of one service out of its model, by name."""
    shapes = _compile_shapes(description["shapes"])
    metadata = description["metadata"]

    def structure(operation: Mapping[str, Any], side: str) -> StructureShape:
        found = shapes[operation[side]["shape"]] if side in operation else StructureShape("Unit")
        assert isinstance(found, StructureShape), "an operation takes and gives structures"
        return found

    return {
        name: OperationModel(
            name=name,
            service=service,
            target_prefix=metadata["targetPrefix"],
            protocols=tuple(metadata.get("protocols", (metadata["protocol"],))),
            input_shape=structure(operation, "input"),
            output_shape=structure(operation, "output"),
            errors={
                error["shape"]: _compile_error(description["shapes"][error["shape"]])
                for error in operation.get("errors", ())
            },
            json_version=metadata["jsonVersion"],
        )
        for name, operation in description["operations"].items()
    }


def _compile_error(shape: Mapping[str, Any]) -> ErrorModel:
    """Read an error: where the model names no status, it is 500 or 400."""
    usual = HTTPStatus.INTERNAL_SERVER_ERROR if shape.get("fault") else HTTPStatus.BAD_REQUEST
    status = shape.get("error", {}).get("httpStatusCode", usual)
    return ErrorModel(HTTPStatus(status), frozenset(shape.get("members", ())))


def _compile_shapes(descriptions: Mapping[str, Mapping[str, Any]]) -> dict[str, Shape]:
    """Make each shape once, then join them: circles in the model become circles here."""
    assert len(descriptions) <= SHAPES_MAX, "a model of a service has a bounded number of shapes"
    shapes = {name: _compile_alone(name, shape) for name, shape in descriptions.items()}
    for name, description in descriptions.items():
        match shapes[name]:
            case ListShape() as shape:
                shape.member = shapes[description["member"]["shape"]]
            case MapShape() as shape:
                shape.key = shapes[description["key"]["shape"]]
                shape.value = shapes[description["value"]["shape"]]
            case StructureShape() as shape:
                for member, target in description.get("members", {}).items():
                    shape.members[member] = shapes[target["shape"]]
                    shape.wire_names[member] = member[:1].lower() + member[1:]
            case _:
                pass
    return shapes


def _compile_alone(  # noqa: PLR0911 - one for each of the types of a model
    name: str, shape: Mapping[str, Any]
) -> Shape:
    low, high = shape.get("min"), shape.get("max")
    match shape["type"]:
        case "string" | "character":
            text = shape.get("pattern")
            return TextShape(name, low, high, text, _compile_pattern(text), _choices(shape))
        case "integer" | "long" | "short" | "byte":
            return NumberShape(name, True, low, high)  # noqa: FBT003 - the field says what it is
        case "double" | "float" | "bigdecimal":
            return NumberShape(name, False, low, high)  # noqa: FBT003 - the field says what it is
        case "boolean":
            return FlagShape(name)
        case "timestamp":
            return TimeShape(name)
        case "list":
            return ListShape(name, low, high)
        case "map":
            return MapShape(name, low, high)
        case "structure":
            return StructureShape(name, frozenset(shape.get("required", ())))
        case kind:
            return OpaqueShape(name, kind)


def _choices(shape: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(shape.get("enum", ()))


def _compile_pattern(text: str | None) -> re.Pattern[str] | None:
    """Compile a pattern; None if it is written in a dialect that Python does not read.

    What cannot be read is not checked: refusing what AWS takes would be worse than the opposite.
    """
    if text is None:
        return None
    try:
        return re.compile(text, re.ASCII)
    except re.error:
        return None
