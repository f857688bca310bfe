"""Containers and unions as JSON and back, derived from their types alone."""
# ruff: noqa: ANN401 - values of every type pass through here

import types
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeAliasType, Union, get_args, get_origin

from marketplace_sandbox.core.saved_state.plain_values import (
    UnreadableError,
    ValueForm,
    scalar_union_form,
)

UNIONS = {Union, types.UnionType}
_SCALARS = {str, int, float, bool, type(None)}


@dataclass(frozen=True, slots=True)
class Form(ValueForm):
    """How the values of one type are written and read, and copied while they are at rest.

    Attributes:
        freeze: copies what can change, so that it can be written while the original goes on; None
            is for what cannot change.
        entry: the form of a container's entries.
        entries: lists a container's entries.
        fill: makes a container of entries.

    """

    freeze: Callable[[Any], Any] | None = None
    entry: "Form | None" = None
    entries: Callable[[Any], Iterable[Any]] = iter
    fill: Callable[[Iterable[Any]], Any] = list


type FormOf = Callable[[Any], Form]


def filling(form: Form, fill: Callable[[Iterable[Any]], Any]) -> Form:
    """Return a container's form that makes it of its entries in another way."""
    entry, entries = form.entry, form.entries
    assert entry is not None
    write_entry, read_entry, freeze = entry.write, entry.read, form.freeze

    def write(value: Any) -> Any:
        return [write_entry(one) for one in entries(value)]

    def read(raw: Any) -> Any:
        if type(raw) is not list:
            raise UnreadableError(f"{type(raw).__name__} in place of a list")
        return fill(read_under(str(place), read_entry, one) for place, one in enumerate(raw))

    return Form(write, read, freeze, entry, entries, fill)


def filled(container: dict[Any, Any], entries: Iterable[Any]) -> dict[Any, Any]:
    """Put entries into a dictionary."""
    container.update(entries)
    return container


def container_form(origin: Any, of: FormOf, arguments: Sequence[Any]) -> Form:
    """Return a container's form; a dictionary is a list of pairs, for its keys may be anything."""
    if origin is tuple and (len(arguments) != 2 or arguments[1] is not ...):  # noqa: PLR2004 - an item's type and the ellipsis
        return fixed_tuple_form([of(one) for one in arguments])
    if origin in {dict, Mapping}:
        pair = fixed_tuple_form([of(one) for one in arguments])
        value = of(arguments[1])

        def freeze_dict(held: Any) -> Any:
            if value.freeze is None:
                return held.copy()
            return {key: value.freeze(one) for key, one in held.items()}

        form = Form(iter, iter, freeze_dict, pair, lambda held: held.items(), dict)
        return filling(form, dict)
    made = _MADE_BY_ORIGIN.get(origin)
    if made is None:
        raise TypeError(f"no form for {origin}")
    item = of(arguments[0])

    def freeze(held: Any) -> Any:
        return made(held) if item.freeze is None else made(item.freeze(one) for one in held)

    is_fixed = made in {tuple, frozenset} and item.freeze is None
    entries = _sorted if made in {set, frozenset} else iter
    return filling(Form(iter, iter, None if is_fixed else freeze, item, entries, made), made)


_MADE_BY_ORIGIN: Mapping[Any, Callable[[Iterable[Any]], Collection[Any]]] = {
    list: list,
    tuple: tuple,
    Sequence: tuple,
    set: set,
    frozenset: frozenset,
    AbstractSet: frozenset,
    deque: deque,
}


def _sorted(held: Collection[Any]) -> list[Any]:
    """Order a set's members, so that equal states give equal files."""
    return sorted(held, key=repr)


def fixed_tuple_form(items: Sequence[Form]) -> Form:
    """Return the form of a tuple whose places have types of their own."""
    writers = tuple(item.write for item in items)
    readers = tuple(item.read for item in items)

    def write(value: Any) -> Any:
        return [write_item(one) for write_item, one in zip(writers, value, strict=True)]

    def read(raw: Any) -> Any:
        if type(raw) is not list or len(raw) != len(readers):
            raise UnreadableError(f"not a list of {len(readers)}")
        return tuple(
            read_under(str(place), read_item, one)
            for place, (read_item, one) in enumerate(zip(readers, raw, strict=True))
        )

    return Form(write, read)


def union_form(of: FormOf, kinds: tuple[Any, ...]) -> Form:
    """Return the form of a union: JSON tells scalars apart, classes are told apart by name."""
    kinds = tuple(_members(kinds))
    if set(kinds) <= _SCALARS:
        form = scalar_union_form(kinds)
        return Form(form.write, form.read)
    others = [one for one in kinds if one is not type(None)]
    form = of(others[0]) if len(others) == 1 else _tagged_form(of, others)
    if len(others) == len(kinds):
        return form
    write_other, read_other, freeze_other = form.write, form.read, form.freeze
    return Form(
        lambda value: None if value is None else write_other(value),
        lambda raw: None if raw is None else read_other(raw),
        None
        if freeze_other is None
        else lambda value: None if value is None else freeze_other(value),
    )


def _members(kinds: Iterable[Any]) -> Iterator[Any]:
    """List a union's types, those of the unions within it too."""
    for kind in kinds:
        resolved = kind.__value__ if isinstance(kind, TypeAliasType) else kind
        if get_origin(resolved) in UNIONS:
            yield from _members(get_args(resolved))
        else:
            yield resolved


def _tagged_form(of: FormOf, kinds: Sequence[type]) -> Form:
    """Write values of several classes with the name of their own."""
    form_by_kind = {kind: of(kind) for kind in kinds}
    form_by_name = {kind.__name__: form for kind, form in form_by_kind.items()}

    def write(value: Any) -> Any:
        return [type(value).__name__, form_by_kind[type(value)].write(value)]

    def read(raw: Any) -> Any:
        if type(raw) is not list or len(raw) != 2 or raw[0] not in form_by_name:  # noqa: PLR2004 - a name and a value
            raise UnreadableError(f"not one of {', '.join(form_by_name)}")
        return read_under(raw[0], form_by_name[raw[0]].read, raw[1])

    return Form(write, read)


def frozen(form: Form, value: Any) -> Any:
    """Return a value that will not change while it is written."""
    return value if form.freeze is None else form.freeze(value)


def read_under(name: str, read: Callable[[Any], Any], raw: Any) -> Any:
    """Read a part of something; an error then says which part it was."""
    try:
        return read(raw)
    except UnreadableError as error:
        raise error.under(name) from error
