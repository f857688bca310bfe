"""Quantities as AWS bills them: non-negative, at most 10 integer and 6 fraction digits.

Source: BatchMeterUsage in the service model; UsageRecord$QuantityAsDecimal has a pattern of 1 to 10
integer and up to 6 fraction digits, UsageRecord$Quantity goes from 0 to 2147483647.
"""

import re
from decimal import Decimal
from functools import lru_cache

from meterhouse.domain.faults import Faults
from meterhouse.errors import UnreadableError

FRACTION_DIGITS_MAX = 6
QUANTITY_MAX = Decimal("9999999999.999999")
INTEGER_QUANTITY_MAX = 2_147_483_647

# More digits than this cannot be a quantity, and exact arithmetic on them would only cost time.
_DIGITS_MAX = 64
# Most producers report few different quantities; those are read once and share one Decimal.
_QUANTITIES_KEPT = 8_192
_PLAIN_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_TEXT_SENTENCE = "quantity as text must be plain digits such as 12 or 12.5"


def read_quantity(value: object) -> Decimal:
    """Return the exact quantity that a producer wrote as a JSON number or a plain decimal string.

    JSON numbers arrive as int or Decimal, never float, so nothing was rounded on the way.
    Raises UnreadableError with a reason code.
    """
    match value:
        case bool() | None:
            raise UnreadableError("quantity_invalid", "quantity must be a number")
        case int():
            return _read_whole(value)
        case Decimal():
            return _bounded(value)
        case str() if len(value) <= _DIGITS_MAX:
            return _read_text(value)
        case str():
            raise UnreadableError("quantity_invalid", _TEXT_SENTENCE)
        case _:
            raise UnreadableError("quantity_invalid", "quantity must be a number")


@lru_cache(maxsize=_QUANTITIES_KEPT)
def _read_whole(value: int) -> Decimal:
    return _bounded(Decimal(value))


@lru_cache(maxsize=_QUANTITIES_KEPT)
def _read_text(value: str) -> Decimal:
    if _PLAIN_DECIMAL.fullmatch(value) is None:
        raise UnreadableError("quantity_invalid", _TEXT_SENTENCE)
    return _bounded(Decimal(value))


def _bounded(quantity: Decimal) -> Decimal:
    if not quantity.is_finite():
        raise UnreadableError("quantity_invalid", "quantity must be a finite number")
    if not quantity:
        return Decimal(0)
    _, digits, exponent = quantity.as_tuple()
    assert isinstance(exponent, int)
    surplus = -exponent - FRACTION_DIGITS_MAX
    faults = Faults()
    if quantity < 0:
        faults.note("quantity_negative", "quantity must not be negative")
    if abs(quantity) > QUANTITY_MAX:
        faults.note("quantity_too_large", "quantity has more than 10 integer digits")
    if surplus > 0 and any(digits[-surplus:]):
        faults.note("quantity_too_precise", "quantity has more than 6 fraction digits")
    faults.raise_any()
    if surplus <= 0:
        return quantity
    return quantity.quantize(Decimal(1).scaleb(-FRACTION_DIGITS_MAX))


def format_quantity(quantity: Decimal) -> str:
    """Return the shortest plain form, which AWS's pattern accepts: no exponent, no spare zeros."""
    text = str(quantity)
    if "E" in text:
        text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
