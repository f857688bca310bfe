"""Usage allocations: how a record's quantity splits by the buyer's tags."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace_sandbox.core.model.errors import ErrorCode, ServiceError
from marketplace_sandbox.core.model.quantities import Quantity, read_quantity
from marketplace_sandbox.core.model.readings import TooManyTags
from marketplace_sandbox.core.protocol.fields import as_structure, read_list, read_text

ALLOCATIONS_MAX = 2500
TAGS_MAX = 5
_TAG_KEY_LENGTH_MAX = 100
_TAG_VALUE_LENGTH_MAX = 256
# The model's pattern to the letter: ` -=` in it is a range from the space to the equals sign.
_TAG_TEXT = re.compile(r"[a-zA-Z0-9+ -=._:\/@]+", re.ASCII)
_TOO_MANY_TAGS_CODE = {
    TooManyTags.INVALID_TAG: ErrorCode.INVALID_TAG,  # MODEL
    TooManyTags.TOO_MANY_TAGS: ErrorCode.TOO_MANY_TAGS,  # SKILL
}

type Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Allocation:
    """One bucket of a record's usage; its tags are sorted, and empty for the untagged bucket."""

    quantity: Quantity
    tags: Tags


def read_allocations(items: Sequence[object]) -> tuple[Allocation, ...]:
    """Read a record's allocations; raise unless every one of them is well-formed.

    How many there may be is `allocations.count`.
    """
    if not 1 <= len(items) <= ALLOCATIONS_MAX:
        raise _bad_allocations(f"a record takes 1 to {ALLOCATIONS_MAX} allocations")
    return tuple(_read_allocation(as_structure(item, "UsageAllocation")) for item in items)


def check_allocations(allocations: Sequence[Allocation], quantity: Quantity) -> None:
    """Raise unless the allocations add up to the record and have different sets of tags.

    These are `allocations.sum` and `allocations.same-tags`; `allocations.number-type` comes first.
    How many tags there are is another question: see `check_tag_counts`.
    """
    if not allocations:
        return
    if any(allocation.quantity.kind is not quantity.kind for allocation in allocations):
        raise _bad_allocations("allocations must use the same type of quantity as their record")
    total = sum((allocation.quantity.value for allocation in allocations), Decimal(0))
    if total != quantity.value:
        raise _bad_allocations(f"allocations add up to {total}, their record to {quantity.value}")
    if len({allocation.tags for allocation in allocations}) != len(allocations):
        raise _bad_allocations("two allocations have the same set of tags")


def check_tag_counts(allocations: Sequence[Allocation], reading: TooManyTags) -> None:
    """Raise if an allocation has more than five tags, or the list more than five keys.

    The limits are `tags.per-allocation` and `tags.per-record`; the error's name is as
    `too_many_tags` is read.
    """
    keys = {key for allocation in allocations for key, _ in allocation.tags}
    if len(keys) <= TAGS_MAX:  # then no allocation has more either: its keys differ
        return
    code = _TOO_MANY_TAGS_CODE[reading]
    if any(len(allocation.tags) > TAGS_MAX for allocation in allocations):
        raise ServiceError(code, f"Invalid tag: an allocation takes 1 to {TAGS_MAX} tags.")
    raise ServiceError(
        code, f"Invalid tag: a record's allocations take at most {TAGS_MAX} different tag keys."
    )


def _read_allocation(document: Mapping[str, object]) -> Allocation:
    """Read one; without Tags it is the untagged rest (`allocations.untagged-rest`)."""
    quantity = read_quantity(
        document,
        whole_field="AllocatedUsageQuantity",
        decimal_field="AllocatedUsageQuantityAsDecimal",
    )
    if quantity is None:
        raise _bad_allocations("each allocation needs a quantity")
    items = read_list(document, "Tags")
    return Allocation(quantity, () if items is None else _read_tags(items))


def _read_tags(items: Sequence[object]) -> Tags:
    """Read an allocation's tags, each key once (`tags.key-once`)."""
    if not items:
        raise _bad_tag(f"an allocation takes 1 to {TAGS_MAX} tags")
    tags = tuple(sorted(_read_tag(as_structure(item, "Tag")) for item in items))
    if len({key for key, _ in tags}) != len(tags):
        raise _bad_tag("an allocation names a tag key twice")
    return tags


def _read_tag(document: Mapping[str, object]) -> tuple[str, str]:
    """Read a tag of so many (`tags.lengths`) of the model's characters (`tags.characters`)."""
    key, value = read_text(document, "Key"), read_text(document, "Value")
    if not _is_tag_text(key, _TAG_KEY_LENGTH_MAX):
        raise _bad_tag(f"a tag key has 1 to {_TAG_KEY_LENGTH_MAX} of the allowed characters")
    if not _is_tag_text(value, _TAG_VALUE_LENGTH_MAX):
        raise _bad_tag(f"a tag value has 1 to {_TAG_VALUE_LENGTH_MAX} of the allowed characters")
    assert key is not None
    assert value is not None
    return key, value


def _is_tag_text(text: str | None, length_max: int) -> bool:
    return text is not None and len(text) <= length_max and bool(_TAG_TEXT.fullmatch(text))


def _bad_allocations(reason: str) -> ServiceError:
    return ServiceError(
        ErrorCode.INVALID_USAGE_ALLOCATIONS, f"Invalid usage allocations: {reason}."
    )


def _bad_tag(reason: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID_TAG, f"Invalid tag: {reason}.")
