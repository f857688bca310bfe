"""Holding a request against AWS's service model, in AWS's own words.

A wrong type is a SerializationException at once: AWS cannot read the request. Everything else that
the model forbids is counted and told in one ValidationException. Members that the model does not
know are ignored, and null counts as absent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import parse_epoch_seconds
from marketplace_sandbox.core.protocol.model_shapes import (
    FlagShape,
    ListShape,
    MapShape,
    NumberShape,
    OpaqueShape,
    Shape,
    StructureShape,
    TextShape,
    TimeShape,
)

# The model's bounds of these shapes are not the front door's business: the service itself refuses
# what breaks them, under a name of its own: InvalidTagException,
# InvalidUsageAllocationsException, InvalidCustomerIdentifierException, InvalidLicenseException.
LEFT_TO_THE_SERVICE = frozenset(
    {
        "CustomerAWSAccountId",
        "CustomerIdentifier",
        "LicenseArn",
        "Tag",
        "TagKey",
        "TagList",
        "TagValue",
        "UsageAllocations",
    }
)
DEPTH_MAX = 64  # of structures in structures, where a model is circular
VIOLATIONS_TOLD_MAX = 50
_VALUE_TOLD_LENGTH_MAX = 256
_SECRETS = frozenset({"registrationToken"})  # AWS leaves out the value of what is sensitive

type Place = tuple["Place | None", str]


@dataclass(slots=True)
class _Findings:
    """What breaks the model: how often, told as far as anybody reads, and the records concerned."""

    count: int = 0
    told: list[str] = field(default_factory=list)
    first_place: Place | None = None
    depth: int = 0

    def add(self, value: object, place: Place, constraint: str) -> None:
        """Note one violation."""
        self.count += 1
        self.first_place = self.first_place or place
        if len(self.told) < VIOLATIONS_TOLD_MAX:
            shown = "" if place[1] in _SECRETS else f"{_tell_value(value)} "
            where = ".".join(_labels(place))
            self.told.append(
                f"Value {shown}at '{where}' failed to satisfy constraint: {constraint}"
            )


def check_input(document: Mapping[str, object], shape: StructureShape) -> None:
    """Raise what AWS answers unless the document fits the input shape of its operation.

    Errors: SerializationException for a wrong type; ValidationException with the number of
    violations and each of them, as far as there are at most 50. The error names the usage record
    in which the first one lies: one bad decimal fails the whole call (`outcome.decimal`).
    """
    findings = _Findings()
    try:
        _check_structure(document, shape, None, findings)
    except ServiceError as error:
        raise ServiceError(
            error.code, error.detail, record=_record_at(document, findings.first_place)
        ) from error
    if findings.count:
        plural = "" if findings.count == 1 else "s"
        raise ServiceError(
            ErrorCode.VALIDATION,
            f"{findings.count} validation error{plural} detected: {'; '.join(findings.told)}",
            record=_record_at(document, findings.first_place),
        )


def _check(  # noqa: C901 - one line for each of the closed set of shapes
    value: object, shape: Shape, place: Place, findings: _Findings
) -> None:
    match shape:
        case TextShape():
            _check_text(value, shape, place, findings)
        case NumberShape():
            _check_number(value, shape, place, findings)
        case StructureShape():
            _check_structure(value, shape, place, findings)
        case ListShape():
            _check_list(value, shape, place, findings)
        case TimeShape():
            if not _is_time(value):
                raise _wrong_type(value, "Date", place, findings)
        case FlagShape():
            if not isinstance(value, bool):
                raise _wrong_type(value, "Boolean", place, findings)
        case MapShape():
            _check_map(value, shape, place, findings)
        case OpaqueShape():
            pass
        case _:
            assert_never(shape)


def _check_structure(
    value: object, shape: StructureShape, place: Place | None, findings: _Findings
) -> None:
    """Look for members that are required (`batch.required-members`, `entitlements.product`)."""
    if not isinstance(value, Mapping):
        raise _wrong_type(value, "Structure", place, findings)
    if findings.depth >= DEPTH_MAX:
        raise _wrong_type(value, "Structure", place, findings)
    findings.depth += 1
    for name, member in shape.members.items():
        held = value.get(name)
        if held is not None:
            _check(held, member, (place, shape.wire_names[name]), findings)
        elif name in shape.required and shape.name not in LEFT_TO_THE_SERVICE:
            findings.add(None, (place, shape.wire_names[name]), "Member must not be null")
    findings.depth -= 1


def _check_list(value: object, shape: ListShape, place: Place, findings: _Findings) -> None:
    """Count the items, such as the records of a call (`batch.records-max`)."""
    if not isinstance(value, list):
        raise _wrong_type(value, "List", place, findings)
    if shape.name not in LEFT_TO_THE_SERVICE:
        for constraint in _length_constraints(len(value), shape):
            findings.add(value, place, constraint)
    if shape.length_max is not None and len(value) > shape.length_max:
        return  # refused as it is: what it holds, and how much of it, is of no interest any more
    for position, item in enumerate(value, start=1):
        _check(item, shape.member, (place, f"{position}.member"), findings)


def _check_map(value: object, shape: MapShape, place: Place, findings: _Findings) -> None:
    if not isinstance(value, Mapping):
        raise _wrong_type(value, "Map", place, findings)
    for constraint in _length_constraints(len(value), shape):
        findings.add(value, place, constraint)
    for key, item in value.items():
        if isinstance(shape.key, TextShape):
            for constraint in _text_constraints(str(key), shape.key):
                findings.add(value, place, f"Map keys must satisfy constraint: [{constraint}]")
        _check(item, shape.value, (place, f"{key}.member"), findings)


def _check_text(value: object, shape: TextShape, place: Place, findings: _Findings) -> None:
    """Hold a text against length (`batch.dimension-length`), pattern and choices.

    Decimal quantities are texts with a pattern (`quantity.decimal-pattern`).
    """
    if not isinstance(value, str):
        raise _wrong_type(value, "String", place, findings)
    if shape.name in LEFT_TO_THE_SERVICE:
        return
    for constraint in _text_constraints(value, shape):
        findings.add(value, place, constraint)


def _text_constraints(value: str, shape: TextShape) -> list[str]:
    broken = _length_constraints(len(value), shape)
    if not broken and shape.pattern is not None and shape.pattern.fullmatch(value) is None:
        broken.append(f"Member must satisfy regular expression pattern: {shape.pattern_text}")
    if shape.choices and value not in shape.choices:
        broken.append(f"Member must satisfy enum value set: [{', '.join(shape.choices)}]")
    return broken


def _length_constraints(length: int, shape: TextShape | ListShape | MapShape) -> list[str]:
    broken = []
    if shape.length_max is not None and length > shape.length_max:
        broken.append(f"Member must have length less than or equal to {shape.length_max}")
    if shape.length_min is not None and length < shape.length_min:
        broken.append(f"Member must have length greater than or equal to {shape.length_min}")
    return broken


def _check_number(value: object, shape: NumberShape, place: Place, findings: _Findings) -> None:
    """Hold a number against its bounds, such as a quantity's (`quantity.whole-range`)."""
    is_number = isinstance(value, int) or (not shape.is_whole and isinstance(value, Decimal))
    if isinstance(value, bool) or not is_number:
        raise _wrong_type(value, "Integer" if shape.is_whole else "Double", place, findings)
    assert isinstance(value, int | Decimal)
    if shape.value_max is not None and value > shape.value_max:
        findings.add(
            value, place, f"Member must have value less than or equal to {shape.value_max}"
        )
    if shape.value_min is not None and value < shape.value_min:
        findings.add(
            value, place, f"Member must have value greater than or equal to {shape.value_min}"
        )


