"""Read many things at once, of which some may be damaged."""

from collections.abc import Callable, Sequence

from meterhouse.errors import JournalCorruptError


def read_each[Key, Value](
    read: Callable[[Sequence[Key]], dict[Key, Value]], keys: Sequence[Key]
) -> tuple[dict[Key, Value], dict[Key, JournalCorruptError]]:
    """Return what there is by key, and why the rest cannot be read.

    If anything is damaged everything is read one by one, so that it hides no other.
    """
    if not keys:
        return {}, {}
    try:
        return read(keys), {}
    except JournalCorruptError as error:
        if len(keys) == 1:
            return {}, {keys[0]: error}
    found: dict[Key, Value] = {}
    damaged: dict[Key, JournalCorruptError] = {}
    for key in keys:
        one, trouble = read_each(read, [key])
        found |= one
        damaged |= trouble
    return found, damaged
