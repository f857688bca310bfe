"""An emulated account whose calls are counted, and compared with what the emulator reports."""

import threading
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from botocore.hooks import BaseEventHooks

from bench.capacity import TableSchema
from bench.counting import Life, live, watch_account
from bench.deployment import Account, create_account, table_definition
from bench.playing import playing
from bench.recorder import Recorder
from bench.shapes import Shape

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item


WRITES = frozenset({"PutItem", "UpdateItem", "TransactWriteItems"})


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """What the emulator says that one call used of one table."""

    operation: str
    table: str
    units: Decimal


class SteppingRecorder(Recorder):
    """A recorder that lets one call through at a time, and keeps what the emulator reports.

    Moto is wrong here: a transaction that it cancels takes back what other threads wrote meanwhile.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[CapacityReport] = []

    def watch(self, events: BaseEventHooks) -> None:
        super().watch(events)
        turn = threading.Lock()

        def ask(*, params: dict[str, Any], model: Any, **_: object) -> None:
            if "ReturnConsumedCapacity" in model.input_shape.members:
                params.setdefault("ReturnConsumedCapacity", "TOTAL")

        def note(*, parsed: dict[str, Any], model: Any, **_: object) -> None:
            consumed = parsed.get("ConsumedCapacity", [])
            for part in consumed if isinstance(consumed, list) else [consumed]:
                units = Decimal(str(part["CapacityUnits"]))
                self.reports.append(CapacityReport(model.name, part["TableName"], units))

        def enter(**_: object) -> None:
            turn.acquire()

        def leave(**_: object) -> None:
            turn.release()

        events.register("before-parameter-build.dynamodb.*", ask)
        events.register("after-call.dynamodb.*", note)
        events.register("before-call.dynamodb.*", enter)
        events.register_last("after-call.dynamodb.*", leave)
        events.register_last("after-call-error.dynamodb.*", leave)


@dataclass(slots=True)
class Laboratory:
    """A watched client with a UsageTable of its own; `suffix` keeps tests apart."""

    session: boto3.Session
    suffix: str
    recorder: SteppingRecorder = field(init=False)
    client: "DynamoDBClient" = field(init=False)
    table: str = field(init=False)
    accounts: list[Account] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorder = SteppingRecorder()
        self.client = self.session.client("dynamodb")
        self.recorder.watch(self.client.meta.events)
        definition = table_definition("UsageTable")
        self.table = f"Watched-{self.suffix}"
        self.session.client("dynamodb").create_table(TableName=self.table, **definition)
        self.recorder.add_table(self.table, TableSchema.of(definition))

    def live(self, shape: Shape) -> Life:
        """Count what a shape of usage costs, from the drain to the sheets."""
        with playing(shape, self.account(), self.recorder) as play:
            return live(play)

    def account(self) -> Account:
        """Return a new account that is watched."""
        dynamodb, sqs = self.session.client("dynamodb"), self.session.client("sqs")
        account = create_account(dynamodb, sqs, f"-{self.suffix}-{len(self.accounts)}")
        watch_account(self.recorder, account)
        self.accounts.append(account)
        return account

    def put(self, item: "Item", **parameters: Any) -> dict[str, Any]:
        return dict(self.client.put_item(TableName=self.table, Item=item, **parameters))

    def update(self, sort_key: str, expression: str, **values: Any) -> dict[str, Any]:
        names = {f":{name}": value for name, value in values.items()}
        parameters: dict[str, Any] = {"ExpressionAttributeValues": names} if names else {}
        return dict(
            self.client.update_item(
                TableName=self.table,
                Key=key(sort_key),
                UpdateExpression=expression,
                **parameters,
            )
        )


def key(sort_key: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sort_key}}


def item(sort_key: str, size_bytes: int = 0, *, due_at: int | None = None) -> dict[str, Any]:
    """Build an item with so many bytes beside its keys; with `due_at` it stands in the index."""
    made = key(sort_key)
    if size_bytes:
        made["content"] = {"B": b"x" * size_bytes}
    if due_at is not None:
        made |= {"due_shard": {"S": "due#1"}, "due_at": {"N": str(due_at)}}
    return made
