"""Records for hours without usage, and how far the heartbeat has come."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import ConditionFailedError, call
from meterhouse.adapters.usage_items import epoch_number, header_key, record_attributes, text
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import ABSENT_VERSION, MeteringRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTE_KEY = {"pk": text("HEARTBEAT"), "sk": text("PROGRESS")}


class IdleHours:
    """Writes headers that hold no page."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def open(self, keys: Sequence[RecordKey], due_at: datetime) -> None:
        """Create an open record under every key that has none."""
        for key in keys:
            record = MeteringRecord(key, RecordState.OPEN, ABSENT_VERSION + 1, due_at)
            attributes = record_attributes(record).items()
            item = header_key(key) | {name: one for name, one in attributes if one is not None}
            # Usage came first, or an earlier run: that record stands.
            with suppress(ConditionFailedError):
                call(
                    partial(
                        self._client.put_item,
                        TableName=self._table_name,
                        Item=item,
                        ConditionExpression="attribute_not_exists(pk)",
                    )
                )

    def beaten_hour(self) -> datetime | None:
        """Return what `note_beaten_hour` wrote last."""
        answer = call(partial(self._client.get_item, TableName=self._table_name, Key=_NOTE_KEY))
        item = answer.get("Item")
        return None if item is None else datetime.fromtimestamp(int(item["hour_at"]["N"]), UTC)

    def note_beaten_hour(self, hour_at: datetime) -> None:
        """Remember that every account has a record for an hour."""
        item = {**_NOTE_KEY, "hour_at": epoch_number(hour_at)}
        call(partial(self._client.put_item, TableName=self._table_name, Item=item))