def _is_time(value: object) -> bool:
    return (
        isinstance(value, int | Decimal)
        and not isinstance(value, bool)
        and parse_epoch_seconds(value) is not None
    )


def _wrong_type(
    value: object, wanted: str, place: Place | None, findings: _Findings
) -> ServiceError:
    findings.first_place = place
    match value:
        case bool():
            found = f"{str(value).upper()}_VALUE"
        case int() | Decimal():
            found = "NUMBER_VALUE"
        case str():
            found = "STRING_VALUE"
        case None:
            found = "NULL_VALUE"
        case list():
            found = "LIST_VALUE"
        case _:
            found = "STRUCTURE_VALUE"
    return ServiceError(ErrorCode.SERIALIZATION, f"{found} cannot be converted to {wanted}")


def _record_at(document: Mapping[str, object], place: Place | None) -> Mapping[str, object] | None:
    """Find the usage record in which a place lies; None if it lies in none."""
    labels = _labels(place)
    items = document.get("UsageRecords")
    if len(labels) < 2 or labels[0] != "usageRecords" or not isinstance(items, list):  # noqa: PLR2004 - list and position
        return None
    item = items[int(labels[1].partition(".")[0]) - 1]
    return item if isinstance(item, dict) else None


def _labels(place: Place | None) -> list[str]:
    labels = []
    while place is not None:
        place, label = place
        labels.append(label)
    return labels[::-1]


def _tell_value(value: object) -> str:
    """Write a refused value, cut where nobody would read on."""
    if value is None:
        return "null"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    cut = "..." if len(text) > _VALUE_TOLD_LENGTH_MAX else ""
    return f"'{text[:_VALUE_TOLD_LENGTH_MAX]}{cut}'"
