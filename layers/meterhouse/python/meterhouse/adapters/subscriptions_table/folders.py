"""Facts and the states that they come to, as they are written."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, query
from meterhouse.adapters.subscriptions_table.access import in_phase, put_over
from meterhouse.adapters.subscriptions_table.states import STATE, VERSION, read_state, write_state
from meterhouse.adapters.usage_table.items import text
from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.folding import Folder
from meterhouse.domain.subscriptions.own_facts import read_fact
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.errors import UnreadableError
from meterhouse.ports.subscriptions import OpenFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item
    from meterhouse.domain.subscriptions.announcing import News

_FACT, _READS, READER = "fact#", "reads#", "reader#"
_PHASES_THAT_PASS = (Phase.SCHEDULED, Phase.ENDING)


class FoldersTable:
    """Implements `ports.subscriptions.FactFolders` on DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def add(self, folder: FolderKey, fact: Fact) -> bool:
        """Store a fact; see the port."""
        item = {
            "pk": text(folder),
            "sk": text(_FACT + fact.fact_id),
            "kind": text(fact.kind),
            "at": text(fact.at.isoformat()),
            "document": text(fact.document),
        }
        return put_over(self._client, self._table_name, item, 0)

    def link(self, reader: FolderKey, read: FolderKey) -> None:
        """Let a folder be folded with another one; see the port."""
        # Whoever folds the folder that is read must find its readers, so that comes first.
        for folder, sk in ((read, READER + reader), (reader, _READS + read)):
            item = {"pk": text(folder), "sk": text(sk)}
            call(partial(self._client.put_item, TableName=self._table_name, Item=item))

    def open(self, key: FolderKey) -> OpenFolder:
        """Return a folder as it stands now; see the port."""
        facts: list[Fact] = []
        reads, readers = set[FolderKey](), set[FolderKey]()
        state, version = None, 0
        for item in self._items(key):
            sk = item["sk"]["S"]
            if sk == STATE:
                state, version = _state(item), int(item[VERSION]["N"])
            elif sk.startswith(_FACT):
                facts.append(_fact(item))
            elif sk.startswith(_READS):
                reads.add(FolderKey(sk.removeprefix(_READS)))
            elif sk.startswith(READER):
                readers.add(FolderKey(sk.removeprefix(READER)))
        folder = Folder(key, tuple(facts), frozenset(reads))
        return OpenFolder(folder, frozenset(readers), state, version)

    def keep(
        self, state: State, version: int, *, is_listed: bool, news: "Sequence[News]" = ()
    ) -> bool:
        """Write a state over that of a version; see the port."""
        item = write_state(state, version + 1, is_listed=is_listed, news=news)
        return put_over(self._client, self._table_name, item, version)

    def changing(self, now: datetime) -> tuple[FolderKey, ...]:
        """Return the folders whose phase changes by itself; see the port."""
        return tuple(
            FolderKey(item["pk"]["S"])
            for phase in _PHASES_THAT_PASS
            for item in in_phase(self._client, self._table_name, phase, until=now)
        )

    def _items(self, key: FolderKey) -> "list[Item]":
        return list(
            query(
                self._client,
                {
                    "TableName": self._table_name,
                    "ConsistentRead": True,
                    "KeyConditionExpression": "pk = :pk",
                    "ExpressionAttributeValues": {":pk": text(key)},
                },
            )
        )


def _state(item: "Item") -> State | None:
    try:
        return read_state(item)
    except (KeyError, ValueError):
        return None  # It is folded anew.


def _fact(item: "Item") -> Fact:
    fact_id = item["sk"]["S"].removeprefix(_FACT)
    at, document = datetime.fromisoformat(item["at"]["S"]), item["document"]["S"]
    try:
        return read_fact(fact_id, at, document)
    except (UnreadableError, ValueError, TypeError, ArithmeticError):
        # Of another version's making: it is shown, and says nothing.
        return Fact(fact_id, Kind.UNKNOWN, at, document)
