"""Which part of an allowance is taken: the thresholds of which the seller's systems are told."""

from decimal import Decimal

THRESHOLDS_PERCENT = (80, 100)
_WHOLE_PERCENT = 100


def crossed(before: Decimal, after: Decimal, granted: Decimal) -> tuple[int, ...]:
    """Return the thresholds, in percent of what is granted, that a taking reaches first.

    Since what is taken only grows, no other taking of the same period reaches one again, unless
    another quantity is granted.
    """
    return tuple(
        percent
        for percent in THRESHOLDS_PERCENT
        if before * _WHOLE_PERCENT < granted * percent <= after * _WHOLE_PERCENT
    )
