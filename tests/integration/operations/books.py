"""A UsageTable with an account in every state, and hands that falsify it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from meterhouse.adapters.usage_items import header_key, page_key
from meterhouse.adapters.usage_table import UsageTable
from meterhouse.domain.folding import fold_billable
from meterhouse.domain.journal import Entry, Page, PageKind, encode_page
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.lateness import carry_late
from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import Change
from meterhouse.domain.sealing import carried_page, seal_usage
from meterhouse.ports import CommitResult, JournalResult, JournalWrite
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import HOUR, KEY, NOON_AT, frozen_usage, usage_event

LARGE_EVENTS = 400
CARRY_TARGET = KEY._replace(hour_at=NOON_AT + 20 * HOUR)
DUE_AT = NOON_AT + 25 * HOUR


def hour(hours: int, key: RecordKey = KEY) -> RecordKey:
    return key._replace(hour_at=key.hour_at + hours * HOUR)


def page(name: str, *quantities: str) -> Page:
    """Return a page of one event for each quantity."""
    entries = tuple(Entry(f"{name}-{n}", Decimal(one), ()) for n, one in enumerate(quantities))
    return Page(PageKind.HOME, NOON_AT, NOON_AT + timedelta(minutes=7), entries)


def large_page(name: str) -> Page:
    """Return a page that does not fit into a header: 0.25 units an event."""
    return page(name, *["0.25"] * LARGE_EVENTS)


@dataclass(slots=True)
class Books:
    """Writes as the application does, and then as nobody should."""

    aws: Aws
    table_name: str
    ledger: UsageTable
    now: datetime = field(default=NOON_AT + 20 * HOUR)

    def journal(self, key: RecordKey, *pages: Page) -> None:
        at_home = tuple(replace(one, from_hour_at=key.hour_at) for one in pages)
        write = JournalWrite(key, DUE_AT, key.hour_at, at_home)
        assert self.ledger.journal([write]) == [JournalResult.WRITTEN]

    def step(self, key: RecordKey, state: RecordState, *, reason: str | None = None) -> None:
        """Take one step; sealing freezes what the journal holds."""
        record = self.ledger.read([key])[key]
        if record.units is None and state is not RecordState.OPEN:
            units = seal_usage(fold_billable(record.pages)).quantity
            record = replace(record, units=units, frozen=frozen_usage(units))
        after = record.stepped(state, due_at=DUE_AT if state in UNFINISHED else None, reason=reason)
        if state is RecordState.SUBMITTING:
            after = replace(after, sends=record.sends + 1)
        self._commit(Change(after, record.version))

    def end(self, key: RecordKey, state: RecordState) -> None:
        """Register, submit and finish a record."""
        self.ledger.register_accounts([key.account])
        self.step(key, RecordState.SUBMITTING)
        self.step(key, state, reason="why")

    def carry_whole(self, key: RecordKey) -> None:
        """Carry a record that was never accepted to CARRY_TARGET's hour."""
        self.step(key, RecordState.SUBMITTING)
        self.step(key, RecordState.SEALED)
        record = self.ledger.read([key])[key]
        assert record.units is not None
        frozen = frozen_usage(record.units, (record.units, ()))
        carried = carried_page(
            frozen.allocations,
            kind=PageKind.CARRIED_RECORD,
            from_hour_at=key.hour_at,
            now=self.now,
        )
        change = Change(record.stepped(RecordState.CARRIED), record.version, carried=carried)
        self._commit(change, key._replace(hour_at=CARRY_TARGET.hour_at))

    def carry_late(self, key: RecordKey, *event_ids: str) -> None:
        """Carry events of a closed hour, of half a unit each."""
        record = self.ledger.read([key]).get(key)
        events = [usage_event(event_id, "0.5", home=key) for event_id in event_ids]
        change = carry_late(key, record, events, self.now)
        self._commit(change, key._replace(hour_at=CARRY_TARGET.hour_at))

    def _commit(self, change: Change, target: RecordKey | None = None) -> None:
        due_at = None if target is None else DUE_AT
        assert self.ledger.commit(change, target, due_at) is CommitResult.COMMITTED

    def set_header(self, key: RecordKey, **attributes: Any) -> None:
        """Overwrite attributes of a header; None removes one."""
        for name, value in attributes.items():
            verb = "REMOVE #name" if value is None else "SET #name = :value"
            values = {} if value is None else {"ExpressionAttributeValues": {":value": value}}
            self.aws.dynamodb.update_item(
                TableName=self.table_name,
                Key=header_key(key),
                UpdateExpression=verb,
                ExpressionAttributeNames={"#name": name},
                **values,  # type: ignore[arg-type] # one member or none
            )

    def delete(self, key: dict[str, Any]) -> None:
        self.aws.dynamodb.delete_item(TableName=self.table_name, Key=key)

    def page_items(self, key: RecordKey) -> list[dict[str, Any]]:
        """Return the keys of the page items of a record."""
        found = self.aws.dynamodb.query(
            TableName=self.table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={
                ":pk": page_key(key, "")["pk"],
                ":prefix": page_key(key, "")["sk"],
            },
        )
        return [{"pk": item["pk"], "sk": item["sk"]} for item in found["Items"]]

    def rewrite_page(self, key: RecordKey, before: Page, after: Page) -> None:
        """Put other content under a page's name."""
        name = encode_page(replace(before, from_hour_at=key.hour_at)).digest
        blob = encode_page(replace(after, from_hour_at=key.hour_at)).blob
        item = {**page_key(key, name), "blob": {"B": blob}}
        self.aws.dynamodb.put_item(TableName=self.table_name, Item=item)


def write_every_state(books: Books) -> Sequence[RecordKey]:
    """Bring a record into every state; each holds 100.000001 units, in a large and a small page.

    Hour 0 is METERED and has late usage, hours 1 to 3 REJECTED, DISPUTED and EXPIRED, hour 4
    CARRIED, hour 5 held, hour 6 SUBMITTING, hour 7 open.
    """
    keys = [hour(hours) for hours in range(8)]
    for n, key in enumerate(keys):
        books.journal(key, large_page(f"large {n}"), page(f"small {n}", "0.000001"))
    states = (
        RecordState.METERED,
        RecordState.REJECTED,
        RecordState.DISPUTED,
        RecordState.EXPIRED,
    )
    for key, state in zip(keys, states, strict=False):
        books.end(key, state)
    books.carry_late(keys[0], "late 1", "late 2")
    books.carry_whole(keys[4])
    books.step(keys[5], RecordState.OPEN, reason="queue_backlog")
    books.step(keys[6], RecordState.SUBMITTING)
    return keys
