"""The types of a command's fields: strict, limited, and what the core takes."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

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
)

from marketplace_sandbox.core.model.instants import parse_iso

TEXT_LENGTH_MAX = 2048  # what the longest text, an address, may have; the core knows the others
LIST_LENGTH_MAX = 1000  # a limit of the sandbox
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)


class Command(BaseModel):
    """A request's body: a JSON object in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


Text = Annotated[str, Strict(), Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_check_printable)]
Whole = Annotated[int, Strict()]
Truth = StrictBool
Instant = Annotated[
    datetime,
    BeforeValidator(_read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(_read_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": rf"^{_AMOUNT.pattern}$"},
                {"type": "number", "minimum": 0},
            ],
            "description": "Exact as a string.",
        }
    ),
]
EntitledAmount = StrictBool | StrictInt | StrictFloat | Text


def seconds(number: int) -> timedelta:
    """Turn a field in seconds into a duration."""
    return timedelta(seconds=number)
