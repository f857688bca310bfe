"""Objects and containers as JSON and back, derived from their types alone.

Nothing needs to be listed: a field that is added to a dataclass is saved from then on, and a file
that was written before it was there gives it its default. A type that cannot be written raises
TypeError when its form is built, which a test does for the whole state.
"""
# ruff: noqa: ANN401 - values of every type pass through here

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import partial
from typing import Any, NamedTuple, TypeAliasType, get_args, get_origin, get_type_hints

from marketplace_sandbox.core.saved_state.plain_containers import (
    UNIONS,
    Form,
    container_form,
    filled,
    filling,
    fixed_tuple_form,
    frozen,
    read_under,
    union_form,
)
from marketplace_sandbox.core.saved_state.plain_values import (
    DOCUMENT_FORM,
    VALUE_FORMS,
    UnreadableError,
    ValueForm,
    enum_form,
)

# What may hold anything; it never changes once it is held.
_DOCUMENTS = {object, Any, Mapping[str, object]}


class Shared:
    """Objects of one type that others hold: each is written once, and read back as one object."""

    def __init__(self) -> None:
        self._place_by_identity: dict[int, int] = {}
        self._taken = 0
        self.written: list[Any] = []
        self.read: list[Any] = []

    def place_of(self, value: Any) -> int:
        """Return an object's place; objects must stay alive while a state is written."""
        place = self._place_by_identity.setdefault(id(value), len(self.written))
        if place == len(self.written):
            self.written.append(value)
        return place

    def take_written(self) -> list[Any]:
        """Return the objects that got their places since the last time."""
        new = self.written[self._taken :]
        self._taken = len(self.written)
        return new

    def at(self, place: Any) -> Any:
        """Return the object that was read for a place."""
        if type(place) is not int or not 0 <= place < len(self.read):
            raise UnreadableError(f"there is no object {place!r}")
        return self.read[place]


class Forms:
    """The forms of all types that a state is made of, for one writing or one reading of it."""

    def __init__(
        self,
        *,
        shared: Mapping[type, Shared],
        special: Mapping[type, Callable[["Forms"], Form]],
    ) -> None:
        self._shared = shared
        self._special = special
        self._known: dict[Any, Form] = {}

    def of(self, kind: Any) -> Form:
        """Return a type's form; raise TypeError if values of it cannot be written."""
        if isinstance(kind, TypeAliasType):
            return self.of(kind.__value__)
        if kind not in self._known:
            self._known[kind] = self._build(kind)
        return self._known[kind]

    def of_shared(self, kind: type) -> Form:
        """Return the form of a shared object itself; elsewhere its place stands for it."""
        return _object_form(self, kind)

    def of_fields(self, kind: type) -> dict[str, Form]:
        """Return the form of each field of a dataclass, by its name."""
        hints = get_type_hints(kind)
        return {one.name: _field_form(self, one, hints[one.name]) for one in fields(kind)}

    def _build(self, kind: Any) -> Form:
        if kind in self._shared:
            shared = self._shared[kind]
            return Form(shared.place_of, shared.at)
        if kind in self._special:
            return self._special[kind](self)
        if kind in _DOCUMENTS:
            return _form(DOCUMENT_FORM)
        if isinstance(kind, type):
            return self._of_class(kind)
        origin, arguments = get_origin(kind), get_args(kind)
        build = union_form if origin in UNIONS else partial(container_form, origin)
        return build(self.of, arguments)

    def _of_class(self, kind: type) -> Form:
        if kind in VALUE_FORMS:
            return _form(VALUE_FORMS[kind])
        if issubclass(kind, Enum):
            return _form(enum_form(kind))
        if issubclass(kind, tuple) and hasattr(kind, "_fields"):
            return _row_form(self, kind)
        if is_dataclass(kind):
            return _object_form(self, kind)
        raise TypeError(f"no form for {kind.__name__}")


def _form(form: ValueForm) -> Form:
    return Form(form.write, form.read)


class _Slot(NamedTuple):
    name: str
    form: Form
    is_required: bool


def _object_form(forms: Forms, kind: type) -> Form:
    """Write a dataclass with the names of its fields."""
    form_by_name = forms.of_fields(kind)
    slots = [_Slot(one.name, form_by_name[one.name], _is_required(one)) for one in fields(kind)]
    writers = [(slot.name, slot.form.write) for slot in slots]
    by_name = {slot.name: slot for slot in slots}
    required = {slot.name for slot in slots if slot.is_required}

    def write(value: Any) -> Any:
        return {name: write_field(getattr(value, name)) for name, write_field in writers}

    def read(raw: Any) -> Any:
        if type(raw) is not dict:
            raise UnreadableError(f"{type(raw).__name__} in place of an object")
        if not raw.keys() <= by_name.keys() or not required <= raw.keys():
            odd = sorted((raw.keys() - by_name.keys()) | (required - raw.keys()))
            raise UnreadableError(f"{kind.__name__} with unknown or without {', '.join(odd)}")
        values = {name: read_under(name, by_name[name].form.read, raw[name]) for name in raw}
        try:
            return kind(**values)
        except (AssertionError, TypeError, ValueError) as error:
            raise UnreadableError(f"not a {kind.__name__}: {error}") from error

    if kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has them
        return Form(write, read)

    def freeze(value: Any) -> Any:
        return kind(**{slot.name: frozen(slot.form, getattr(value, slot.name)) for slot in slots})

    return Form(write, read, freeze)


def _row_form(forms: Forms, kind: type) -> Form:
    """Write a named tuple without the names, as it was chosen for its small size."""
    hints = get_type_hints(kind)
    items = [forms.of(hints[name]) for name in hints]
    row = fixed_tuple_form(items)
    return Form(row.write, lambda raw: kind(*row.read(raw)))


def _field_form(forms: Forms, one: Field[Any], hint: Any) -> Form:
    """Return a field's form; a container is read into what the field's default makes.

    So a deque keeps its limit, and a dictionary with a default of its own keeps it.
    """
    if not one.init:
        raise TypeError(f"{one.name} cannot be given to its class")
    form = forms.of(hint)
    if form.entry is None or one.default_factory is MISSING:
        return form
    empty = one.default_factory()
    fill = form.fill
    match empty:
        case deque(maxlen=maxlen):
            fill = lambda entries: deque(entries, maxlen)  # noqa: E731 - one of three fillings
        case dict():
            make = one.default_factory
            fill = lambda entries: filled(make(), entries)  # noqa: E731 - as above
        case _:
            pass
    return filling(form, fill)


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING
