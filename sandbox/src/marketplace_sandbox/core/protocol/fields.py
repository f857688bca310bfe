"""Reading fields of an AWS JSON document; null counts as absent, a wrong type fails the call."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.instants import parse_epoch_seconds


def read_text(document: Mapping[str, object], name: str) -> str | None:
    """Read an optional string."""
    value = document.get(name)
    if value is None or isinstance(value, str):
        return value
    raise _wrong_type(name, "a string")


def read_list(document: Mapping[str, object], name: str) -> Sequence[object] | None:
    """Read an optional list."""
    value = document.get(name)
    if value is None or isinstance(value, list):
        return value
    raise _wrong_type(name, "a list")


def read_time(document: Mapping[str, object], name: str) -> datetime | None:
    """Read an optional timestamp: epoch seconds, possibly fractional."""
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        instant = parse_epoch_seconds(value)
        if instant is not None:
            return instant
    raise _wrong_type(name, "a timestamp in epoch seconds")


def as_structure(value: object, name: str) -> dict[str, object]:
    """Insist that a member is a JSON object."""
    if isinstance(value, dict):
        return value
    raise _wrong_type(name, "a structure")


def require[T](value: T | None, name: str) -> T:
    """Insist that a member which the model calls required is there."""
    if value is None:
        raise ServiceError(
            ErrorCode.VALIDATION,
            f"1 validation error detected: Value null at '{name[:1].lower()}{name[1:]}' failed to "
            "satisfy constraint: Member must not be null",
        )
    return value


def _wrong_type(name: str, expected: str) -> ServiceError:
    return ServiceError(ErrorCode.SERIALIZATION, f"{name} must be {expected}.")
