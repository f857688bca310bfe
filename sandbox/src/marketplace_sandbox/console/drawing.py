"""Drawing the console's pages: how values of AWS Marketplace look to people."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from loopback_console.drawing import Drawing, cut, show_quantity

from marketplace_sandbox.core.answer_request import to_jsonable
from marketplace_sandbox.core.model.offers import EntitledValue, Grant

DOCUMENT_SHOWN_LENGTH_MAX = 20_000
RECORD_SHOWN_LENGTH_MAX = 400
USAGE_SHOWN_LENGTH_MAX = 255
# Quantity, dimension and buyer in the input of BatchMeterUsage and MeterUsage (MODEL).
_USAGE_NAMES = (
    ("Quantity", "QuantityAsDecimal", "UsageQuantity", "UsageQuantityAsDecimal"),
    ("Dimension", "UsageDimension"),
    ("CustomerAWSAccountId", "CustomerIdentifier"),
)


def show_money(value: Decimal) -> str:
    """Write an amount of US dollars exactly, with two decimals at least: $1,234.50."""
    text = show_quantity(value)
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"


def show_entitled(value: EntitledValue) -> str:
    """Write what is granted of a dimension: 40, 0.5, yes, no, or a text as it is."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return show_quantity(Decimal(str(value)))
        case str():
            return value


def show_grant(grant: Grant) -> str:
    """Write a grant in a few words: 40 of seats, support included, plan: gold."""
    match grant.value:
        case bool(is_included):
            return f"{grant.dimension} {'included' if is_included else 'not included'}"
        case str(text):
            return f"{grant.dimension}: {text}"
        case number:
            return f"{show_entitled(number)} of {grant.dimension}"


def show_record(record: Mapping[str, object] | None) -> str:
    """Write a record in one line, cut where nobody would read on."""
    if record is None:
        return ""
    text = json.dumps(record, default=to_jsonable, ensure_ascii=False)
    return cut(text, RECORD_SHOWN_LENGTH_MAX)


def show_usage(record: Mapping[str, object] | None) -> str:
    """Say what a record wanted to bill: 5 of api_calls for 444455556666.

    The record was refused, perhaps because of what stands in it, so any value is shown as it is.
    """
    if record is None:
        return ""
    named = (_find_first(record, names) for names in _USAGE_NAMES)
    quantity, dimension, buyer = (
        None if value is None else cut(str(value), USAGE_SHOWN_LENGTH_MAX) for value in named
    )
    words = f"{quantity or 'no quantity'} of {dimension or 'no dimension'}"
    return words if buyer is None else f"{words} for {buyer}"


def show_document(document: object) -> str:
    """Write a document in lines, cut where nobody would read on."""
    text = json.dumps(document, default=to_jsonable, ensure_ascii=False, indent=2)
    return cut(text, DOCUMENT_SHOWN_LENGTH_MAX)


def _find_first(record: Mapping[str, object], names: Iterable[str]) -> object:
    return next((record[name] for name in names if record.get(name) is not None), None)


draw = Drawing(
    Path(__file__).parent / "templates",
    {
        "money": show_money,
        "entitled": show_entitled,
        "grant": show_grant,
        "record": show_record,
        "usage": show_usage,
        "document": show_document,
    },
).draw
