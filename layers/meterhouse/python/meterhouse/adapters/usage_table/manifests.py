"""Manifests: the names of the segments that count, of one closed generation each.

Names stand as bytes in the item `M#<generation>`, and those for which it has no room in further
items behind it.
"""

import secrets
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import batched
from typing import TYPE_CHECKING

from meterhouse.adapters.dynamodb import (
    CONDITION_FAILED,
    CONFLICT_ATTEMPTS_MAX,
    pause_after_conflict,
)
from meterhouse.adapters.usage_table.items import (
    LAST,
    MANIFEST_PREFIX,
    binary,
    generation_name,
    item_key,
    number,
    reading,
)
from meterhouse.adapters.usage_table.table import TablePart
from meterhouse.domain.keys import LogKey
from meterhouse.errors import (
    FoldTooLargeError,
    JournalCorruptError,
    StorageUnavailableError,
    TransactionCancelledError,
)

if TYPE_CHECKING:
    from meterhouse.adapters.usage_table.items import Item

# Ten items of 320 KB are what one transaction of 4 MB takes.
PART_SEGMENTS_MAX = 20_000
MANIFEST_SEGMENTS_MAX = 200_000
_NAME_BYTES = 16
_TOKEN_BYTES = 16
_READS_MAX = 6


class Manifests(TablePart):
    """Reads manifests, and writes the first one of a generation."""

    def manifests(self, log: LogKey) -> dict[int, frozenset[str]]:
        """Return all manifests of a log by generation."""
        return self._read_manifests(log, MANIFEST_PREFIX)

    def write_manifest(
        self, log: LogKey, generation: int, names: AbstractSet[str]
    ) -> frozenset[str]:
        """Write the manifest of a generation if it has none; return the one that stands."""
        if len(names) > MANIFEST_SEGMENTS_MAX:
            raise FoldTooLargeError(f"{log} has more than {MANIFEST_SEGMENTS_MAX:,} segments")
        parts = list(batched(sorted(names), PART_SEGMENTS_MAX, strict=False)) or [()]
        items = [_part_item(log, generation, place, part) for place, part in enumerate(parts)]
        items[0] = {**items[0], "parts": number(len(parts))}
        if len(items) == 1:
            standing = self._table.put_first(items[0])
            if standing is None:
                return frozenset(names)
            if _parts_of(standing) == 1:
                return frozenset(_read_names([standing]))
        elif self._write_parts(items):
            return frozenset(names)
        # What stands is complete: its parts were written together.
        return self._read_manifests(log, MANIFEST_PREFIX + generation_name(generation))[generation]

    def _write_parts(self, items: "list[Item]") -> bool:
        first, *others = items
        actions = [self._table.putting_first(first), *map(self._table.putting, others)]
        for attempt in range(CONFLICT_ATTEMPTS_MAX):
            try:
                self._table.transact(actions, secrets.token_hex(_TOKEN_BYTES))
            except TransactionCancelledError as error:
                if CONDITION_FAILED in error.codes:
                    return False
                pause_after_conflict(attempt)
            else:
                return True
        raise StorageUnavailableError("a manifest met conflicts until its attempts ran out")

    def _read_manifests(self, log: LogKey, prefix: str) -> dict[int, frozenset[str]]:
        """Read manifests whole: a query may come between the parts of a transaction."""
        for attempt in range(_READS_MAX):
            of_generation: dict[int, list[Item]] = {}
            for item in self._table.between(str(log), prefix, prefix + LAST):
                of_generation.setdefault(_generation_of(item), []).append(item)
            if all(_is_whole(parts) for parts in of_generation.values()):
                return {
                    generation: frozenset(_read_names(parts))
                    for generation, parts in of_generation.items()
                }
            pause_after_conflict(attempt)
        raise JournalCorruptError(f"{log}: a manifest lacks one of its parts")


def _part_item(log: LogKey, generation: int, place: int, names: Iterable[str]) -> "Item":
    suffix = f"#{place}" if place else ""
    packed = b"".join(map(bytes.fromhex, names))
    key = item_key(log, MANIFEST_PREFIX + generation_name(generation) + suffix)
    return {**key, "names": binary(packed)}


def _generation_of(item: "Item") -> int:
    with reading(item):
        return int(item["sk"]["S"].split("#")[1])


def _parts_of(first: "Item") -> int:
    with reading(first):
        return int(first["parts"]["N"])


def _is_whole(parts: "list[Item]") -> bool:
    """Tell whether all parts are there; the first one, which counts them, sorts first."""
    return "parts" in parts[0] and _parts_of(parts[0]) == len(parts)


def _read_names(parts: "Iterable[Item]") -> Iterator[str]:
    for part in parts:
        with reading(part):
            packed = bytes(part["names"]["B"])
            if len(packed) % _NAME_BYTES:
                raise ValueError("half a name")
            yield from (one.hex() for one in map(bytes, batched(packed, _NAME_BYTES, strict=True)))
