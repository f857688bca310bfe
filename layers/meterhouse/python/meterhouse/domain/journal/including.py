"""Which part of a meter's usage its contract includes, and what is billed beyond it (ADR 0034)."""

from decimal import Decimal

from meterhouse.domain.allowances.allowance import ZERO, Allowance
from meterhouse.domain.journal.meter_fold import (
    MeterFold,
    add_by_tags,
    split_by_allowance,
    sum_entries,
)
from meterhouse.domain.records.sealing import beyond
from meterhouse.domain.usage.events import Tags


def asks_for_allowance(usage: MeterFold | None) -> bool:
    """Tell whether a meter has units that have met no allowance yet, here or where they were."""
    return usage is not None and bool(sum_entries(split_by_allowance(usage.own)[0]))


def included_of(usage: MeterFold, allowance: Allowance | None) -> Decimal:
    """Return how much of a meter's usage its contract includes; what is carried in has had it."""
    if allowance is None or not allowance.left:
        return ZERO
    fresh, _ = split_by_allowance(usage.own)
    return min(sum_entries(fresh), allowance.left)


def billed_by_tags(usage: MeterFold, included: Decimal) -> dict[Tags, Decimal]:
    """Return what is billed of a meter's usage of which so much is included, by tags."""
    if not included:
        return usage.by_tags
    fresh, met = split_by_allowance(usage.own)
    billed = beyond(add_by_tags(fresh), included)
    for tags, quantity in add_by_tags(met).items():
        billed[tags] = billed.get(tags, ZERO) + quantity
    return billed
