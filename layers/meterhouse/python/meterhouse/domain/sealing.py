"""Sealing: fold a record's pages, freeze what AWS will be told, and carry what does not fit."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.events import TAGS_MAX, Tags
from meterhouse.domain.folding import Fold
from meterhouse.domain.journal import Entry, Page, PageKind
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records import Allocation

# UsageRecord$UsageAllocations holds 1 to 2500 allocations; one stays free for the untagged rest.
ALLOCATIONS_MAX = 2_500
# The frozen record stands in an item of 400 KB. On the wire each of its allocations has up to 170
# bytes more, so that even 2,500 of them stay under the 1 MB of a request.
ALLOCATION_BYTES_MAX = 300_000
_QUANTITY_BYTES = 24


@dataclass(frozen=True, slots=True)
class SealedUsage:
    """What sealing froze: quantity, allocations that sum to it, and the rest to carry forward."""

    quantity: Decimal
    allocations: tuple[Allocation, ...]
    rest: tuple[Allocation, ...]


def seal_usage(fold: Fold) -> SealedUsage:
    """Freeze a fold: the exact sum up to AWS's largest quantity, the remainder apart."""
    parts = _allocate(fold.by_tags)
    kept: list[Allocation] = []
    rest: list[Allocation] = []
    room = QUANTITY_MAX
    for part in parts:
        taken = min(part.quantity, room)
        if taken:
            kept.append(Allocation(taken, part.tags))
        if part.quantity > taken:
            rest.append(Allocation(part.quantity - taken, part.tags))
        room -= taken
    quantity = QUANTITY_MAX - room
    assert quantity + sum((part.quantity for part in rest), Decimal(0)) == fold.units
    tagged = any(part.tags for part in kept)
    return SealedUsage(quantity, tuple(kept) if tagged else (), tuple(rest))


def carried_page(
    parts: tuple[Allocation, ...], *, kind: PageKind, from_hour_at: datetime, now: datetime
) -> Page:
    """Return a page that carries a summed quantity, one entry per tag set."""
    entries = tuple(
        Entry(f"{kind.value}/{position}", part.quantity, part.tags)
        for position, part in enumerate(parts)
    )
    return Page(kind, from_hour_at, now, entries)


def _allocate(by_tags: dict[Tags, Decimal]) -> list[Allocation]:
    """Turn tag sums into allocations within AWS's limits; what exceeds them loses its tags only.

    The buyer's whole quantity is billed in any case. At most 5 distinct tag keys may appear in
    one record's allocations (vendor-metered tagging, seller guide); the largest sums keep theirs.
    """
    ordered = sorted(by_tags.items(), key=lambda item: (-item[1], item[0]))
    keys: set[str] = set()
    kept: list[Allocation] = []
    untagged, size = Decimal(0), 0
    for tags, quantity in ordered:
        wanted = keys | {key for key, _ in tags}
        bytes_after = size + len(json.dumps(tags, separators=(",", ":"))) + _QUANTITY_BYTES
        fits = len(kept) < ALLOCATIONS_MAX - 1 and bytes_after <= ALLOCATION_BYTES_MAX
        if not tags or not fits or len(wanted) > TAGS_MAX:
            untagged += quantity
        elif quantity:
            keys, size = wanted, bytes_after
            kept.append(Allocation(quantity, tags))
    return [*kept, Allocation(untagged, ())] if untagged else kept
