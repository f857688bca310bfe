"""JSON without surprises: exact numbers, no silent last-key-wins, no crash on hostile input."""

import json
from decimal import Decimal, InvalidOperation

DUPLICATE_KEY = "\x00duplicate"
"""Stands in an object whose text names a key twice, so that only that object is refused."""

# Longer integers cannot be quantities, and Python limits their conversion on purpose.
_INTEGER_DIGITS_MAX = 40


class JsonUnreadableError(ValueError):
    """A text is not JSON, or nested so deeply that nobody means it."""


def read_json(text: str) -> object:
    """Parse JSON: integers as int, other numbers as Decimal, never float.

    NaN, Infinity and numbers out of every range become Decimal NaN, which no quantity accepts,
    so that one hostile number does not take its neighbours along.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise JsonUnreadableError("the body is nested too deeply") from None
    except ValueError as error:
        raise JsonUnreadableError(f"the body is not JSON: {error}") from None


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
