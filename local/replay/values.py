"""The values of a row: a moment in UTC and a quantity as AWS takes it; pure."""

import re
import reprlib
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

# AWS takes up to 10 integer and 6 fraction digits: QuantityAsDecimal in the service model.
_QUANTITY = re.compile(r"0*[0-9]{1,10}(\.[0-9]{1,6}0*)?")
_NUMBER = re.compile(r"[0-9]+([.,][0-9]*)?")
# Seconds, milliseconds, microseconds and nanoseconds since 1970 have so many digits from 2001 on,
# and begin with 1 until May 2033: 2026112820 is a date and an hour.
_SECOND_DIGITS = 10
_EPOCH = re.compile(r"1[0-9]{9}(\.[0-9]+)?|1[0-9]{12}|1[0-9]{15}|1[0-9]{18}")
_EPOCH_AT = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 6
# Between date and time Python takes any character, and so an offset behind a date for a time.
_DATE = re.compile(r"[0-9]{4}-?([0-9]{2}-?[0-9]{2}|W[0-9]{2}(-?[1-7])?)([T ]|$)")
_UTC_WORD = re.compile(r"\s*(UTC|GMT)$")
_LEAP_SECOND = re.compile(r":59:60([.,][0-9]+)?")

# A value as an error quotes it: a damaged file may have a whole page in one cell.
quote = reprlib.Repr(maxstring=140).repr


class ValueUnreadableError(ValueError):
    """A value makes no sense; the message says what would."""


def read_time(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    """Return the moment in UTC, and whether the text had to be read as a time of `zone`.

    Takes RFC 3339 with a space or T, a small z or the word UTC, a leap second (it belongs to the
    hour that it ends), no offset (then it is a time of `zone`), and counts since 1970. What is
    finer than a microsecond is cut off. Raises ValueUnreadableError.
    """
    if _NUMBER.fullmatch(text):
        return _read_epoch(text), False
    plain = _LEAP_SECOND.sub(":59:59.999999", _UTC_WORD.sub("Z", text.upper()))
    try:
        # What does not begin so is none, as an empty text is none.
        moment = datetime.fromisoformat(plain if _DATE.match(plain) else "")
        if moment.tzinfo is not None:
            return moment.astimezone(UTC), False
        return _place(moment, zone, text), True
    except ValueUnreadableError:
        raise
    except (ValueError, OverflowError):
        raise ValueUnreadableError(
            f"{quote(text)} is not a time like 2026-11-22T18:04:05Z"
        ) from None


def _place(moment: datetime, zone: tzinfo, text: str) -> datetime:
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise ValueUnreadableError(
            f"{quote(text)} is twice or never on the clocks of {zone}: write it with its offset"
        )
    return first.astimezone(UTC)


def _read_epoch(text: str) -> datetime:
    if _EPOCH.fullmatch(text) is None:
        raise ValueUnreadableError(
            f"{quote(text)} is no time: a number counts from 1970, in seconds (10 digits) or "
            "milliseconds (13 digits), and begins with 1"
        )
    digits = len(text.partition(".")[0])
    microseconds = int(Decimal(text).scaleb(_SECOND_DIGITS + _MICROSECONDS - digits))
    return _EPOCH_AT + timedelta(microseconds=microseconds)


def read_quantity(text: str, *, decimal_comma: bool) -> Decimal:
    """Return the quantity to the last digit. Raises ValueUnreadableError."""
    if decimal_comma and "." in text:
        raise ValueUnreadableError(
            f"{quote(text)} has a point, and --decimal-comma was given: it could mean two "
            "quantities"
        )
    plain = text.replace(",", ".") if decimal_comma else text
    if _QUANTITY.fullmatch(plain) is not None:
        return Decimal(plain)
    hint = ""
    if not decimal_comma and _QUANTITY.fullmatch(text.replace(",", ".")):
        hint = "; if its comma is a decimal comma, say --decimal-comma"
    raise ValueUnreadableError(
        f"{quote(text)} is not a quantity like 1234.5, with at most 10 integer and 6 fraction "
        f"digits{hint}"
    )
