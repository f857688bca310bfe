"""Allowances: how many included units were taken, of which meter, in which period (ADR 0034)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from meterhouse.adapters.usage_table.allowance_items import (
    ALLOWANCE_PREFIX,
    allowance_key,
    read_allowance,
    taking_attributes,
)
from meterhouse.adapters.usage_table.items import LAST, number
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.allowances.allowance import ZERO, Allowance, AllowanceKey, Taking
from meterhouse.domain.subscriptions.identity import SubscriptionKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from meterhouse.adapters.usage_table.table import Table


def taking(table: "Table", one: Taking) -> "TransactWriteItemTypeDef":
    """Return the action that takes units, if nobody has taken any since it was read."""
    if one.before:
        only_if, given = "#taken = :before", {":before": number(one.before)}
    else:
        only_if, given = "attribute_not_exists(pk)", {}
    key, attributes = allowance_key(one.key), taking_attributes(one)
    return {"Update": table.updating_if(key, attributes, only_if, given)}


class Allowances(TablePart):
    """Reads what was taken; `Batches.freeze` writes it."""

    def taken(self, keys: Sequence[AllowanceKey]) -> dict[AllowanceKey, Decimal]:
        """Return what was taken from allowances; of some nothing was."""
        found = map(read_allowance, self._table.get_each([*map(allowance_key, keys)]))
        known = {one.key: one.taken for one in found}
        return {key: known.get(key, ZERO) for key in keys}

    def allowances(self, subscription: SubscriptionKey) -> list[Allowance]:
        """Return the allowances from which something was taken, in the order of their periods."""
        items = self._table.between(ALLOWANCE_PREFIX + subscription, " ", LAST)
        found = map(read_allowance, items)
        return sorted(found, key=lambda one: (one.key.period, one.key.meter))
