"""Allowances: how many included units were taken, of which meter, in which period (ADR 0034)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.items import LAST, number, reading, text
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.allowances.allowance import ZERO, Allowance, AllowanceKey, Taking
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from meterhouse.adapters.usage_table.items import Item, Value
    from meterhouse.adapters.usage_table.table import Table

_PREFIX = "ALLOWANCE#"
_SEPARATOR = "#"


def taking(table: "Table", one: Taking) -> "TransactWriteItemTypeDef":
    """Return the action that takes units, if nobody has taken any since it was read."""
    attributes = {"taken": number(one.after), "granted": number(one.granted)}
    if one.before:
        only_if, given = "#taken = :before", {":before": number(one.before)}
    else:
        only_if, given = "attribute_not_exists(pk)", {}
    return {"Update": table.updating_if(_key(one.key), attributes, only_if, given)}


class Allowances(TablePart):
    """Reads what was taken; `Batches.freeze` writes it."""

    def taken(self, keys: Sequence[AllowanceKey]) -> dict[AllowanceKey, Decimal]:
        """Return what was taken from allowances; of some nothing was."""
        found = [*map(_read, self._table.get_each([_key(key) for key in keys]))]
        known = {one.key: one.taken for one in found}
        return {key: known.get(key, ZERO) for key in keys}

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        """Return the allowances from which something was taken, in the order of their periods."""
        items = self._table.between(_PREFIX + subscription, " ", LAST)
        return sorted(map(_read, items), key=lambda one: (one.key.period, one.key.meter))


def _key(key: AllowanceKey) -> "dict[str, Value]":
    meter, period = key
    return {
        "pk": text(_PREFIX + meter.subscription),
        "sk": text(f"{period}{_SEPARATOR}{meter.dimension}"),
    }


def _read(item: "Item") -> Allowance:
    with reading(item):
        period, _, dimension = item["sk"]["S"].partition(_SEPARATOR)
        subscription = SubscriptionKey(item["pk"]["S"].removeprefix(_PREFIX))
        return Allowance(
            AllowanceKey(MeterKey(subscription, dimension), period),
            granted=Decimal(item["granted"]["N"]),
            taken=Decimal(item["taken"]["N"]),
        )
