"""How things are written as documents: derived from the documents' types."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from types import NoneType
from typing import Any, cast, get_args, get_origin, get_type_hints

from marketplace_sandbox.core.model.instants import format_iso

_JSONS_OWN = frozenset({NoneType, bool, dict, float, int, str})
# By the document, and by the class of what is written as it.
_writers: dict[object, Callable[[Any], object]] = {}


def declare[T, D](
    document: type[D], of: type[T], **told: Callable[[T], object]
) -> Callable[[T], D]:
    """Declare how a thing is written, in the order of its document's fields; return what does it.

    A field is the thing's own of that name, unless `told` takes it from elsewhere; one that comes
    from nowhere raises TypeError at once. Where it is a document, or a list of them, that was
    declared before, it is written as that.
    """
    hints = get_type_hints(document)
    known = {*dir(of), *getattr(of, "__dataclass_fields__", ())}
    odd = (hints.keys() - told.keys() - known) | (told.keys() - hints.keys())
    if odd:
        raise TypeError(f"{of.__name__} is no {document.__name__}: {', '.join(sorted(odd))}")
    fields = [
        (name, told.get(name) or attrgetter(name), _form_of(hint)) for name, hint in hints.items()
    ]

    def write(thing: T) -> D:
        return cast("D", {name: form(take(thing)) for name, take, form in fields})

    _writers[document] = _writers[of] = write
    return write


def written(thing: object) -> object:
    """Write a thing as the document that was declared for it; raise TypeError if there is none."""
    write = _writers.get(type(thing))
    if write is None:
        raise TypeError(f"there is no document of a {type(thing).__name__}")
    return write(thing)


def plain(value: object) -> object:
    """Write a value: an instant in ISO 8601, an exact number as a text."""
    if type(value) in _JSONS_OWN:
        return value
    match value:
        case datetime():
            return format_iso(value)
        case Decimal():
            return format(value, "f")
        case Enum():
            return value.value
        case tuple():
            return [plain(one) for one in value]
        case Mapping():
            return value
        case _:
            raise TypeError(f"no document has a {type(value).__name__}")


def _form_of(hint: object) -> Callable[[Any], object]:
    if get_origin(hint) is not list:
        return _writers.get(hint, plain)
    write = _writers.get(get_args(hint)[0], plain)
    return lambda values: [write(one) for one in values]
