"""What usage costs, counted on a small scale; `make bench` counts the same on a large one."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from bench.shapes import ShapeName
from tests.unit.bench.laboratory import Laboratory


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that so many events may cost, in write units with the index's, and in calls."""

    events: int
    drain_units: int
    life_units: int
    drain_calls: int
    life_calls: int
    records_per_call: int


# Of each shape: what its records cost, and the drain's own note of a minute. The life adds the
# places in the call quota: a counter that stood still is moved first.
LIMITS = {
    # 50 write units for 1,000 events, a page and a header.
    ShapeName.BUSY: Limits(2_000, 100, 110, 3, 30, 1),
    # A header and its index entry for each of 10 records; then 6 units more for each.
    ShapeName.MANY: Limits(100, 20 + 1, 80 + 5, 10 + 1, 60, 10),
    ShapeName.SPARSE: Limits(25, 50 + 1, 200 + 5, 25 + 1, 130, 25),
    ShapeName.ARREARS: Limits(20, 40 + 1, 160 + 5, 20 + 1, 120, 20),
}


@pytest.mark.parametrize("name", list(LIMITS), ids=lambda name: name.name.lower())
def test_a_shape_of_usage_costs_no_more_than_its_limits(
    moto_laboratory: Laboratory, name: ShapeName
) -> None:
    limits = LIMITS[name]
    cost = moto_laboratory.count(name, limits.events)
    thousands = Decimal(limits.events) / 1_000

    assert cost.drain.write_units * thousands <= limits.drain_units
    assert cost.life.write_units * thousands <= limits.life_units
    assert cost.drain.calls * thousands <= limits.drain_calls
    assert cost.life.calls * thousands <= limits.life_calls
    assert cost.records_per_call == limits.records_per_call
