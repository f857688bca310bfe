"""A table of DynamoDB in this process that is only read, however large it is."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from bench.capacity import QUERY_BYTES_MAX, Index, Item, TableSchema, index_entry, item_bytes
from bench.recorder import PARAMETERS, Recorder

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type _Row = tuple[tuple[Any, ...], Item]
"""An item, and its place in the order of its partition."""


class Shelf:
    """Answers the reads of the ledger as DynamoDB does, page by page.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    """

    def __init__(self, name: str, schema: TableSchema, items: Iterable[Item]) -> None:
        self._name = name
        self._schema = schema
        self._items = {self._key(item): item for item in items}
        self._partitions: dict[str | None, dict[Any, list[_Row]]] = {
            None: _partitions(self._items.values(), schema.key_names, schema)
        }
        for one in schema.indexes:
            self._partitions[one.name] = _partitions(self._entries(one), one.key_names, schema)

    def serve(self, client: "DynamoDBClient", recorder: Recorder) -> None:
        """Answer the calls of a client, which a recorder charges."""
        recorder.add_table(self._name, self._schema)
        recorder.hold(self._name, self._items.values())
        recorder.watch(client.meta.events)

        def answer(*, model: Any, context: dict[str, Any], **_: object) -> object:  # noqa: ANN401 - botocore's
            found = self._answer(model.name, context[PARAMETERS])
            return AWSResponse("", 200, HTTPHeaders(), cast("Any", None)), found

        client.meta.events.register("before-call.dynamodb", cast("Any", answer))

    def _answer(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        match operation:
            case "GetItem":
                found = self._items.get(self._key(asked["Key"]))
                return {} if found is None else {"Item": found}
            case "BatchGetItem":
                keys = map(self._key, asked["RequestItems"][self._name]["Keys"])
                items = [self._items[key] for key in keys if key in self._items]
                return {"Responses": {self._name: items}, "UnprocessedKeys": {}}
            case "Query":
                return self._query(asked)
            case _:
                raise ValueError(f"a table that is only read serves no {operation}")

    def _query(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        values = asked["ExpressionAttributeValues"]
        wanted = values.get(":pk") or values[":shard"]
        rows = self._partitions[asked.get("IndexName")].get(_plain(wanted), [])
        if ":first" in values:
            first, last = (_plain(values[name]) for name in (":first", ":last"))
            rows = rows[
                bisect_left(rows, (first,), key=_sort) : bisect_right(rows, (last,), key=_sort)
            ]
        elif ":until" in values:
            rows = rows[: bisect_right(rows, (_plain(values[":until"]),), key=_sort)]
        if not asked.get("ScanIndexForward", True):
            rows = rows[::-1]
        start = asked.get("ExclusiveStartKey")
        if start is not None:
            keys = [self._key(item) for _, item in rows]
            rows = rows[keys.index(self._key(start)) + 1 :]
        return self._page(rows, asked.get("Limit", len(rows)))

    def _page(self, rows: Sequence[_Row], limit: int) -> dict[str, Any]:
        found: list[Item] = []
        size = 0
        for _, item in rows:
            if len(found) == limit or size > QUERY_BYTES_MAX:
                return {"Items": found, "LastEvaluatedKey": found[-1]}
            found.append(item)
            size += item_bytes(item)
        return {"Items": found}

    def _entries(self, index: Index) -> Iterable[Item]:
        for item in self._items.values():
            entry = index_entry(self._schema, index, item)
            if entry is not None:
                yield entry

    def _key(self, item: Item) -> tuple[Any, ...]:
        return tuple(_plain(item[name]) for name in self._schema.key_names)


def _partitions(
    items: Iterable[Item], names: tuple[str, ...], schema: TableSchema
) -> dict[Any, list[_Row]]:
    found: dict[Any, list[_Row]] = {}
    hash_name, sort_name = names
    for item in items:
        place = (_plain(item[sort_name]), *(_plain(item[name]) for name in schema.key_names))
        found.setdefault(_plain(item[hash_name]), []).append((place, item))
    for rows in found.values():
        rows.sort(key=lambda row: row[0])
    return found


def _sort(row: _Row) -> tuple[Any, ...]:
    return row[0][:1]


def _plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of an attribute
    ((kind, content),) = value.items()
    return Decimal(content) if kind == "N" else content
