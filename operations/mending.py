"""Mending a rejected event so that it can be sent again under the identity that it had."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from meterhouse.domain.usage.events import QueueMessage, UsageEvent, read_message
from operations.errors import OperationError
from operations.rejected_queue import RejectedEvent

# The greatest LateUsageDaysMax; the stack's own bound is the drain's to keep.
LATE_MAX = timedelta(days=366)


def mended(
    event: RejectedEvent,
    changes: Mapping[str, object],
    removals: Sequence[str] = (),
    replacement: object = None,
) -> dict[str, Any]:
    """Return an event with fields changed and removed, and with an id and a time of its own.

    A field within a field is named with dots, such as `tags.team`. An event without an id or a time
    gets what the drain would have taken for it. Raises OperationError with what is still lacking.
    """
    content = event.content if replacement is None else replacement
    if event.part is not None and replacement is None:
        raise OperationError(f"{event.name} is part {event.part} of an event: give the whole one")
    if not isinstance(content, dict):
        raise OperationError(f"{event.name} could not be read as an object: give the whole event")
    found: dict[str, Any] = json.loads(json.dumps(content))
    for name, value in changes.items():
        _holder(found, name)[name.rpartition(".")[2]] = value
    for name in removals:
        _holder(found, name).pop(name.rpartition(".")[2], None)
    at = "" if event.position is None else f"/{event.position}"
    # Null is absent to the drain, which would take the id of the message that is sent now.
    if found.get("id") is None:
        found["id"] = f"{event.lent.get('id', event.message_id)}{at}"
    # A CloudEvent may have its time in its data, before which its own would go.
    if found.get("time") is None and "time" in event.lent and "specversion" not in found:
        found["time"] = event.lent["time"]
    if found.get("time") is None:
        raise OperationError(
            f"{event.name} has no time of its own, and its message's is lost: say when it "
            "happened, with `rejected mend` and --set time=2026-11-22T18:04:05Z"
        )
    return found


def read_mended(event: dict[str, Any], now: datetime) -> UsageEvent:
    """Read an event as the drain will; raises OperationError with everything wrong with it."""
    message = QueueMessage("mended", json.dumps(event), now)
    (read,) = read_message(message, now=now, late_max=LATE_MAX)
    if isinstance(read, UsageEvent):
        return read
    faults = "; ".join(f"{fault.code}: {fault.sentence}" for fault in read.faults)
    raise OperationError(f"it would be rejected again: {faults}")


def _holder(event: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object in which a field stands, made where it is absent."""
    holder: Any = event
    for part in name.split(".")[:-1]:
        holder = holder.setdefault(part, {})
        if not isinstance(holder, dict):
            raise OperationError(f"{part} in {name} is no object")
    return holder  # type: ignore[no-any-return] # of JSON
