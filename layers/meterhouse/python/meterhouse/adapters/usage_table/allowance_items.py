"""How an allowance stands in the table: what was taken, and of how much (ADR 0034)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.items import number, reading, text
from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey, Taking
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Attributes, Item, Value

ALLOWANCE_PREFIX = "ALLOWANCE#"
_SEPARATOR = "#"


def allowance_key(key: AllowanceKey) -> "dict[str, Value]":
    """Return the primary key of an allowance."""
    meter, period = key
    return {
        "pk": text(ALLOWANCE_PREFIX + meter.subscription),
        "sk": text(f"{period}{_SEPARATOR}{meter.dimension}"),
    }


def taking_attributes(one: Taking) -> "Attributes":
    """Return what taking units from an allowance changes."""
    return {
        "taken": number(one.after),
        "granted": number(one.granted),
        # The stream's filter compares nothing: only where a threshold is crossed is there news.
        "news": text("crossed") if one.is_news else None,
    }


def read_allowance(item: "Item") -> Allowance:
    """Return the allowance of an item; raises JournalCorruptError."""
    with reading(item):
        period, _, dimension = item["sk"]["S"].partition(_SEPARATOR)
        subscription = SubscriptionKey(item["pk"]["S"].removeprefix(ALLOWANCE_PREFIX))
        return Allowance(
            AllowanceKey(MeterKey(subscription, dimension), period),
            granted=Decimal(item["granted"]["N"]),
            taken=Decimal(item["taken"]["N"]),
        )
