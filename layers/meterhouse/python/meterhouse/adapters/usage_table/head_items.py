"""How the head of an hour log stands in the table."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.documents import read_names, write_names
from meterhouse.adapters.usage_table.items import (
    due_attributes,
    head_key,
    maybe_moment,
    number,
    present,
    read_maybe_moment,
    reading,
    text,
)
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.reasons import read_why
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from datetime import datetime

    from meterhouse.adapters.usage_table.items import Attributes, Item, Value

Totals = tuple[tuple[str, Decimal], ...]


def new_head(head: Head) -> "Item":
    """Return the item of a head that nobody has closed yet."""
    assert head.open == 0
    assert head.leased_until is None
    attributes: Attributes = {
        "open": number(head.open),
        **written_attributes(head.written_at, head.written_in),
        **outcome_attributes(head),
    }
    return {**head_key(head.log), **present(attributes)}


def written_attributes(written_at: "datetime | None", written_in: int | None) -> "Attributes":
    """Return when usage was noted, and in which generation."""
    return {
        "written_at": maybe_moment(written_at),
        "written_in": None if written_in is None else number(written_in),
    }


def settled_attribute(head: Head) -> "Attributes":
    """Return whether the hour was closed for good."""
    return {"is_settled": {"BOOL": True} if head.is_settled else None}


def outcome_attributes(head: Head) -> "Attributes":
    """Return what a closing may change, and when the log is looked at again."""
    return {
        "done": number(head.done) if head.done else None,
        "waiting": write_names(head.waiting),
        "aside": write_names(head.aside),
        "segments": number(head.segments) if head.segments else None,
        **settled_attribute(head),
        **pause_attributes(head),
    }


def pause_attributes(head: Head) -> "Attributes":
    """Return when and why a log is looked at again, and its totals."""
    return {
        "reason": None if head.reason is None else text(head.reason),
        "holds": number(head.holds) if head.holds else None,
        "totals": text(_write_totals(head.totals)) if head.totals else None,
        "is_balanced": {"BOOL": True} if head.is_balanced else None,
        **due_attributes(head.due_at),
    }


def read_head(item: "Item") -> Head:
    """Return the head of an item; raises JournalCorruptError."""
    with reading(item):
        reason, totals = item.get("reason"), item.get("totals")
        written_in = item.get("written_in")
        return Head(
            log=LogKey.parse(item["sk"]["S"]),
            open=int(item["open"]["N"]),
            done=_count(item.get("done")),
            is_settled="is_settled" in item and item["is_settled"]["BOOL"],
            due_at=read_maybe_moment(item.get("due_at")),
            written_at=read_maybe_moment(item.get("written_at")),
            written_in=None if written_in is None else int(written_in["N"]),
            leased_until=read_maybe_moment(item.get("leased_until")),
            reason=None if reason is None else read_why(reason["S"]),
            waiting=tuple(map(SubscriptionKey, read_names(item.get("waiting")))),
            holds=_count(item.get("holds")),
            segments=_count(item.get("segments")),
            aside=read_names(item.get("aside")),
            totals=() if totals is None else _read_totals(totals["S"]),
            is_balanced="is_balanced" in item and item["is_balanced"]["BOOL"],
        )


def _count(value: "Value | None") -> int:
    return 0 if value is None else int(value["N"])


def _write_totals(totals: Totals) -> str:
    return json.dumps([[name, format_quantity(units)] for name, units in totals])


def _read_totals(document: str) -> Totals:
    return tuple((str(name), Decimal(units)) for name, units in json.loads(document))
