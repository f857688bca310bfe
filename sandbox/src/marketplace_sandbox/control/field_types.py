"""The types of a command's fields: strict, limited, and what the core takes."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StrictFloat,
    StrictInt,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from marketplace_sandbox.core.model.durations import DURATION, DURATION_LENGTH_MAX, parse_duration
from marketplace_sandbox.core.model.instants import parse_iso

TEXT_LENGTH_MAX = 2048  # what the longest text, an address, may have; the core knows the others
LIST_LENGTH_MAX = 1000  # a limit of the sandbox
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


class Command(BaseModel):
    """A request's body, or its query: in either an unknown field is an error.

    `OTHER_NAMES` are taken for fields too: what answers call them, or what they were called once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    OTHER_NAMES: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, said: object) -> object:
        """Turn other names into the fields' own, and refuse a field that there is not."""
        if not isinstance(said, Mapping):
            return said
        read: dict[str, object] = {}
        for name, value in said.items():
            field = cls.OTHER_NAMES.get(name, name)
            if field not in cls.model_fields:
                # Escaped, since pydantic cannot tell of a name that UTF-8 cannot hold.
                told = {"name": ascii(name)[1:-1], "known": tuple(cls.model_fields)}
                raise PydanticCustomError("unknown_field", "unknown field", told)
            if field in read:
                raise ValueError(f"says {field} under two names")
            read[field] = value
        return read

    def to_core(self) -> object:
        """Return what the core calls it."""
        return self

    def said(self) -> dict[str, Any]:
        """Return the value of each field, with its parts as the core calls them."""
        return {name: _to_core(getattr(self, name)) for name in type(self).model_fields}


class ProductQuery(Command):
    """What is to be shown: all, or what is of one product."""

    product_code: Annotated[
        str | None, Field(description="Of this product only.", max_length=TEXT_LENGTH_MAX)
    ] = None

    def among[T](
        self, things: Iterable[T], code_of: Callable[[T], str] = attrgetter("product_code")
    ) -> list[T]:
        """List those that are to be shown."""
        return [one for one in things if self.product_code in {None, code_of(one)}]


def _to_core(value: object) -> object:
    match value:
        case Command():
            return value.to_core()
        case tuple():
            return tuple(_to_core(one) for one in value)
        case _:
            return value


def _check_printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be a string of printable characters")
    return text


def _read_instant(value: object) -> object:
    instant = parse_iso(value) if isinstance(value, str) else value
    if not isinstance(instant, datetime):
        # A TypeError would not become an answer: pydantic makes one of a ValueError only.
        raise ValueError(  # noqa: TRY004 - see above
            "must be an ISO 8601 time with an offset, like 2026-11-22T18:00:00Z"
        )
    return instant


def _read_amount(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or _AMOUNT.fullmatch(value) is None:
        raise ValueError("must be a decimal number such as 0.002, not negative")
    return Decimal(value)


def _read_duration(value: str) -> timedelta | None:
    duration = parse_duration(value.removeprefix("-"))
    return -duration if duration is not None and value.startswith("-") else duration


def _read_seconds(value: object) -> object:
    if isinstance(value, int):
        return value
    duration = _read_duration(value) if isinstance(value, str) else None
    if duration is None:
        raise ValueError("must be a whole number of seconds, or a duration like 90m, 36h or 1d12h")
    return duration // _SECOND


def _read_days(value: object) -> object:
    if isinstance(value, int):
        return value
    duration = _read_duration(value) if isinstance(value, str) else None
    if duration is None or duration % _DAY:
        raise ValueError("must be a whole number of days, or a duration of whole days like 30d")
    return duration // _DAY


def _read_delay(value: object) -> Decimal:
    duration = _read_duration(value) if isinstance(value, str) else None
    if duration is not None:
        return Decimal(duration // _SECOND)
    try:
        return _read_amount(value)
    except ValueError as error:
        raise ValueError("must be a number of seconds like 1.5, or a duration like 90s") from error


Text = Annotated[str, Strict(), Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_check_printable)]
Whole = Annotated[int, Strict()]
Truth = StrictBool
Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
_AMOUNT_SCHEMAS = [
    {"type": "string", "pattern": rf"^{_AMOUNT.pattern}$"},
    {"type": "number", "minimum": 0},
]
_DURATION_SCHEMA = {
    "type": "string",
    "pattern": rf"^-?({DURATION.pattern})+$",
    "maxLength": DURATION_LENGTH_MAX,
}
Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    WithJsonSchema({"anyOf": _AMOUNT_SCHEMAS, "description": "Exact as a string."}),
]
Seconds = Annotated[
    int,
    Strict(),
    BeforeValidator(_read_seconds),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, _DURATION_SCHEMA],
            "description": "Seconds, or a duration such as 90m, 36h or 1d12h.",
        }
    ),
]
Days = Annotated[
    int,
    Strict(),
    BeforeValidator(_read_days),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, _DURATION_SCHEMA],
            "description": "Days, or a duration of whole days such as 30d.",
        }
    ),
]
Delay = Annotated[
    Decimal,
    BeforeValidator(_read_delay),
    WithJsonSchema(
        {
            "anyOf": [*_AMOUNT_SCHEMAS, _DURATION_SCHEMA],
            "description": "Seconds, exact as a string, or a duration such as 90s or 5m.",
        }
    ),
]
EntitledAmount = StrictBool | StrictInt | StrictFloat | Text


def seconds(number: int) -> timedelta:
    """Turn a field in seconds into a duration."""
    return timedelta(seconds=number)
