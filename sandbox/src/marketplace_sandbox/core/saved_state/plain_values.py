"""Single values as JSON and back, exactly: what a state file is written with.

Neither pydantic nor cattrs writes all of it exactly (docs/state-file.md): keys that are no texts,
numbers in documents of which no type is known, bounded deques, and the half characters that JSON
lets a caller send and that a refused record therefore holds.
"""
# ruff: noqa: ANN401 - values of every type pass through here

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

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


def read_under(name: str, read: Callable[[Any], Any], raw: Any) -> Any:
    """Read a part of something; an error then says which part it was."""
    try:
        return read(raw)
    except UnreadableError as error:
        raise UnreadableError(error.reason, (name, *error.path)) from error


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of one type are written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def exact_form(*kinds: type) -> Form:
    """Return the form of what JSON tells apart by itself: texts, numbers, truth values."""
    names = " or ".join(kind.__name__ for kind in kinds)

    def read(raw: Any) -> Any:
        if type(raw) not in kinds:
            raise UnreadableError(f"{type(raw).__name__} in place of {names}")
        return raw

    return Form(_as_is, read)


def enum_form(kind: type[Enum]) -> Form:
    """Return the form of an enumeration: its members' values, as a table looks them up fastest."""
    members = {member.value: member for member in kind}

    def read(raw: Any) -> Any:
        try:
            return members[raw]
        except (KeyError, TypeError) as error:
            raise UnreadableError(f"{raw!r} is no {kind.__name__}") from error

    return Form(lambda member: member.value, read)


def _as_is(value: Any) -> Any:
    return value


def _parsed_form(
    written_as: Form, write: Callable[[Any], Any], parse: Callable[[Any], Any], wrong: str
) -> Form:
    """Return the form of what is written as a text or a number, and says so where it is none."""

    def read(raw: Any) -> Any:
        value = written_as.read(raw)
        try:
            return parse(value)
        except (ArithmeticError, ValueError) as error:
            raise UnreadableError(wrong) from error

    return Form(write, read)


def _parse_instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("without an offset from UTC")
    return instant


_TEXT, _WHOLE = exact_form(str), exact_form(int)
VALUE_FORMS: Mapping[type, Form] = {
    str: _TEXT,
    int: _WHOLE,
    bool: exact_form(bool),
    Decimal: _parsed_form(_TEXT, str, Decimal, "not a decimal number"),
    datetime: _parsed_form(
        _TEXT, datetime.isoformat, _parse_instant, "not a time with an offset from UTC"
    ),
    timedelta: _parsed_form(
        _WHOLE,
        lambda value: value // _MICROSECOND,
        lambda number: number * _MICROSECOND,
        "too long a time",
    ),
    bytes: _parsed_form(
        _TEXT,
        lambda value: base64.b64encode(value).decode("ascii"),
        lambda text: base64.b64decode(text, validate=True),
        "not base64",
    ),
}


_KIND_BY_MARK = {f"{_MARK}{kind.__name__}": kind for kind in (Decimal, datetime, timedelta, bytes)}


def _write_document(value: Any, depth: int = 0) -> Any:
    """Write a value of no known type: what JSON has no word for is marked with its name."""
    if depth > DEPTH_MAX:
        return {f"{_MARK}cut": True}
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        items = [_write_document(item, depth + 1) for item in value]
        return items if isinstance(value, list) else {f"{_MARK}tuple": items}
    if isinstance(value, Mapping):
        pairs = [(key, _write_document(item, depth + 1)) for key, item in value.items()]
        if all(type(key) is str and not key.startswith(_MARK) for key in value):
            return dict(pairs)
        return {f"{_MARK}dict": [[_write_document(key, depth + 1), item] for key, item in pairs]}
    for mark, kind in _KIND_BY_MARK.items():
        if isinstance(value, kind):
            return {mark: VALUE_FORMS[kind].write(value)}
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def _read_document(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_read_document(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    mark = next(iter(raw), "")
    if mark.startswith(_MARK):
        return _read_marked(mark, raw[mark])
    return {key: _read_document(item) for key, item in raw.items()}


def _read_marked(mark: str, raw: Any) -> Any:
    match mark, raw:
        case "$tuple", list():
            return tuple(_read_document(item) for item in raw)
        case "$dict", list():
            return {_read_document(key): _read_document(item) for key, item in raw}
        case "$cut", True:
            return None
        case _ if mark in _KIND_BY_MARK:
            return VALUE_FORMS[_KIND_BY_MARK[mark]].read(raw)
        case _:
            raise UnreadableError(f"unknown mark {mark.removeprefix(_MARK)!r}")


DOCUMENT_FORM = Form(_write_document, _read_document)
