"""The control API's requests, parsed into commands; anything unexpected raises ControlError."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.marketplace.core.agreements import NewAgreement
from sandbox.marketplace.core.catalogue import Dimension, MeteringMode, NewProduct
from sandbox.marketplace.core.errors import invalid
from sandbox.marketplace.core.faults import FaultKind, NewFault, Operation
from sandbox.marketplace.core.instants import parse_iso
from sandbox.marketplace.core.tokens import TOKEN_LIFETIME, TOKEN_LIFETIME_MAX

# A limit of the sandbox: ten years either way keep every instant representable.
CLOCK_OFFSET_SECONDS_MAX = 10 * 366 * 86_400

type Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewToken:
    """The command to mint a registration token."""

    agreement_id: str
    lifetime: timedelta = TOKEN_LIFETIME


def read_fields(body: bytes, *, allowed: frozenset[str]) -> Fields:
    """Parse a JSON object; an empty body is an empty object, an unknown field an error."""
    if not body.strip():
        return {}
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid("the body is not a JSON document") from error
    if not isinstance(document, dict):
        raise invalid("the body is not a JSON object")
    unknown = sorted(document.keys() - allowed)
    if unknown:
        raise invalid(f"unknown field: {unknown[0]!a}; known: {', '.join(sorted(allowed))}")
    return document


def read_new_product(body: bytes) -> NewProduct:
    """Parse the command to put a product on sale."""
    fields = read_fields(body, allowed=frozenset({"code", "title", "mode", "dimensions"}))
    dimensions = fields.get("dimensions")
    if not isinstance(dimensions, list) or not all(_is_text(name) for name in dimensions):
        raise invalid("dimensions must be a list of strings")
    return NewProduct(
        title=_required_text(fields, "title"),
        mode=_choice(fields, "mode", MeteringMode),
        dimensions=tuple(Dimension(name) for name in dimensions),
        code=_text(fields, "code"),
    )


def read_new_agreement(body: bytes) -> NewAgreement:
    """Parse the command to let a buyer accept an offer."""
    allowed = frozenset({"product_code", "customer_aws_account_id", "starts_at"})
    fields = read_fields(body, allowed=allowed)
    return NewAgreement(
        product_code=_required_text(fields, "product_code"),
        customer_aws_account_id=_text(fields, "customer_aws_account_id"),
        starts_at=_instant(fields, "starts_at"),
    )


def read_end(body: bytes) -> datetime | None:
    """Parse the command to end an agreement; None means now."""
    return _instant(read_fields(body, allowed=frozenset({"ends_at"})), "ends_at")


def read_new_token(body: bytes) -> NewToken:
    """Parse the command to mint a token."""
    fields = read_fields(body, allowed=frozenset({"agreement_id", "lifetime_seconds"}))
    agreement_id = _required_text(fields, "agreement_id")
    longest_seconds = TOKEN_LIFETIME_MAX // timedelta(seconds=1)
    seconds = _whole(fields, "lifetime_seconds", lowest=0, highest=longest_seconds)
    if seconds is None:
        return NewToken(agreement_id)
    return NewToken(agreement_id, timedelta(seconds=seconds))


def read_new_fault(body: bytes) -> NewFault:
    """Parse the command to script a fault."""
    fields = read_fields(body, allowed=frozenset({"operation", "kind", "count", "dimension"}))
    count = _whole(fields, "count")
    return NewFault(
        operation=_choice(fields, "operation", Operation),
        kind=_choice(fields, "kind", FaultKind),
        count=1 if count is None else count,
        dimension=_text(fields, "dimension"),
    )


def read_clock_offset(body: bytes) -> int:
    """Parse the command to move the clock."""
    fields = read_fields(body, allowed=frozenset({"offset_seconds"}))
    offset = _whole(
        fields,
        "offset_seconds",
        lowest=-CLOCK_OFFSET_SECONDS_MAX,
        highest=CLOCK_OFFSET_SECONDS_MAX,
    )
    if offset is None:
        raise invalid("offset_seconds must be a whole number")
    return offset


def _is_text(value: object) -> bool:
    """Whether a value is a string that can be shown and sent: JSON also allows half characters."""
    return isinstance(value, str) and value.isprintable()


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, str) and _is_text(value):
        return value
    raise invalid(f"{name} must be a string of printable characters")


def _required_text(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if value is None:
        raise invalid(f"{name} is required")
    return value


def _whole(
    fields: Fields, name: str, *, lowest: int | None = None, highest: int | None = None
) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{name} must be a whole number")
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        raise invalid(f"{name} must lie between {lowest} and {highest}")
    return value


def _instant(fields: Fields, name: str) -> datetime | None:
    text = _text(fields, name)
    if text is None:
        return None
    instant = parse_iso(text)
    if instant is None:
        raise invalid(f"{name} must be an ISO 8601 time with an offset, like 2026-11-22T18:00:00Z")
    return instant


def _choice[E: StrEnum](fields: Fields, name: str, choices: type[E]) -> E:
    text = _required_text(fields, name)
    if text not in choices:
        raise invalid(f"{name} must be one of {', '.join(choices)}")
    return choices(text)
