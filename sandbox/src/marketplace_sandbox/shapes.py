"""What each operation takes and gives, from AWS's own model: as JSON, and as a tree of text."""

from collections.abc import Iterator, Mapping
from typing import Any

from marketplace_sandbox.aws_models import operation_models
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem
from marketplace_sandbox.core.protocol.model_shapes import (
    FlagShape,
    ListShape,
    MapShape,
    NumberShape,
    OpaqueShape,
    OperationModel,
    Shape,
    StructureShape,
    TextShape,
    TimeShape,
)

type JsonObject = dict[str, Any]

_INDENT = "  "
_FRONT_DOOR_ERRORS = (
    ("AccessDeniedException", "the caller may not call this operation"),
    ("ExpiredTokenException", "the credentials of something that was stopped"),
    ("InvalidSignatureException", "the service does not exist in the region of the signature"),
    ("RequestEntityTooLargeException", "the body is larger than the sandbox reads"),
    ("SerializationException", "the body cannot be read, or a member has the wrong type"),
    ("ThrottlingException", "more calls than the quota admits"),
    ("UnknownOperationException", "no such operation under this target or protocol"),
    ("ValidationException", "a member breaks what the model says of it"),
)


def describe_operations(name: str | None = None) -> JsonObject:
    """Describe one operation or all of them, and what all answers have in common.

    The name is AWS's, or the way in which an SDK or the aws CLI writes it. Raises ControlError if
    the sandbox does not perform it.
    """
    models = list(operation_models().values())
    if name is not None:
        models = [model for model in models if _plain(model.name) == _plain(name)]
        if not models:
            known = ", ".join(operation_models())
            raise ControlError(
                ControlProblem.NOT_FOUND,
                "OperationNotFound",
                f"there is no operation {name!r}; there are {known}",
            )
    return {
        "operations": [_describe_operation(model) for model in models],
        "every_answer": _describe_every_answer(),
    }


def write_shapes(document: Mapping[str, Any]) -> str:
    """Write a description as a tree: one member a line, marked with * if it is required."""
    lines: list[str] = []
    for operation in document["operations"]:
        lines += [f"{operation['name']} ({operation['service']})"]
        lines += [f"{_INDENT}target: {operation['target']}"]
        lines += [f"{_INDENT}protocols: {', '.join(operation['protocols'])}"]
        for side in ("input", "output"):
            lines += [f"{_INDENT}{side}: {operation[side]['shape']}"]
            lines += _write_members(operation[side], depth=2)
        lines += [f"{_INDENT}errors:"]
        lines += [f"{_INDENT * 2}{one['name']} ({one['status']})" for one in operation["errors"]]
        lines += [""]
    shared = document["every_answer"]
    lines += ["Common to all operations", f"{_INDENT}headers:"]
    lines += [f"{_INDENT * 2}{name}: {text}" for name, text in shared["headers"].items()]
    lines += [f"{_INDENT}error:"]
    lines += [f"{_INDENT * 2}{name}: {text}" for name, text in shared["error"].items()]
    lines += [f"{_INDENT}errors of every operation:"]
    lines += [f"{_INDENT * 2}{one['name']}: {one['means']}" for one in shared["errors"]]
    return "\n".join(lines) + "\n"


def _describe_operation(model: OperationModel) -> JsonObject:
    return {
        "name": model.name,
        "service": model.service,
        "target": f"{model.target_prefix}.{model.name}",
        "protocols": list(model.protocols),
        "input": _describe_shape(model.input_shape, ()),
        "output": _describe_shape(model.output_shape, ()),
        "errors": [
            {"name": name, "status": int(error.status)} for name, error in model.errors.items()
        ],
    }


def _describe_every_answer() -> JsonObject:
    return {
        "headers": {
            "x-amzn-requestid": "the id of the request, of every answer",
            "content-type": "application/x-amz-json-1.1 or 1.0, or application/cbor",
            "smithy-protocol": "rpc-v2-cbor, of answers in CBOR",
        },
        "error": {
            "__type": "the error's name; in CBOR with the namespace of its service",
            "message": "what is wrong",
        },
        "errors": [{"name": name, "means": means} for name, means in _FRONT_DOOR_ERRORS],
    }


def _describe_shape(shape: Shape, above: tuple[str, ...]) -> JsonObject:
    """Describe a shape; one that is inside itself is named and not opened again."""
    described: JsonObject = {"shape": shape.name, "type": _type_of(shape)}
    bounds = dict(_bounds_of(shape))
    if bounds:
        described["bounds"] = bounds
    if shape.name in above:
        return described
    inside = (*above, shape.name)
    match shape:
        case StructureShape():
            described["members"] = {
                name: _describe_shape(member, inside) | {"required": name in shape.required}
                for name, member in shape.members.items()
            }
        case ListShape():
            described["member"] = _describe_shape(shape.member, inside)
        case MapShape():
            described["key"] = _describe_shape(shape.key, inside)
            described["value"] = _describe_shape(shape.value, inside)
        case _:
            pass
    return described


def _type_of(shape: Shape) -> str:
    match shape:
        case TextShape():
            return "string"
        case NumberShape():
            return "integer" if shape.is_whole else "double"
        case OpaqueShape():
            return shape.kind
        case _:
            return _TYPES[type(shape)]


_TYPES: Mapping[type, str] = {
    FlagShape: "boolean",
    TimeShape: "timestamp",
    ListShape: "list",
    MapShape: "map",
    StructureShape: "structure",
}


def _bounds_of(shape: Shape) -> Iterator[tuple[str, object]]:
    match shape:
        case TextShape() | ListShape() | MapShape():
            found: dict[str, object] = {
                "length_min": shape.length_min,
                "length_max": shape.length_max,
            }
            if isinstance(shape, TextShape):
                found |= {"pattern": shape.pattern_text, "one_of": list(shape.choices) or None}
        case NumberShape():
            found = {"min": shape.value_min, "max": shape.value_max}
        case _:
            found = {}
    return ((name, value) for name, value in found.items() if value is not None)


def _write_members(described: Mapping[str, Any], *, depth: int) -> list[str]:
    lines: list[str] = []
    for name, member in described.get("members", {}).items():
        mark = "*" if member["required"] else ""
        lines += [f"{_INDENT * depth}{name}{mark}: {_write_type(member)}"]
        lines += _write_members(member, depth=depth + 1)
    for part in ("member", "key", "value"):
        if part in described:
            lines += [f"{_INDENT * depth}[{part}]: {_write_type(described[part])}"]
            lines += _write_members(described[part], depth=depth + 1)
    return lines


def _write_type(described: Mapping[str, Any]) -> str:
    bounds = described.get("bounds", {})
    told = [f"{name}={_write_bound(value)}" for name, value in bounds.items()]
    return " ".join([described["type"], *told])


def _write_bound(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
