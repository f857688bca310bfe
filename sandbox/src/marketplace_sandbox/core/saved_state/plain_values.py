"""Single values as JSON and back, exactly: what a state file is written with.

pydantic would write most of this too, but not all of it exactly: keys that are no texts, numbers in
documents of which no type is known, bounded deques, and the half characters that JSON lets a caller
send and that a refused record therefore holds.
"""
# ruff: noqa: ANN401 - values of every type pass through here

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, cast

# Deeper documents are cut off: reading them back could exhaust the stack.
DEPTH_MAX = 100
_MICROSECOND = timedelta(microseconds=1)
_MARK = "$"


class UnreadableError(Exception):
    """What was read is not what was written; `path` names the place."""

    def __init__(self, reason: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(path)}: {reason}" if path else reason)
        self.reason = reason
        self.path = path

    def under(self, name: str) -> "UnreadableError":
        """Return the same error, seen from one level higher."""
        return UnreadableError(self.reason, (name, *self.path))


@dataclass(frozen=True, slots=True)
class ValueForm:
    """How the values of one type are written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _as_is(value: Any) -> Any:
    return value


def _read_exactly(*kinds: type) -> Callable[[Any], Any]:
    names = " or ".join(kind.__name__ for kind in kinds)

    def read(raw: Any) -> Any:
        if type(raw) not in kinds:
            raise UnreadableError(f"{type(raw).__name__} in place of {names}")
        return raw

    return read


_read_text = cast("Callable[[Any], str]", _read_exactly(str))
_read_whole = cast("Callable[[Any], int]", _read_exactly(int))


def _read_decimal(raw: Any) -> Decimal:
    try:
        return Decimal(_read_text(raw))
    except InvalidOperation as error:
        raise UnreadableError("not a decimal number") from error


def _read_instant(raw: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(_read_text(raw))
    except ValueError as error:
        raise UnreadableError("not a time") from error
    if instant.tzinfo is None:
        raise UnreadableError("a time without an offset from UTC")
    return instant


def _read_duration(raw: Any) -> timedelta:
    try:
        return _read_whole(raw) * _MICROSECOND
    except OverflowError as error:
        raise UnreadableError("too long a time") from error


def _read_bytes(raw: Any) -> bytes:
    try:
        return base64.b64decode(_read_text(raw), validate=True)
    except ValueError as error:
        raise UnreadableError("not base64") from error


VALUE_FORMS: Mapping[type, ValueForm] = {
    str: ValueForm(_as_is, _read_text),
    int: ValueForm(_as_is, _read_whole),
    bool: ValueForm(_as_is, _read_exactly(bool)),
    float: ValueForm(_as_is, _read_exactly(float, int)),
    type(None): ValueForm(_as_is, _read_exactly(type(None))),
    Decimal: ValueForm(str, _read_decimal),
    datetime: ValueForm(datetime.isoformat, _read_instant),
    timedelta: ValueForm(lambda value: value // _MICROSECOND, _read_duration),
    bytes: ValueForm(lambda value: base64.b64encode(value).decode("ascii"), _read_bytes),
}


def enum_form(kind: type[Enum]) -> ValueForm:
    """Return the form of an enumeration: its members' values, as a table looks them up fastest."""
    members = {member.value: member for member in kind}

    def read(raw: Any) -> Enum:
        try:
            return members[raw]
        except (KeyError, TypeError) as error:
            raise UnreadableError(f"{raw!r} is no {kind.__name__}") from error

    return ValueForm(lambda member: member.value, read)


def scalar_union_form(kinds: tuple[type, ...]) -> ValueForm:
    """Return the form of what JSON tells apart by itself: texts, numbers, truth values, null."""
    return ValueForm(_as_is, _read_exactly(*kinds))


def _write_document(value: Any, depth: int = 0) -> Any:
    """Write a value of no known type: what JSON has no word for is marked with its name."""
    if depth > DEPTH_MAX:
        return {f"{_MARK}cut": True}
    match value:
        case None | str() | bool() | int() | float():
            return value
        case list():
            return [_write_document(item, depth + 1) for item in value]
        case tuple():
            return {f"{_MARK}tuple": [_write_document(item, depth + 1) for item in value]}
        case Mapping():
            return _write_mapping(value, depth)
        case Decimal() | datetime() | timedelta() | bytes():
            kind = next(one for one in _MARKED if isinstance(value, one))
            return {f"{_MARK}{kind.__name__}": VALUE_FORMS[kind].write(value)}
        case _:
            raise TypeError(f"a document cannot hold a {type(value).__name__}")


_MARKED = (Decimal, datetime, timedelta, bytes)


def _write_mapping(value: Mapping[Any, Any], depth: int) -> Any:
    if all(type(key) is str and not key.startswith(_MARK) for key in value):
        return {key: _write_document(item, depth + 1) for key, item in value.items()}
    pairs = [
        [_write_document(key, depth + 1), _write_document(item, depth + 1)]
        for key, item in value.items()
    ]
    return {f"{_MARK}dict": pairs}


def _read_document(raw: Any) -> Any:
    match raw:
        case list():
            return [_read_document(item) for item in raw]
        case dict():
            mark = next(iter(raw), "")
            if mark.startswith(_MARK):
                return _read_marked(mark.removeprefix(_MARK), raw[mark])
            return {key: _read_document(item) for key, item in raw.items()}
        case _:
            return raw


def _read_marked(name: str, raw: Any) -> Any:
    match name, raw:
        case "tuple", list():
            return tuple(_read_document(item) for item in raw)
        case "dict", list():
            return {_read_document(key): _read_document(item) for key, item in raw}
        case "cut", True:
            return None
        case _:
            kind = next((one for one in _MARKED if one.__name__ == name), None)
            if kind is None:
                raise UnreadableError(f"unknown mark {name!r}")
            return VALUE_FORMS[kind].read(raw)


DOCUMENT_FORM = ValueForm(_write_document, _read_document)
