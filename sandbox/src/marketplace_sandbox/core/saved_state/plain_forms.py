"""Objects and containers as JSON and back, derived from their types alone.

Nothing needs to be listed: a field that is added to a dataclass is saved from then on, and a file
that was written before it was there gives it its default. A type that cannot be written raises
TypeError when its form is built, which a test does for the whole state.
"""
# ruff: noqa: ANN401 - values of every type pass through here

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeAliasType, Union, get_args, get_origin, get_type_hints

from marketplace_sandbox.core.saved_state.plain_values import (
    DOCUMENT_FORM,
    VALUE_FORMS,
    Form,
    UnreadableError,
    enum_form,
    exact_form,
    read_under,
)

# What may hold anything; it never changes once it is held.
_DOCUMENTS = {object, Any, Mapping[str, object]}
_SCALARS = {str, int, float, bool}
_CHANGING = (dict, list, set, deque)


@dataclass(frozen=True, slots=True)
class ContainerForm(Form):
    """How a container is written and read: as a list of its entries, a dictionary of its pairs.

    Attributes:
        entry: the form of its entries.
        entries: lists them.
        fill: makes the container of them.

    """

    entry: Form
    entries: Callable[[Any], Iterable[Any]]
    fill: Callable[[Iterable[Any]], Any]


def container_form(
    entry: Form,
    fill: Callable[[Iterable[Any]], Any],
    entries: Callable[[Any], Iterable[Any]] = iter,
) -> ContainerForm:
    """Return the form of a container that is made of such entries."""
    write_entry, read_entry = entry.write, entry.read

    def write(value: Any) -> Any:
        return [write_entry(one) for one in entries(value)]

    def read(raw: Any) -> Any:
        if type(raw) is not list:
            raise UnreadableError(f"{type(raw).__name__} in place of a list")
        return fill(read_under(str(place), read_entry, one) for place, one in enumerate(raw))

    return ContainerForm(write, read, entry, entries, fill)


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
        self._special = special
        self._known: dict[Any, Form] = dict(VALUE_FORMS) | dict.fromkeys(_DOCUMENTS, DOCUMENT_FORM)
        self._known |= {kind: Form(one.place_of, one.at) for kind, one in shared.items()}

    def of(self, kind: Any) -> Form:
        """Return a type's form; raise TypeError if values of it cannot be written."""
        if kind not in self._known:
            self._known[kind] = self._build(kind)
        return self._known[kind]

    def of_fields(self, kind: type) -> dict[str, Form]:
        """Return the form of each field of a dataclass, by its name, as its class takes them."""
        hints = get_type_hints(kind)
        taken = sorted(fields(kind), key=lambda one: bool(one.kw_only))
        return {one.name: self._of_field(one, hints[one.name]) for one in taken}

    def of_object(self, kind: type) -> Form:
        """Return a dataclass's form, with the names of its fields; not a shared one's place."""
        forms = self.of_fields(kind)
        writers = [(name, form.write) for name, form in forms.items()]
        required = {one.name for one in fields(kind) if _is_required(one)}

        def write(value: Any) -> Any:
            return {name: write_field(getattr(value, name)) for name, write_field in writers}

        def read(raw: Any) -> Any:
            if type(raw) is not dict:
                raise UnreadableError(f"{type(raw).__name__} in place of an object")
            odd = (raw.keys() - forms.keys()) | (required - raw.keys())
            if odd:
                names = ", ".join(sorted(odd))
                raise UnreadableError(f"{kind.__name__} with unknown or without {names}")
            values = {name: read_under(name, forms[name].read, raw[name]) for name in raw}
            try:
                return kind(**values)
            except (AssertionError, TypeError, ValueError) as error:
                raise UnreadableError(f"not a {kind.__name__}: {error}") from error

        return Form(write, read)

    def _build(self, kind: Any) -> Form:
        if isinstance(kind, TypeAliasType):
            return self.of(kind.__value__)
        if kind in self._special:
            return self._special[kind](self)
        origin, arguments = get_origin(kind), get_args(kind)
        if origin in {Union, UnionType}:
            return self._of_union(arguments)
        if origin in {tuple, *_CHANGING}:
            return self._of_container(origin, arguments)
        return self._of_class(kind)

    def _of_class(self, kind: Any) -> Form:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return enum_form(kind)
        if isinstance(kind, type) and issubclass(kind, tuple):
            # A named tuple was chosen for its small size: it is written without its names.
            return _row_form([self.of(one) for one in get_type_hints(kind).values()], kind)
        if isinstance(kind, type) and is_dataclass(kind):
            return self.of_object(kind)
        raise TypeError(f"no form for {kind}")

    def _of_union(self, kinds: Sequence[Any]) -> Form:
        """Return the form of scalars, which JSON tells apart, or of what may be None."""
        others = [one for one in kinds if one is not NoneType]
        if len(others) > 1 and not set(others) <= _SCALARS:
            raise TypeError(f"no form for one of {others}")
        form = self.of(others[0]) if len(others) == 1 else exact_form(*others)
        if len(others) == len(kinds):
            return form
        write, read = form.write, form.read
        return Form(
            lambda value: None if value is None else write(value),
            lambda raw: None if raw is None else read(raw),
        )

    def _of_container(self, made: type, arguments: Sequence[Any]) -> Form:
        """Return a container's form; a set's members are in order: equal states, equal files."""
        if any(_can_change(one) for one in arguments):
            raise TypeError(f"a frozen copy of a {made.__name__} would hold what changes")
        if made is dict or (made is tuple and arguments[-1] is not ...):
            row = _row_form([self.of(one) for one in arguments])
            return container_form(row, dict, lambda held: held.items()) if made is dict else row
        entries = (lambda held: sorted(held, key=repr)) if made is set else iter
        return container_form(self.of(arguments[0]), made, entries)

    def _of_field(self, one: Field[Any], hint: Any) -> Form:
        """Return a field's form; a deque keeps the limit that the field's default gives it."""
        if not one.init:
            raise TypeError(f"{one.name} cannot be given to its class")
        form = self.of(hint)
        match None if one.default_factory is MISSING else one.default_factory():
            case deque(maxlen=maxlen) if isinstance(form, ContainerForm):
                return container_form(form.entry, lambda entries: deque(entries, maxlen))
            case dict() as empty if type(empty) is not dict:
                raise TypeError(f"{one.name} would come back without its default")
        return form


def frozen(value: Any) -> Any:
    """Copy what can change of a value: a container, whose entries cannot, or what holds some."""
    if isinstance(value, _CHANGING):
        return value.copy()
    if not _can_change(type(value)):
        return value
    return replace(value, **{one.name: frozen(getattr(value, one.name)) for one in fields(value)})


def _can_change(kind: Any) -> bool:
    told = getattr(kind, "__dataclass_params__", None)
    if told is not None:
        return not told.frozen
    return get_origin(kind) in _CHANGING or any(_can_change(one) for one in get_args(kind))


def _row_form(items: Sequence[Form], named: Callable[..., Any] | None = None) -> Form:
    """Return the form of a tuple whose places have types of their own, and perhaps names."""

    def write(value: Any) -> Any:
        return [item.write(one) for item, one in zip(items, value, strict=True)]

    def read(raw: Any) -> Any:
        if type(raw) is not list or len(raw) != len(items):
            raise UnreadableError(f"not a list of {len(items)}")
        row = [
            read_under(str(place), item.read, one)
            for place, (item, one) in enumerate(zip(items, raw, strict=True))
        ]
        return tuple(row) if named is None else named(*row)

    return Form(write, read)


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING
