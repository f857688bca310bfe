"""Counts what the calls of boto3 clients cost, by watching them.

An update is asked for the item that it leaves behind, so the recorder knows every item from its
writes alone. It has to watch a table from its creation.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from botocore.hooks import BaseEventHooks

from bench.capacity import (
    TRANSACTION_FACTOR,
    Item,
    TableSchema,
    index_entry,
    index_write_units,
    item_bytes,
    query_units,
    read_units,
    table_write_units,
)
from bench.spending import Costs

type Parameters = Mapping[str, Any]
type ItemName = tuple[str, str]
"""A table, and a primary key in it."""

PARAMETERS = "bench_parameters"
_REFUSED_AND_COSTLY = {"ConditionalCheckFailedException", "TransactionCanceledException"}


class Recorder:
    """Watches clients, and charges what they do to whoever pays at the time."""

    def __init__(self) -> None:
        self._schemas: dict[str, TableSchema] = {}
        self._items: dict[ItemName, Item] = {}
        self._spent = Costs()
        self._lock = threading.Lock()

    def add_table(self, name: str, schema: TableSchema) -> None:
        """Make a new and empty table known."""
        self._schemas[name] = schema

    def watch(self, events: BaseEventHooks) -> None:
        """Count all calls of a client, or of all clients that a session makes from now on."""
        # This event may change the parameters by returning them, which the stubs do not know.
        events.register("provide-client-params.*.*", cast("Any", self._note_parameters))
        events.register("after-call.*.*", self._note_answer)

    @contextmanager
    def spending(self) -> Iterator[Costs]:
        """Give an account that is charged while the block lasts."""
        spent = Costs()
        with self.charging(spent):
            yield spent

    @contextmanager
    def charging(self, spent: Costs) -> Iterator[None]:
        """Charge an account while the block lasts."""
        before, self._spent = self._spent, spent
        try:
            yield
        finally:
            self._spent = before

    def hold(self, table: str, items: Iterable[Item]) -> None:
        """Make known what a table held before anybody watched it."""
        self._items.update((self._name(table, item), item) for item in items)

    def items(self, table: str) -> list[Item]:
        """Return what a table holds."""
        return [item for (name, _), item in self._items.items() if name == table]

    def _note_parameters(
        self,
        *,
        params: dict[str, Any],
        model: Any,  # noqa: ANN401 - botocore's model of the operation
        context: dict[str, Any],
        **_: object,
    ) -> dict[str, Any]:
        if model.name == "UpdateItem":
            params = {"ReturnValues": "ALL_NEW", **params}
        context[PARAMETERS] = params
        return params

    def _note_answer(
        self,
        *,
        parsed: dict[str, Any],
        model: Any,  # noqa: ANN401 - botocore's model of the operation
        context: dict[str, Any],
        **_: object,
    ) -> None:
        with self._lock:
            self._spent.calls += 1
            code = parsed.get("Error", {}).get("Code")
            if code is None or code in _REFUSED_AND_COSTLY:
                self._charge(model.name, context[PARAMETERS], parsed, applied=code is None)

    def _charge(
        self, operation: str, params: Parameters, answer: Parameters, *, applied: bool
    ) -> None:
        match operation:
            case "PutItem" | "UpdateItem":
                name = self._name(params["TableName"], params.get("Key") or params["Item"])
                before = self._items.get(name)
                after = _item_after(params, answer, before) if applied else before
                self._charge_write(name, after)
            case "TransactWriteItems":
                self._charge_transaction(params["TransactItems"], applied=applied)
            case "GetItem":
                self._charge_reads(params, [answer.get("Item", {})])
            case "BatchGetItem":
                for table, wanted in params["RequestItems"].items():
                    found = answer["Responses"].get(table, [])
                    absent = len(wanted["Keys"]) - len(found)
                    self._charge_reads(wanted, [*found, *[{}] * absent])
            case "Query":
                sizes = map(item_bytes, self._in_full(params, answer["Items"]))
                consistent = params.get("ConsistentRead", False)
                self._spent.read_units += query_units(sizes, consistent=consistent)
            case "CreateTable" | "CreateQueue" | "GetQueueAttributes":
                return
            case _:
                raise ValueError(f"the recorder knows no price of {operation}")

    def _charge_reads(self, params: Parameters, items: Iterable[Item]) -> None:
        consistent = params.get("ConsistentRead", False)
        self._spent.read_units += read_units(map(item_bytes, items), consistent=consistent)

    def _in_full(self, params: Parameters, items: Iterable[Item]) -> Iterator[Item]:
        """Yield what a query read: of the table whole items, even if fewer attributes come back."""
        schema = self._schemas[params["TableName"]]
        for item in items:
            whole = self._items[self._name(params["TableName"], item)]
            if "IndexName" not in params:
                yield whole
            for index in schema.indexes:
                if index.name == params.get("IndexName"):
                    yield index_entry(schema, index, whole) or {}

    def _charge_transaction(self, actions: Sequence[Parameters], *, applied: bool) -> None:
        """Charge every action twice, those that only check an item too."""
        for action in actions:
            ((kind, write),) = action.items()
            name = self._name(write["TableName"], write.get("Key") or write["Item"])
            before = self._items.get(name)
            match kind:
                case "Put":
                    after = write["Item"]
                case "Update":
                    after = _updated(write, before or write["Key"])
                case "ConditionCheck":
                    after = before
                case _:
                    raise ValueError(f"the recorder knows no price of {kind} in a transaction")
            self._charge_write(name, after if applied else before, TRANSACTION_FACTOR)

    def _charge_write(self, name: ItemName, after: Item | None, factor: int = 1) -> None:
        """Charge one write; an index is written after the transaction, and once."""
        before = self._items.get(name)
        index_units = index_write_units(self._schemas[name[0]], before, after)
        self._spent.index_units += index_units
        self._spent.write_units += index_units + factor * table_write_units(before, after)
        if after is not None:
            self._items[name] = after

    def _name(self, table: str, item: Item) -> ItemName:
        return table, repr([item[name] for name in self._schemas[table].key_names])


def _item_after(params: Parameters, answer: Parameters, before: Item | None) -> Item:
    """Return the item that a single write left behind.

    An update that asks for its own return values gets the updated attributes only, and is taken to
    have removed none.
    """
    after: Item
    if "Item" in params:
        after = params["Item"]
    elif params["ReturnValues"] == "ALL_NEW":
        after = answer["Attributes"]
    else:
        after = {**(before or {}), **params["Key"], **answer["Attributes"]}
    return after


def _updated(write: Parameters, before: Item) -> Item:
    """Return what an update leaves that sets attributes to values and removes others.

    A transaction returns no item that it has written.
    """
    sets, _, removes = write["UpdateExpression"].partition("REMOVE ")
    names, values = write["ExpressionAttributeNames"], write.get("ExpressionAttributeValues", {})
    after = dict(before)
    for one in filter(None, sets.removeprefix("SET ").strip().split(", ")):
        name, value = one.split(" = ")
        after[names[name]] = values[value]
    for name in filter(None, removes.split(", ")):
        after.pop(names[name], None)
    return after
