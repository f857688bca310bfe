"""How far the drains have come, as each of them notes it in the UsageTable.

SQS does not say how old its messages are. So every drain notes when the oldest message was sent
that it works on, before it works, and whoever closes an hour takes the least of all notes.
"""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import call, query
from meterhouse.adapters.usage_items import epoch_number, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

NOTE_INTERVAL = timedelta(minutes=1)
# Longer than the queue's visibility timeout: the messages of a drain that was killed come back
# while its note still counts. A test compares the two.
NOTE_LIFETIME = timedelta(minutes=20)
# Notes that no longer count are left to the table's TTL.
_TTL_DELAY = timedelta(days=1)
_PARTITION = text("DRAIN")


class DrainNotes:
    """The notes of all drains; an instance writes those of its own process."""

    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name
        self._process = uuid.uuid4().hex
        self._noted: tuple[datetime, datetime] | None = None
        self._kept: tuple[datetime, datetime] | None = None

    def note(self, sent_at: datetime, now: datetime) -> None:
        """Note what this process works on now, at most once a minute unless it goes back."""
        if self._noted is not None:
            noted_sent_at, noted_at = self._noted
            if noted_sent_at <= sent_at and now - noted_at < NOTE_INTERVAL:
                return
        self._write("WORKING", sent_at, now + NOTE_LIFETIME)
        self._noted = (sent_at, now)

    def note_kept(self, sent_at: datetime, back_at: datetime, now: datetime) -> None:
        """Note that messages were given back to SQS, which delivers them again until `back_at`."""
        count_until = back_at + NOTE_LIFETIME
        if self._kept is not None and self._kept[1] > now:
            sent_at = min(sent_at, self._kept[0])
            count_until = max(count_until, self._kept[1])
        self._write("KEPT", sent_at, count_until)
        self._kept = (sent_at, count_until)

    def drained_to(self, now: datetime) -> datetime | None:
        """Return until when messages have been sent that all drains are done with, if known."""
        request: QueryInputTypeDef = {
            "TableName": self._table_name,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": _PARTITION},
        }
        counting = [
            int(item["sent_at"]["N"])
            for item in query(self._client, request)
            if int(item["counts_until"]["N"]) >= now.timestamp()
        ]
        return datetime.fromtimestamp(min(counting), UTC) if counting else None

    def _write(self, kind: str, sent_at: datetime, counts_until: datetime) -> None:
        item = {
            "pk": _PARTITION,
            "sk": text(f"{kind}#{self._process}"),
            "sent_at": epoch_number(sent_at),
            "counts_until": epoch_number(counts_until),
            "expires_at": epoch_number(counts_until + _TTL_DELAY),
        }
        call(partial(self._client.put_item, TableName=self._table_name, Item=item))
