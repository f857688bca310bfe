"""Sealing: freeze what AWS will be told of a meter's hour, and set apart what does not fit."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from meterhouse.domain.hours import HOUR
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records.record import Allocation
from meterhouse.domain.usage.event_fields import TAGS_MAX
from meterhouse.domain.usage.events import Tags

# UsageRecord$UsageAllocations holds 1 to 2500 allocations; one stays free for the untagged rest.
ALLOCATIONS_MAX = 2_500
# A batch stands in an item of 400 KB. On the wire each of its allocations has up to 170 bytes more,
# so that even 2,500 of them stay under the 1 MB of a request.
ALLOCATION_BYTES_MAX = 300_000
_QUANTITY_BYTES = 24
_SECOND = timedelta(seconds=1)


class SealedUsage(NamedTuple):
    """Quantity, allocations that sum to it, and the rest to carry forward."""

    quantity: Decimal
    allocations: tuple[Allocation, ...]
    rest: tuple[Allocation, ...]


def seal_usage(by_tags: dict[Tags, Decimal]) -> SealedUsage:
    """Return the exact sum up to AWS's largest quantity, and the remainder apart."""
    parts = _allocate(by_tags)
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
    total = sum(by_tags.values(), Decimal(0))
    assert quantity + sum((part.quantity for part in rest), Decimal(0)) == total
    tagged = any(part.tags for part in kept)
    return SealedUsage(quantity, tuple(kept) if tagged else (), tuple(rest))


def beyond(by_tags: Mapping[Tags, Decimal], included: Decimal) -> dict[Tags, Decimal]:
    """Return what is beyond so many included units: of what has no tags they are taken first."""
    left: dict[Tags, Decimal] = {}
    for tags, quantity in sorted(by_tags.items()):
        taken = min(quantity, included)
        included -= taken
        if quantity > taken:
            left[tags] = quantity - taken
    assert not included, "more is included than was used"
    return left


def timestamp_of(
    hour_at: datetime,
    earliest_at: datetime | None,
    now: datetime,
    *,
    starts_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> datetime:
    """Return the earliest usage within the hour and its subscription's time, in whole seconds.

    AWS refuses what lies before the start of the buyer's license, by however little, and an hour's
    start can do so. A producer's clock may run ahead of ours, and AWS need not take what lies in
    the future. Times of a subscription that lie outside the hour change nothing.
    """
    last_of_hour_at = hour_at + HOUR - _SECOND
    first_at, last_at = hour_at, min(last_of_hour_at, max(now, hour_at))
    if starts_at is not None and hour_at < starts_at < hour_at + HOUR:
        first_at = min(_next_second(starts_at), last_of_hour_at)
    if ended_at is not None and hour_at <= ended_at:
        last_at = min(last_at, ended_at)
    moment = max(min(earliest_at or hour_at, last_at), first_at)
    return moment.astimezone(UTC).replace(microsecond=0)


def _next_second(moment: datetime) -> datetime:
    return moment if not moment.microsecond else moment.replace(microsecond=0) + _SECOND


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
