"""What a port call was about and what came of it, in the few words that a trace has room for."""

from collections.abc import Callable
from enum import Enum
from functools import partial

from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.records.record import Batch, BatchKey
from meterhouse.ports.ledger import Due, Lease, StoredSegment

_WORDS_MAX = 8
_NAME_MAX = 6
_LINE_MAX = 240


def subject_of(effect: Callable[[], object]) -> str:
    """Name what a call is about, as far as a line has room."""
    assert isinstance(effect, partial)
    return " ".join(_words_of(one) for one in (*effect.args[1:], *effect.keywords.values()))


def log_of(effect: Callable[[], object]) -> LogKey | None:
    """Return the hour log that a call is about, if it is about one."""
    assert isinstance(effect, partial)
    match effect.args[1:]:
        case [LogKey() as log, *_] | [Head(log=log) | Carry(target=log) | Lease(log=log), *_]:
            return log
        case [Batch(key=BatchKey(log=log)), *_]:
            return log
        case _:
            return None


def outcome_of(answer: object) -> str:
    """Name what a call came to."""
    return answer.name if isinstance(answer, Enum) else _words_of(answer)


def _words_of(value: object) -> str:
    match value:
        case Head() | Batch() | Carry():
            words = _words_of_item(value)
        case StoredSegment(generation=generation, name=name):
            words = f"g{generation}#{name[:_NAME_MAX]}"
        case Lease(log=log, token=token):
            words = f"{log} by {token[:_NAME_MAX]}"
        case Due(due_at=due_at, key=key):
            words = f"{key} {due_at:%d %H:%M:%S}"
        case {"Results": results, "UnprocessedRecords": unprocessed}:
            statuses = ", ".join(result["Status"] for result in results)
            words = f"{statuses or 'nothing'}; {len(unprocessed)} unprocessed"
        case dict() if all(isinstance(key, LogKey | str | int) for key in value):
            words = "; ".join(f"{key}: {_words_of(one)}" for key, one in value.items())
        case dict():
            words = f"{len(value)} members"
        case set() | frozenset():
            # The order of a set must not get into a trace.
            words = " ".join(sorted(str(one)[:_NAME_MAX] for one in value))
        case list() | tuple() if not isinstance(value, RecordKey | LogKey | BatchKey):
            words = " ".join(map(_words_of, value[:_WORDS_MAX]))
        case _:
            words = str(value)
    return words[:_LINE_MAX]


def _words_of_item(item: Head | Batch | Carry) -> str:
    match item:
        case Head():
            due = "never" if item.due_at is None else f"{item.due_at:%d %H:%M:%S}"
            settled = "settled " if item.is_settled else ""
            waiting = f" waiting for {len(item.waiting)}" if item.waiting else ""
            return f"{item.log} open {item.open} done {item.done} {settled}due {due}{waiting}"
        case Batch():
            members = ", ".join(
                f"{one.key} {one.units} {one.state} {one.status.reason or ''}".rstrip()
                for one in item.records
            )
            return f"{item.key} through {item.through} v{item.version}: {members}"
        case Carry():
            arrived = " arrived" if item.has_arrived else ""
            units = sum(part.quantity for part in item.parts)
            target = f"{item.target} g{item.generation}"
            return f"{item.origin} {units} to {target} v{item.version}{arrived}"
