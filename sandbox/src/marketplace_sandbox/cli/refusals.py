"""Refused records in a few words: of which dimension, how much, and whose."""

from collections.abc import Mapping

from marketplace_sandbox.cli.tables import Column, Record

_WHOSE = ("CustomerAWSAccountId", "CustomerIdentifier", "LicenseArn")


def _describe_record(refusal: Record) -> str | None:
    """Write what was refused as `5 api_calls of 444455556666`; None for a call without a record."""
    record = refusal["record"]
    if not isinstance(record, Mapping):
        return None
    dimension = record.get("Dimension", record.get("UsageDimension", "usage"))
    quantity = record.get(
        "Quantity", record.get("UsageQuantity", record.get("QuantityAsDecimal", 0))
    )
    whose = next((record[name] for name in _WHOSE if name in record), None)
    return f"{quantity} {dimension}" + ("" if whose is None else f" of {whose}")


def _say_why(refusal: Record) -> str:
    return f"{refusal['code']}: {refusal['message']}"


REFUSED_COLUMNS: tuple[Column, ...] = (
    ("at", "at"),
    ("record", _describe_record),
    ("why", _say_why),
)
REFUSED_PROSE = ("record", "why")
