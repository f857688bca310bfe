"""The whole state as lines of JSON, and back, exactly.

The first line says what it is, the last one that nothing is missing. Each line between them is one
entry of one field of MarketplaceState: `["bill", […]]`. Agreements and events, which many entries
hold, stand before the entry that first holds them: `["@Agreement", {…}]`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import cast

from marketplace_sandbox.core.model.agreements import Agreement, AgreementBook
from marketplace_sandbox.core.model.clock import take_up_again
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.saved_state.plain_forms import (
    ContainerForm,
    Forms,
    Shared,
    container_form,
    frozen,
)
from marketplace_sandbox.core.saved_state.plain_values import (
    VALUE_FORMS,
    Form,
    UnreadableError,
    read_under,
)

FORMAT = "meterhouse-sandbox"
# A field more with a default needs no new version; a field less or another meaning does.
VERSION = 2
_SHARED: tuple[type, ...] = (Agreement, EmittedEvent)
_MARK = "@"

type Line = object


@dataclass(frozen=True, slots=True)
class FrozenState:
    """The values of a state's fields at one moment, which nobody changes any more."""

    values: Mapping[str, object]
    saved_at: datetime


def freeze_state(state: MarketplaceState, *, machine_now: datetime) -> FrozenState:
    """Copy what can change, which is far less than there is: writing may then take its time."""
    values = {one.name: getattr(state, one.name) for one in fields(state)}
    values["agreements"] = [*state.agreements.by_id.values()]
    return FrozenState({name: frozen(value) for name, value in values.items()}, machine_now)


def write_state(state: FrozenState) -> Iterator[Line]:
    """Write a state, line by line; each line can be given to `json.dumps`."""
    shared, forms = _new_forms()
    yield {
        "format": FORMAT,
        "version": VERSION,
        "saved_at": VALUE_FORMS[datetime].write(state.saved_at),
    }
    write_by_kind = {kind: forms.of_object(kind).write for kind in _SHARED}
    count = 0
    for name, form in forms.of_fields(MarketplaceState).items():
        for line in _lines_of(name, form, state.values[name]):
            for kind, table in shared.items():
                for value in table.take_written():
                    yield [f"{_MARK}{kind.__name__}", write_by_kind[kind](value)]
                    count += 1
            yield line
            count += 1
    yield {"lines": count}


def read_state(lines: Iterable[Line], *, machine_now: datetime) -> MarketplaceState:
    """Read a state that goes on at `machine_now`; raise UnreadableError if anything is amiss."""
    remaining = iter(lines)
    saved_at = _read_header(next(remaining, None))
    shared, all_forms = _new_forms()
    forms = all_forms.of_fields(MarketplaceState)
    adders = {  # by the name of a line: what reads it, and where it is put
        f"{_MARK}{kind.__name__}": (all_forms.of_object(kind).read, table.read)
        for kind, table in shared.items()
    }
    entries: dict[str, list[object]] = {}
    for name, form in forms.items():
        read = form.entry.read if isinstance(form, ContainerForm) else form.read
        adders[name] = (read, entries.setdefault(name, []))
    count = 0
    for line in remaining:
        match line:
            case [str(name), raw] if name in adders:
                read, found = adders[name]
                found.append(read_under(name, read, raw))
            case {"lines": int(written)} if written == count and next(remaining, None) is None:
                state = _put_together(forms, entries)
                state.clock = take_up_again(
                    state.clock, left_machine_at=saved_at, machine_now=machine_now
                )
                return state
            case _:
                break
        count += 1
    raise UnreadableError(f"it breaks off or makes no sense after {count + 1} lines")


def _new_forms() -> tuple[dict[type, Shared], Forms]:
    shared = {kind: Shared() for kind in _SHARED}
    return shared, Forms(shared=shared, special={AgreementBook: _book_form})


def _book_form(forms: Forms) -> Form:
    """Write the agreements alone: the book's indexes follow from them."""

    def fill(agreements: Iterable[Agreement]) -> AgreementBook:
        book = AgreementBook()
        for agreement in agreements:
            book.put(agreement)
        return book

    return container_form(forms.of(Agreement), fill)


def _lines_of(name: str, form: Form, value: object) -> Iterator[Line]:
    if not isinstance(form, ContainerForm):
        yield [name, form.write(value)]
        return
    for entry in form.entries(value):
        yield [name, form.entry.write(entry)]


def _read_header(line: Line) -> datetime:
    match line:
        case {"format": str(name), "version": int(version), "saved_at": saved_at, **rest}:
            if name == FORMAT and version == VERSION and not rest:
                return cast("datetime", VALUE_FORMS[datetime].read(saved_at))
            if name == FORMAT and version != VERSION:
                raise UnreadableError(
                    f"it has version {version}, and this sandbox reads version {VERSION}"
                )
        case _:
            pass
    raise UnreadableError("it is no state of a sandbox")


def _put_together(
    forms: Mapping[str, Form], entries: Mapping[str, list[object]]
) -> MarketplaceState:
    """Put each container's entries, and each other field's only value, in its place."""
    state = MarketplaceState()
    for name, form in forms.items():
        if isinstance(form, ContainerForm):
            setattr(state, name, form.fill(entries[name]))
        elif entries[name]:
            setattr(state, name, entries[name][-1])
    return state
