"""Reading what a form sent: bounded, typed, and with an error that names the field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

FORM_SIZE_BYTES_MAX = 100_000
FIELDS_MAX = 1_000
VALUE_LENGTH_MAX = 4_000
_DIGITS_MAX = 18


class EntryError(Exception):
    """What was entered is none of what a field takes; the message is a sentence without its stop.

    Attributes:
        status: how HTTP says it.

    """

    def __init__(self, message: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Form:
    """What a person entered, by the name of the field; an empty field counts as absent."""

    values: Mapping[str, str] = field(default_factory=dict)

    def entered(self, name: str, default: str = "") -> str:
        """Return what stands in a field, for showing it again."""
        return self.values.get(name, default)

    def text(self, name: str) -> str | None:
        """Read a text without the space around it; None if there is none."""
        return self.values.get(name, "").strip() or None

    def required(self, name: str) -> str:
        """Read a text that must be there."""
        text = self.text(name)
        if text is None:
            raise EntryError(f"{label_of(name)} must be filled in")
        return text

    def integer(self, name: str) -> int | None:
        """Read a whole number."""
        text = self.text(name)
        if text is None:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX):
            raise EntryError(f"{label_of(name)} must be a whole number")
        return int(text)

    def decimal(self, name: str) -> Decimal | None:
        """Read a decimal number."""
        text = self.text(name)
        if text is None:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise EntryError(f"{label_of(name)} must be a number like 0.25") from error
        if not number.is_finite() or abs(number.adjusted()) > _DIGITS_MAX:
            raise EntryError(f"{label_of(name)} must be a number like 0.25")
        return number

    def choice[Choice: StrEnum](self, name: str, choices: type[Choice]) -> Choice:
        """Read one of a list."""
        text = self.required(name)
        try:
            return choices(text)
        except ValueError as error:
            raise EntryError(f"{label_of(name)} must be one of {', '.join(choices)}") from error

    def listed(self, name: str) -> tuple[str, ...]:
        """Read texts that commas or spaces separate."""
        return tuple(self.values.get(name, "").replace(",", " ").split())


NOTHING = Form()


async def read_form(request: Request) -> Form:
    """Read a submitted form.

    Raises EntryError if it is larger than any form of the console, or breaks off.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_SIZE_BYTES_MAX:
                raise EntryError(
                    f"a form has at most {FORM_SIZE_BYTES_MAX} bytes",
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                )
    except ClientDisconnect as error:  # nobody is there to read this
        raise EntryError("the form is not complete") from error
    return parse_form(bytes(body))


def parse_form(body: bytes) -> Form:
    """Parse `application/x-www-form-urlencoded`; of a repeated field the last one counts."""
    try:
        pairs = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX
        )
    except ValueError as error:
        raise EntryError(f"a form has at most {FIELDS_MAX} fields") from error
    for name, value in pairs:
        if len(value) > VALUE_LENGTH_MAX:
            raise EntryError(f"{label_of(name)} must have at most {VALUE_LENGTH_MAX} characters")
    return Form(dict(pairs))


def read_rows[Row](form: Form, prefix: str, read: Callable[[str], Row | None]) -> tuple[Row, ...]:
    """Read the numbered rows of a form, `<prefix>1-…` and on; what reads as None is left out."""
    numbers = sorted(
        {
            int(number)
            for name in form.values
            if name.startswith(prefix)
            and (number := name.removeprefix(prefix).partition("-")[0]).isdecimal()
            and number.isascii()
            and len(number) <= len(str(FIELDS_MAX))
        }
    )
    rows = (read(f"{prefix}{number}-") for number in numbers)
    return tuple(row for row in rows if row is not None)


def label_of(name: str) -> str:
    """Name a field as the page labels it."""
    return name[:80].replace("_", " ").replace("-", " ")
