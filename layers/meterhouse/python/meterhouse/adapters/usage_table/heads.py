"""The heads of hour logs: who may close a log, and what became of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

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
    maybe_moment,
    moment,
    number,
    text,
)
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.hours import floor_to_hour, format_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.errors import ConditionFailedError
from meterhouse.ports.ledger import Lease

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Attributes, Item, Value


class Heads(TablePart):
    """Reads heads, and writes each step of one as a single conditional update."""

    def heads(self, logs: Sequence[LogKey]) -> dict[LogKey, Head]:
        """Return the heads that exist."""
        keys = [head_key(log) for log in dict.fromkeys(logs)]
        found = [read_head(item) for item in self._table.get_each(keys)]
        return {head.log: head for head in found}

    def heads_between(self, first_at: datetime, last_at: datetime) -> Iterator[Head]:
        """Yield the heads of the hours from `first_at` to `last_at`, in their order."""
        first, last = format_hour(floor_to_hour(first_at)), format_hour(floor_to_hour(last_at))
        for item in self._table.between(HEADS_PARTITION, first, f"{last}#{LAST}"):
            head = read_head(item)
            if head.log.hour_at >= first_at:
                yield head

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None) -> bool:
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
        unwritten, seen = _unchanged(**written_attributes(head.written_at, head.written_in))
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

    def postpone(self, seen: Head, after: Head) -> bool:
        """Store when and why a log is looked at again, if it still is as it was `seen`."""
        assert seen.log == after.log
        unchanged, values = _unchanged(
            open=number(seen.open),
            due_at=maybe_moment(seen.due_at),
            **written_attributes(seen.written_at, seen.written_in),
        )
        put_off = pause_attributes(after)
        only_if = f"attribute_not_exists(#lease) AND {unchanged}"
        try:
            self._table.update(head_key(seen.log), put_off, only_if=only_if, given=values)
        except ConditionFailedError as error:
            # Our own write, whose answer was lost, is recognised by what it wrote.
            return error.item is not None and _is_put_off(read_head(error.item), seen, after)
        return True

    def _update(
        self, log: LogKey, attributes: "Attributes", *, only_if: str, given: "Item"
    ) -> bool:
        try:
            self._table.update(head_key(log), attributes, only_if=only_if, given=given)
        except ConditionFailedError:
            return False
        return True


def _is_put_off(there: Head, seen: Head, after: Head) -> bool:
    written = pause_attributes(there) == pause_attributes(after)
    return written and there.open == seen.open and there.leased_until is None


def _unchanged(**seen: "Value | None") -> "tuple[str, Item]":
    """Return the condition that attributes are as they were seen, and its values."""
    conditions = [
        f"attribute_not_exists(#{name})" if value is None else f"#{name} = :seen_{name}"
        for name, value in seen.items()
    ]
    return " AND ".join(conditions), {
        f":seen_{name}": value for name, value in seen.items() if value is not None
    }
