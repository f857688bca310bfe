"""JSON without surprises: exact numbers, no silent last-key-wins, no crash on hostile input."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from meterhouse.errors import UnreadableError

DUPLICATE_KEY = "\x00duplicate"
"""Stands in an object whose text names a key twice, so that only that object is refused."""

NOT_JSON = "not_json"
DUPLICATE_FIELD = "duplicate_field"

# Longer integers cannot be quantities, and Python limits their conversion on purpose.
_INTEGER_DIGITS_MAX = 40
# What is nested deeper is shown as the text that it came as: reading it is one thing, and writing
# it again another.
_SHOWN_DEPTH_MAX = 50
# The one name of such a body, whether it is spelt with escapes or without; an array has none.
_EVENTS_BEGIN = re.compile(r'\s*(?:\{\s*"(?:[^"\\]|\\.)*+"\s*:\s*)?\[')
_OBJECT_BEGIN = re.compile(r"\s*\{")
_TEXT_OR_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{},]')
_WHITE_SPACE = " \t\n\r"
_DIGEST_LENGTH = 32


def read_json(text: str) -> object:
    """Parse JSON: integers as int, other numbers as Decimal, never float.

    NaN, Infinity and numbers out of every range become Decimal NaN, which no quantity accepts,
    so that one hostile number does not take its neighbours along.
    """
    body = text.strip(_WHITE_SPACE)
    try:
        value, end = _DECODER.raw_decode(body)
        if end == len(body):
            return value
    except (RecursionError, ValueError):
        pass
    return _read_slowly(text)


def _read_slowly(text: str) -> object:
    """Read what is probably not JSON as the library does, which says where it is wrong."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise UnreadableError(NOT_JSON, "the body is nested too deeply") from None
    except ValueError as error:
        raise UnreadableError(NOT_JSON, f"the body is not JSON: {error}") from None


def is_whole(value: object) -> bool:
    """Tell whether what was read still says everything that was written, and can be written again.

    A name that is given twice, a number out of every range and deep nesting do not survive.
    """
    left = [(value, 0)]
    while left:
        node, depth = left.pop()
        members: list[object] = []
        match node:
            case dict():
                if DUPLICATE_KEY in node:
                    return False
                members = [*node.values()]
            case list():
                members = node
            case Decimal() if not node.is_finite():
                return False
            case _:
                continue
        if depth == _SHOWN_DEPTH_MAX:
            return False
        left += [(member, depth + 1) for member in members]
    return True


@lru_cache(maxsize=1)
def event_texts(body: str) -> tuple[str, ...]:
    """Return the text of each event of `{"events": [...]}` or `[...]`, which was read before."""
    return tuple(_member_texts(body, _EVENTS_BEGIN))


def member_text(body: str, name: str) -> str:
    """Return the text of a member of the object that a body holds; both were read before."""
    for member in _member_texts(body, _OBJECT_BEGIN):
        key, end = _DECODER.raw_decode(member)
        if key == name:
            return member[end:].lstrip(_WHITE_SPACE + ":")
    raise AssertionError(name)


def _member_texts(body: str, before: re.Pattern[str]) -> Iterator[str]:
    """Yield the texts of members, without reading them: what can just be read once, cannot twice.

    How deep a text may be nested depends on what is on the stack already.
    """
    begin = before.match(body)
    assert begin is not None
    start, depth = begin.end(), 0
    for mark in _TEXT_OR_MARK.finditer(body, start):
        match mark[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "," if not depth:
                yield body[start : mark.start()].strip(_WHITE_SPACE)
                start = mark.end()
            case _:
                continue
        if depth < 0:
            last = body[start : mark.start()].strip(_WHITE_SPACE)
            yield from [last] if last else []
            return


def _read_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def _read_integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _INTEGER_DIGITS_MAX else Decimal("NaN")


def _read_constant(_name: str) -> Decimal:
    return Decimal("NaN")


def _read_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        members[DUPLICATE_KEY] = True
    return members


_DECODER = json.JSONDecoder(
    parse_float=_read_number,
    parse_int=_read_integer,
    parse_constant=_read_constant,
    object_pairs_hook=_read_object,
)


def digest_of(said: Sequence[object]) -> str:
    """Return a name for what is said: the same for the same, and for nothing else."""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:_DIGEST_LENGTH]
