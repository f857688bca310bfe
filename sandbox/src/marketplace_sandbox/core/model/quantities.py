"""Quantities of usage: whole or decimal, exact, compared by value (`quantity.by-value`)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.readings import Decimals

# How large, and with how many digits, is the model's to say: it is asked before.
_DECIMAL_TEXT = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


class QuantityKind(Enum):
    """The two number types of the API; a record and its allocations must use the same one."""

    WHOLE = "whole"
    DECIMAL = "decimal"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount and the number type in which it was sent."""

    value: Decimal
    kind: QuantityKind


NO_QUANTITY = Quantity(Decimal(0), QuantityKind.WHOLE)


def read_quantity(
    document: Mapping[str, object], *, whole_field: str, decimal_field: str
) -> Quantity | None:
    """Read whichever of the two fields is set; None when neither is.

    Both at once (`quantity.one-field`), a negative number and what is no decimal each fail the
    whole call.
    """
    whole, text = document.get(whole_field), document.get(decimal_field)
    match whole, text:
        case None, None:
            return None
        case None, str():
            if _DECIMAL_TEXT.fullmatch(text) is None:
                raise _constraint(decimal_field, "match the pattern of a decimal quantity")
            return Quantity(Decimal(text), QuantityKind.DECIMAL)
        case int(), None if not isinstance(whole, bool):
            if whole < 0:
                raise _constraint(whole_field, "not be negative")
            return Quantity(Decimal(whole), QuantityKind.WHOLE)
        case (None, _) | (_, None):
            raise ServiceError(
                ErrorCode.SERIALIZATION,
                f"{whole_field} must be a whole number and {decimal_field} a string.",
            )
        case _:
            raise ServiceError(
                ErrorCode.VALIDATION, f"{whole_field} and {decimal_field} cannot both be set."
            )


def check_number_type(quantities: Iterable[Quantity], reading: Decimals) -> None:
    """Raise ValidationException for a decimal quantity where AWS is read to know integers only.

    `decimals`: the model has them, AWS's agent skill rejects them. What AWS answered before it knew
    the fields is not documented (INF).
    """
    if reading is Decimals.REFUSED and any(
        quantity.kind is QuantityKind.DECIMAL for quantity in quantities
    ):
        raise ServiceError(
            ErrorCode.VALIDATION, "Decimal quantities are not supported: use whole numbers."
        )


def format_quantity(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros, so equal values look equal.

    All of its digits are written, however many there are.
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _constraint(field: str, requirement: str) -> ServiceError:
    return ServiceError(
        ErrorCode.VALIDATION, f"1 validation error detected: {field} must {requirement}."
    )
