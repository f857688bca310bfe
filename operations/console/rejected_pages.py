"""The pages about usage events that could not be billed: why, mend, send again, discard."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from loopback_console.drawing import show_plainly
from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit

from operations.console.confirming import check_seen, digest_of, marked
from operations.console.record_pages import record_address
from operations.console.runbook_words import Words, words_about
from operations.console.stack import Stack
from operations.console.views import NotHereError, View
from operations.errors import OperationError
from operations.held_queue import UsageDoor
from operations.mending import mended
from operations.rejected_answers import list_answer
from operations.rejected_queue import RejectedEvent, RejectedMessage, RejectedQueue
from operations.sending_again import (
    Held,
    Sent,
    delete_events,
    find_events,
    plan_sending,
    read_json,
    read_value,
    send_events,
)

REJECTED_PATH = "/rejected"
# So many messages are looked at: each has to be received, and given back.
MESSAGES_MAX = 200
_FIELD, _WHOLE = "field-", "whole"
_FIELDS = ("subscription", "dimension", "quantity", "time")
_CLOUDEVENT_FIELDS = ("subject", "data.dimension", "data.quantity", "time")


@dataclass(frozen=True, slots=True)
class FaultView:
    """One thing that is wrong with an event, with the runbook's words."""

    code: str
    reason: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field that can be mended, and what stands in it."""

    name: str
    label: str
    value: str


def show_rejected(stack: Stack, visit: Visit) -> View:
    """Show the events that could not be billed as they are."""
    del visit
    with stack.open(RejectedQueue).rejections(MESSAGES_MAX + 1) as messages:
        answer = list_answer(messages, MESSAGES_MAX)
    return View("rejected.html", {"answer": answer})


def show_rejected_event(stack: Stack, visit: Visit) -> View:
    """Show one event whole, with everything that is wrong with it."""
    name = visit.query.required("name")
    with stack.open(RejectedQueue).rejections(MESSAGES_MAX) as messages:
        try:
            [(_, event)] = find_events(messages, [name])
        except OperationError as error:
            raise NotHereError(str(error)) from error
    return View(
        "rejected_event.html",
        {
            "event": event,
            "faults": [FaultView(*one, words_about(one[0])) for one in event.faults],
            "written": write_content(event.content),
            "editable": write_exactly(event.content),
            "fields": fields_of(event),
        },
    )


def show_one_or_all_rejected(stack: Stack, visit: Visit) -> View:
    """Show the event to which an address leads, or all."""
    show = show_rejected if visit.query.text("name") is None else show_rejected_event
    return show(stack, visit)


def ask_sending(stack: Stack, visit: Visit) -> View:
    """Say which usage events become when they are sent again, mended or as they are."""
    with stack.open(RejectedQueue).rejections(MESSAGES_MAX) as messages:
        found, sent = _plan(stack, visit.form, messages)
    return View(
        "sending.html",
        {
            "sent": [(one, write_content(one.event)) for one in sent],
            "fields": {**visit.form.values, "seen": digest_of(sent)},
            "events": [event for _, event in found],
        },
    )


def send_again(stack: Stack, visit: Visit) -> str:
    """Send the events that were shown, and take them out of the queue; returns where that leads."""
    queue = stack.open(RejectedQueue)
    with queue.rejections(MESSAGES_MAX) as messages:
        found, sent = _plan(stack, visit.form, messages)
        check_seen(visit.form, digest_of(sent))
        send_events(stack.open(UsageDoor), queue, found, sent)
    return REJECTED_PATH if len(sent) > 1 else record_address(sent[0].record)


def ask_discarding(stack: Stack, visit: Visit) -> View:
    """Show whole what would be deleted for good."""
    with stack.open(RejectedQueue).rejections(MESSAGES_MAX) as messages:
        events = [event for _, event in _found(visit.form, messages)]
    return View(
        "discarding.html",
        {
            "events": [(one, write_content(one.content)) for one in events],
            "fields": {**visit.form.values, "seen": _digest(events)},
        },
    )


def discard(stack: Stack, visit: Visit) -> str:
    """Delete the events that were shown, for good."""
    queue = stack.open(RejectedQueue)
    with queue.rejections(MESSAGES_MAX) as messages:
        found = _found(visit.form, messages)
        check_seen(visit.form, _digest([event for _, event in found]))
        delete_events(queue, found)
    return REJECTED_PATH


def fields_of(event: RejectedEvent) -> list[FieldView]:
    """Return what can be mended field by field: nothing of what is no event."""
    if not isinstance(event.content, dict) or event.part is not None:
        return []
    names = _CLOUDEVENT_FIELDS if "specversion" in event.content else _FIELDS
    return [
        FieldView(f"{_FIELD}{name}", name.removeprefix("data."), _shown(event.content, name))
        for name in names
    ]


def write_content(content: object) -> str:
    """Write an event in lines; what is no JSON as it came."""
    if isinstance(content, str):
        return content
    return json.dumps(content, indent=2, ensure_ascii=False)


def write_exactly(content: object) -> str:
    """Write an event for an input, which shows no character that hides or turns others around."""
    text = write_content(content)
    if isinstance(content, str) or show_plainly(text) == text:
        return text
    return json.dumps(content, indent=2)


def _plan(
    stack: Stack, form: Form, messages: Sequence[RejectedMessage]
) -> tuple[list[Held], list[Sent]]:
    """Return which events are meant, and what they become; EntryError with what is still wrong."""
    found = _found(form, messages)
    try:
        return found, plan_sending(found, lambda event: _mend(event, form), stack.now())
    except OperationError as error:
        raise EntryError(str(error)) from error


def _found(form: Form, messages: Sequence[RejectedMessage]) -> list[Held]:
    names = marked(form)
    try:
        return find_events(messages, names)
    except OperationError as error:
        raise EntryError(str(error)) from error


def _mend(event: RejectedEvent, form: Form) -> dict[str, Any]:
    """Return an event with what was entered: a whole one, or the fields that are others now."""
    whole = form.text(_WHOLE)
    if whole is not None:
        return mended(event, {}, replacement=read_json(whole))
    changes: dict[str, object] = {}
    removals: list[str] = []
    for field in fields_of(event):
        entered = form.entered(field.name, field.value).strip()
        name = field.name.removeprefix(_FIELD)
        if entered == field.value:
            continue
        if entered:
            changes[name] = read_value(entered)
        else:
            removals.append(name)
    return mended(event, changes, removals)


def _shown(content: dict[str, Any], name: str) -> str:
    value: Any = content
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return ""
    # As the input shows it: so what was not touched is known when it comes back.
    return str(show_plainly(value.strip())) if isinstance(value, str) else write_exactly(value)


def _digest(events: list[RejectedEvent]) -> str:
    return digest_of(asdict(one) for one in events)
