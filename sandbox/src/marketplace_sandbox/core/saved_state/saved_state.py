"""The whole state as lines of JSON, and back, exactly.

The first line says what it is, the last one that nothing is missing. Each line between them is one
entry of one field of MarketplaceState: `["bill", […]]`. Agreements and events, which many entries
hold, stand before the entry that first holds them: `["@Agreement", {…}]`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from marketplace_sandbox.core.model.agreements import Agreement, AgreementBook
from marketplace_sandbox.core.model.clock import take_up_again
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.saved_state.plain_containers import Form, frozen
from marketplace_sandbox.core.saved_state.plain_forms import Forms, Shared
from marketplace_sandbox.core.saved_state.plain_values import VALUE_FORMS, UnreadableError

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


@dataclass(slots=True)
class _Reading:
    """What was read so far: a field's only value, or a container's entries."""

    values: dict[str, object]
    entries: dict[str, list[object]]


def freeze_state(state: MarketplaceState, *, machine_now: datetime) -> FrozenState:
    """Copy what can change, which is far less than there is: writing may then take its time."""
    forms = _fields(_new_shared())
    values = {name: frozen(form, getattr(state, name)) for name, form in forms.items()}
    return FrozenState(values, machine_now)


def write_state(state: FrozenState) -> Iterator[Line]:
    """Write a state, line by line; each line can be given to `json.dumps`."""
    shared = _new_shared()
    yield {
        "format": FORMAT,
        "version": VERSION,
        "saved_at": VALUE_FORMS[datetime].write(state.saved_at),
    }
    object_forms = {kind: _forms(shared).of_shared(kind) for kind in _SHARED}
    count = 0
    for name, form in _fields(shared).items():
        for line in _lines_of(name, form, state.values[name]):
            for kind, table in shared.items():
                for value in table.take_written():
                    yield [f"{_MARK}{kind.__name__}", object_forms[kind].write(value)]
                    count += 1
            yield line
            count += 1
    yield {"lines": count}


def read_state(lines: Iterable[Line], *, machine_now: datetime) -> MarketplaceState:
    """Read a state that goes on at `machine_now`; raise UnreadableError if anything is amiss."""
    remaining = iter(lines)
    saved_at = _read_header(next(remaining, None))
    shared = _new_shared()
    forms = _fields(shared)
    object_forms = {
        f"{_MARK}{kind.__name__}": (table, _forms(shared).of_shared(kind))
        for kind, table in shared.items()
    }
    reading = _Reading({}, {name: [] for name, form in forms.items() if form.entry is not None})
    count = 0
    for line in remaining:
        match line:
            case [str(name), raw] if name in object_forms:
                table, form = object_forms[name]
                table.read.append(form.read(raw))
            case [str(name), raw] if name in forms:
                _read_line(reading, name, forms[name], raw)
            case {"lines": int(written)} if written == count and next(remaining, None) is None:
                return _put_together(reading, forms, saved_at=saved_at, machine_now=machine_now)
            case _:
                break
        count += 1
    raise UnreadableError(f"it breaks off or makes no sense after {count + 1} lines")


def _new_shared() -> dict[type, Shared]:
    return {kind: Shared() for kind in _SHARED}


def _forms(shared: Mapping[type, Shared]) -> Forms:
    return Forms(shared=shared, special={AgreementBook: _book_form})


def _fields(shared: Mapping[type, Shared]) -> dict[str, Form]:
    """Return the form of each field of the state."""
    return _forms(shared).of_fields(MarketplaceState)


def _book_form(forms: Forms) -> Form:
    """Write the agreements alone: the book's indexes follow from them."""
    entry = forms.of(Agreement)

    def fill(agreements: Iterable[Agreement]) -> AgreementBook:
        book = AgreementBook()
        for agreement in agreements:
            book.put(agreement)
        return book

    def unwritten(_: object) -> object:
        raise AssertionError("a state's fields are written entry by entry")

    return Form(
        unwritten,
        unwritten,
        freeze=lambda book: list(book.by_id.values()),
        entry=entry,
        entries=iter,
        fill=fill,
    )


def _lines_of(name: str, form: Form, value: object) -> Iterator[Line]:
    if form.entry is None:
        yield [name, form.write(value)]
        return
    write = form.entry.write
    for entry in form.entries(value):
        yield [name, write(entry)]


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


def _read_line(reading: _Reading, name: str, form: Form, raw: object) -> None:
    try:
        if form.entry is not None:
            reading.entries[name].append(form.entry.read(raw))
        else:
            reading.values[name] = form.read(raw)
    except UnreadableError as error:
        raise error.under(name) from error


def _put_together(
    reading: _Reading,
    forms: Mapping[str, Form],
    *,
    saved_at: datetime,
    machine_now: datetime,
) -> MarketplaceState:
    state = MarketplaceState()
    for name, value in reading.values.items():
        setattr(state, name, value)
    for name, entries in reading.entries.items():
        fill: Callable[[Iterable[object]], object] = forms[name].fill
        setattr(state, name, fill(entries))
    state.clock = take_up_again(state.clock, left_machine_at=saved_at, machine_now=machine_now)
    return state
