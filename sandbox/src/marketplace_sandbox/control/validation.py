"""What is wrong with a command, in one sentence that names the field."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

_NAME_SHOWN_LENGTH_MAX = 60
_NAME_COMPARED_LENGTH_MAX = 200
_NAME_TOLD_LENGTH_MIN = 4  # shorter ones stand in too many longer names
_MESSAGE_LENGTH_MAX = 300
_PLACES = frozenset({"body", "query", "path", "header"})
_TYPES_TRIED = frozenset({"str", "int", "float", "bool"})
# pydantic's kinds of errors in our words; what is not here is said in pydantic's.
_SENTENCES = {
    "missing": "{field} is required",
    "value_error": "{field} {error}",
    "enum": "{field} must be one of {expected}",
    "string_type": "{field} must be a string of printable characters",
    "string_unicode": "{field} must be a string of printable characters",
    "string_too_long": "{field} must have at most {max_length} characters",
    "int_type": "{field} must be a whole number",
    "bool_type": "{field} must be true or false",
    "tuple_type": "{field} must be a list",
    "too_long": "{field} must have at most {max_length} entries",
    "greater_than_equal": "{field} must be at least {ge}",
    "less_than_equal": "{field} must be at most {le}",
}
# What a field that takes several types can be, in the order in which they are tried.
_WORDS_BY_TYPE = {
    "bool_type": "true, false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a string of printable characters",
}


def describe_first(errors: Sequence[Mapping[str, Any]]) -> str:
    """Say what is wrong with the first field that is; `errors` are pydantic's, at least one."""
    error = errors[0]
    if error["type"] == "unknown_field":
        return tell_unknown_field(*_path_of(error), **error["ctx"])[:_MESSAGE_LENGTH_MAX]
    field = _field_of(error)
    tried = [one["type"] for one in errors if _field_of(one) == field]
    if len(tried) > 1 and set(tried) <= _WORDS_BY_TYPE.keys():
        words = [_WORDS_BY_TYPE[one] for one in tried]
        return f"{field} must be {', '.join(words[:-1])} or {words[-1]}"
    sentence = _SENTENCES.get(error["type"])
    if sentence is None:
        return f"{field}: {error['msg']}"[:_MESSAGE_LENGTH_MAX]
    return sentence.format(field=field, **error.get("ctx", {}))[:_MESSAGE_LENGTH_MAX]


def tell_unknown_field(*path: str, name: str, known: Collection[str]) -> str:
    """Say that there is no such field, and which one may be meant or which ones there are.

    `path` leads to the object that was to have it.
    """
    shown = ".".join((*path, name))[:_NAME_SHOWN_LENGTH_MAX]
    meant = find_nearest(name, known)
    if meant is not None:
        return f"unknown field '{shown}': did you mean '{meant}'?"
    return f"unknown field '{shown}': it takes {', '.join(known) or 'no fields'}"


def find_nearest(name: str, known: Collection[str]) -> str | None:
    """Find what was most likely meant: what is spelled much like it, or a longer name of it."""
    name = name[:_NAME_COMPARED_LENGTH_MAX]
    near = difflib.get_close_matches(name, known, n=1)
    longer = (one for one in known if len(name) >= _NAME_TOLD_LENGTH_MIN and name in one)
    return next(iter(near), None) or next(longer, None)


def _field_of(error: Mapping[str, Any]) -> str:
    return ".".join(_path_of(error))[:_NAME_SHOWN_LENGTH_MAX] or "the body"


def _path_of(error: Mapping[str, Any]) -> list[str]:
    return [str(part) for part in error["loc"] if part not in _PLACES and not _is_branch(part)]


def _is_branch(part: object) -> bool:
    """Tell whether a part of the path names a type that was tried, and no field."""
    return isinstance(part, str) and (part[:1].isupper() or "[" in part or part in _TYPES_TRIED)
