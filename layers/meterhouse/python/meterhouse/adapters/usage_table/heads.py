"""The heads of hour logs: who may close a log, and what became of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb_calls import ConditionFailedError
from meterhouse.adapters.usage_table.head_items import (
    new_head,
    outcome_attributes,
    pause_attributes,
    read_head,
    settled_attribute,
    written_attributes,
)
from meterhouse.adapters.usage_table.items import (
    HEADS_PARTITION,
    LAST,
    due_attributes,
    head_key,
    moment,
    number,
    text,
)
from meterhouse.adapters.usage_table.table import Table
from meterhouse.domain.hours import floor_to_hour, format_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.hour_log import LogKey
from meterhouse.ports import Lease

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Attributes, Item


class Heads:
    """Reads heads, and writes each step of one as a single conditional update."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        """Return the heads that exist."""
        keys = [head_key(log) for log in dict.fromkeys(logs)]
        found = [read_head(item) for item in self._table.get_each(keys)]
        return {head.log: head for head in found}

    def between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        """Yield the heads of the hours from `first_at` to `last_at`, in their order."""
        first, last = format_hour(floor_to_hour(first_at)), format_hour(floor_to_hour(last_at))
        for item in self._table.between(HEADS_PARTITION, first, f"{last}#{LAST}"):
            head = read_head(item)
            if head.log.hour_at >= first_at:
                yield head

    def create(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
        """Create a head with generation 0 open; tell whether it was not there yet."""
        written_in = None if written_at is None else 0
        head = Head(log, due_at=due_at, written_at=written_at, written_in=written_in)
        return self._table.put_first(new_head(head)) is None

    def wake(self, log: LogKey, generation: int, due_at: datetime, written_at: datetime) -> bool:
        """Set a log due again if `generation` is the open one; tell whether it is."""
        noted = {**written_attributes(written_at, generation), **due_attributes(due_at)}
        return self._update(
            log, noted, only_if="#open = :generation", given={":generation": number(generation)}
        )

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        """Take the lease of a log and close its open generation; tell whether that was done."""
        taken = {
            "open": number(head.open + 1),
            "lease": text(lease.token),
            "leased_until": moment(until),
            **settled_attribute(head),
        }
        # Nobody closed the log since it was read, and nobody closes it now.
        free = "#open = :before AND (attribute_not_exists(#lease) OR #leased_until <= :now)"
        given = {":before": number(head.open), ":now": moment(now)}
        try:
            self._table.update(head_key(head.log), taken, only_if=free, given=given)
        except ConditionFailedError as error:
            # Our own write, whose answer was lost, is recognised by its token.
            return error.item is not None and error.item.get("lease") == text(lease.token)
        return True

    def release(self, lease: Lease, head: Head) -> bool:
        """Store what became of a log and give the lease up; see the port."""
        assert head.log == lease.log
        key, token = head_key(lease.log), text(lease.token)
        outcome: Attributes = {
            **outcome_attributes(head),
            "lease": None,
            "leased_until": None,
            "released": token,
        }
        # Usage may have been noted since the head was read: when that is due stands there already.
        kept = {name: outcome[name] for name in outcome.keys() - due_attributes(None).keys()}
        unwritten, seen = _written_as(head)
        held = "#lease = :token"
        for attributes, only_if, given in (
            (outcome, f"{held} AND {unwritten}", {":token": token, **seen}),
            (kept, held, {":token": token}),
        ):
            try:
                self._table.update(key, attributes, only_if=only_if, given=given)
            except ConditionFailedError as error:
                item = error.item or {}
                if item.get("lease") != token:
                    # Our own write, whose answer was lost, is recognised by its token.
                    return item.get("released") == token
            else:
                return True
        return False

    def postpone(self, head: Head) -> bool:
        """Store when and why a log is looked at again, if nobody closed or woke it meanwhile."""
        unwritten, seen = _written_as(head)
        return self._update(
            head.log,
            pause_attributes(head),
            only_if=f"#open = :open AND attribute_not_exists(#lease) AND {unwritten}",
            given={":open": number(head.open), **seen},
        )

    def _update(
        self, log: LogKey, attributes: "Attributes", *, only_if: str, given: "Item"
    ) -> bool:
        try:
            self._table.update(head_key(log), attributes, only_if=only_if, given=given)
        except ConditionFailedError:
            return False
        return True


def _written_as(head: Head) -> "tuple[str, Item]":
    """Return the condition that no usage was noted since a head was read, and its values."""
    if head.written_at is None:
        return "attribute_not_exists(#written_at)", {}
    return "#written_at = :seen_at", {":seen_at": moment(head.written_at)}
