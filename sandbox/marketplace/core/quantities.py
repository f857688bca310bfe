"""Quantities of usage: whole or decimal, exact, compared by value (section 1.1, MODEL)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from sandbox.marketplace.core.errors import ErrorCode, ServiceError

WHOLE_QUANTITY_MAX = 2_147_483_647
_DECIMAL_TEXT = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?", re.ASCII)


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

    Both at once, a whole number outside 0..2147483647 and a decimal that the model's pattern does
    not match each fail the whole call (section 1.1, MODEL).
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
            if not 0 <= whole <= WHOLE_QUANTITY_MAX:
                raise _constraint(whole_field, f"lie between 0 and {WHOLE_QUANTITY_MAX}")
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


def format_quantity(value: Decimal) -> str:
    """Write a quantity without exponent and without trailing zeros, so equal values look equal."""
    return format(value.normalize(), "f")


def _constraint(field: str, requirement: str) -> ServiceError:
    return ServiceError(
        ErrorCode.VALIDATION, f"1 validation error detected: {field} must {requirement}."
    )
