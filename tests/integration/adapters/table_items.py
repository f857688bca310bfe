"""Looking at and spoiling what stands in a table, and clients that lose answers."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from tests.integration.adapters.backends import Aws

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def items_of(aws: Aws, table_name: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Return everything that a table holds, by its keys."""
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=table_name)
    items = [dict(item) for page in pages for item in page["Items"]]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def spoil(aws: Aws, table_name: str, key: tuple[str, str], **attributes: Any) -> None:
    """Give an item attributes that the ledger never writes; None takes one away."""
    item = items_of(aws, table_name)[key]
    spoiled = {**item, **attributes}
    kept = {name: value for name, value in spoiled.items() if value is not None}
    aws.dynamodb.put_item(TableName=table_name, Item=kept)


class WrappedClient:
    """A client that is like another one, but for what a subclass says."""

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    @property
    def typed(self) -> "DynamoDBClient":
        return cast("DynamoDBClient", self)


class ResendingClient(WrappedClient):
    """Sends every write twice, as the SDK does when the first answer is lost on its way."""

    def update_item(self, **request: Any) -> Any:
        return self._twice(self._client.update_item, request)

    def put_item(self, **request: Any) -> Any:
        return self._twice(self._client.put_item, request)

    def transact_write_items(self, **request: Any) -> Any:
        return self._twice(self._client.transact_write_items, request)

    @staticmethod
    def _twice(operation: Any, request: Any) -> Any:
        with suppress(ClientError):
            operation(**request)
        return operation(**request)


class ConflictingClient(WrappedClient):
    """Cancels transactions for the reasons of a script, one after the other; then it is itself."""

    def __init__(self, client: "DynamoDBClient", script: Sequence[tuple[str, ...]]) -> None:
        super().__init__(client)
        self._script = list(script)
        self.transactions: list[dict[str, Any]] = []

    def transact_write_items(self, **request: Any) -> Any:
        self.transactions.append(request)
        if not self._script:
            return self._client.transact_write_items(**request)
        reasons = [{"Code": code} for code in self._script.pop(0)]
        raise ClientError(
            cast(
                "Any",
                {
                    "Error": {"Code": "TransactionCanceledException", "Message": ""},
                    "CancellationReasons": reasons,
                },
            ),
            "TransactWriteItems",
        )


class MeetingClient(WrappedClient):
    """Meets another's transaction with its first update, which DynamoDB then refuses."""

    def __init__(self, client: "DynamoDBClient") -> None:
        super().__init__(client)
        self.updates = 0

    def update_item(self, **request: Any) -> Any:
        self.updates += 1
        if self.updates > 1:
            return self._client.update_item(**request)
        raise ClientError(
            {"Error": {"Code": "TransactionConflictException", "Message": ""}}, "UpdateItem"
        )


class FrugalClient(WrappedClient):
    """Answers one key of a request, and leaves the others unprocessed, as DynamoDB may."""

    def batch_get_item(self, **request: Any) -> Any:
        ((table_name, wanted),) = request["RequestItems"].items()
        first, *others = wanted["Keys"]
        asked: Any = {table_name: {**wanted, "Keys": [first]}}
        answer: dict[str, Any] = {**self._client.batch_get_item(RequestItems=asked)}
        if others:
            answer["UnprocessedKeys"] = {table_name: {**wanted, "Keys": others}}
        return answer


class InterruptedClient(WrappedClient):
    """Lets something happen right before its second update."""

    def __init__(self, client: "DynamoDBClient", interruption: Callable[[], object]) -> None:
        super().__init__(client)
        self._interruption = interruption
        self.updates = 0

    def update_item(self, **request: Any) -> Any:
        self.updates += 1
        if self.updates == 2:
            self._interruption()
        return self._client.update_item(**request)


class ForgetfulClient(WrappedClient):
    """Leaves items out of its first answers to a query, as if their transaction was under way."""

    def __init__(self, client: "DynamoDBClient", hidden: str, answers: int) -> None:
        super().__init__(client)
        self._hidden = hidden
        self._answers = answers

    def query(self, **request: Any) -> Any:
        answer: dict[str, Any] = {**self._client.query(**request)}
        if self._answers:
            self._answers -= 1
            answer["Items"] = [item for item in answer["Items"] if item["sk"]["S"] != self._hidden]
        return answer
