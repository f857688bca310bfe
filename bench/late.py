"""What late usage costs: whether a late drain costs the same, however many there are."""

from dataclasses import dataclass
from decimal import Decimal

from bench.counting import Bench
from bench.spending import Costs
from bench.steady import build_late

LATE_DRAINS = (10, 20, 40)


@dataclass(frozen=True, slots=True)
class LateCost:
    """What one of so many late drains cost, beyond the hour that it was too late for.

    Attributes:
        drain: until its events are in the journal.
        whole: the same, closing the hour again, carrying its usage and billing it in a later hour.

    """

    drains: int
    drain: Costs
    whole: Costs


def count_late(bench: Bench) -> list[LateCost]:
    """Play hours with more and more late drains; every one of them has the hour closed again."""
    in_time = bench.life(build_late(0))
    found = []
    for drains in LATE_DRAINS:
        life = bench.life(build_late(drains))
        drain, whole = life.drain - in_time.drain, life.whole - in_time.whole
        found.append(LateCost(drains, drain.each(drains), whole.each(drains)))
    return found


def growth_of(costs: list[LateCost]) -> Decimal:
    """Return how many times as much one of the most late drains costs as one of the fewest."""
    return costs[-1].whole.write_units / costs[0].whole.write_units
