"""How far the drains have come, as each of them notes it in the UsageTable.

SQS does not say how old its messages are. So every drain notes when the oldest message was sent
that it works on, before it works, and whoever closes an hour takes the least of all notes. While
the table takes no notes, messages go back to SQS of which no note tells: the first note after that
says that messages of any time may come.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import call, query_between
from meterhouse.adapters.usage_table.items import epoch_number, text
from meterhouse.errors import StorageUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from meterhouse.adapters.usage_table.items import Item

NOTE_INTERVAL = timedelta(minutes=2)
# Longer than the queue's visibility timeout: the messages of a drain that was killed come back
# while its note still counts. A test compares the two.
NOTE_LIFETIME = timedelta(minutes=20)
# Notes that no longer count are left to the table's TTL.
_TTL_DELAY = timedelta(days=1)
_PARTITION = "DRAIN"
_WORKING, _KEPT = "WORKING#", "KEPT#"
_MINUTE_SECONDS = 60
_ANY_TIME = datetime.fromtimestamp(0, UTC)


class DrainNotes:
    """The notes of all drains; an instance writes those of its own process."""

    def __init__(self, client: "DynamoDBClient", table_name: str, process: str) -> None:
        self._client = client
        self._table_name = table_name
        self._process = process
        self._noted: tuple[datetime, datetime] | None = None
        self._has_failed = False
        self._kept: dict[int, datetime] = {}

    def note(
        self, sent_at: datetime, now: datetime, may_go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Note what this process works on now, at most once in a while unless it goes back.

        Raises StorageUnavailableError when the table fails, or `may_go_on` says before an access
        that there is no time for one that hangs.
        """
        noted_sent_at, noted_at = self._noted or (_ANY_TIME, _ANY_TIME)
        if noted_sent_at <= sent_at and now - noted_at < NOTE_INTERVAL and not self._has_failed:
            return
        # A process that noted nothing for so long asks whether any other did.
        is_new = now - noted_at >= NOTE_LIFETIME
        until_at = now + NOTE_LIFETIME
        if self._has_failed or (is_new and self.drained_to(now, may_go_on) is None):
            ends = int(until_at.timestamp())
            self._hurry(may_go_on)
            self._write(f"{_kept_until(ends)}#{self._process}#any", _ANY_TIME, until_at)
        self._hurry(may_go_on)
        self._write(_WORKING + self._process, sent_at, until_at)
        self._noted, self._has_failed = (sent_at, now), False

    def _hurry(self, may_go_on: Callable[[], bool]) -> None:
        if not may_go_on():
            self.miss()
            raise StorageUnavailableError("no time is left for a note")

    def miss(self) -> None:
        """Remember that something could not be noted; the next note says so."""
        self._has_failed = True

    def note_kept(self, sent_at: datetime, back_at: datetime, now: datetime) -> None:
        """Note that messages were given back to SQS, which delivers them again until `back_at`.

        Every minute's notes end on their own: a trickle of failures must not hold back for ever
        what the first of them held back.
        """
        minutes = -(-int((back_at + NOTE_LIFETIME).timestamp()) // _MINUTE_SECONDS)
        ends = minutes * _MINUTE_SECONDS
        self._kept = {end: kept for end, kept in self._kept.items() if end >= now.timestamp()}
        if ends in self._kept and self._kept[ends] <= sent_at:
            return
        self._write(
            f"{_kept_until(ends)}#{self._process}", sent_at, datetime.fromtimestamp(ends, UTC)
        )
        self._kept[ends] = sent_at

    def drained_to(
        self, now: datetime, may_go_on: Callable[[], bool] = lambda: True
    ) -> datetime | None:
        """Return until when messages have been sent that all drains are done with, if known."""
        present = int(now.timestamp())
        # Names of notes that were given back begin with their ends, so that old ones are not read.
        items: list[Item] = []
        for first, last in ((_WORKING, _WORKING), (_kept_until(present), _KEPT)):
            self._hurry(may_go_on)
            items += self._query(first, last + "~")
        counting = [
            int(item["sent_at"]["N"]) for item in items if int(item["counts_until"]["N"]) >= present
        ]
        return datetime.fromtimestamp(min(counting), UTC) if counting else None

    def _query(self, first: str, last: str) -> Iterator["Item"]:
        return query_between(self._client, self._table_name, _PARTITION, first=first, last=last)

    def _write(self, name: str, sent_at: datetime, counts_until: datetime) -> None:
        item = {
            "pk": text(_PARTITION),
            "sk": text(name),
            "sent_at": epoch_number(sent_at),
            "counts_until": epoch_number(counts_until),
            "expires_at": epoch_number(counts_until + _TTL_DELAY),
        }
        try:
            call(partial(self._client.put_item, TableName=self._table_name, Item=item))
        except StorageUnavailableError:
            self.miss()
            raise


def _kept_until(ends: int) -> str:
    """Return how names of notes begin that count until a second of the epoch; in order."""
    return f"{_KEPT}{ends:011}"
