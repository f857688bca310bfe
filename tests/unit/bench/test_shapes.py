"""The shapes of usage: what the bench sends through a drain."""

import json

import pytest

from bench.shapes import DRAINED_AT, LAMBDA_EVENT_BYTES_MAX, Shape, ShapeName, build_shape
from meterhouse.domain.usage.draining import plan_drain


def keys_and_events(shape: Shape) -> tuple[int, int]:
    """Return how many records and events the drain finds in a shape."""
    plans = [plan_drain(batch, now=DRAINED_AT) for batch in shape.drains]
    assert not any(plan.rejections for plan in plans)
    keys = {key for plan in plans for key in plan.events}
    return len(keys), sum(len(events) for plan in plans for events in plan.events.values())


@pytest.mark.parametrize(
    ("name", "events", "records"),
    [
        (ShapeName.BUSY, 3_000, 1),
        (ShapeName.MANY, 3_000, 300),
        (ShapeName.SPARSE, 300, 300),
        (ShapeName.ARREARS, 300, 300),
    ],
)
def test_a_shape_has_as_many_events_and_records_as_it_says(
    name: ShapeName, events: int, records: int
) -> None:
    shape = build_shape(name, events)

    assert (shape.record_count, shape.event_count) == (records, events)
    assert keys_and_events(shape) == (records, events)


@pytest.mark.parametrize("name", ShapeName)
def test_a_shape_is_the_same_in_every_run(name: ShapeName) -> None:
    assert build_shape(name, 100).drains == build_shape(name, 100).drains


def test_a_drain_is_given_no_more_than_lambda_takes() -> None:
    shape = build_shape(ShapeName.BUSY, 40_000)
    sizes = [sum(len(json.dumps(one.body)) for one in batch) for batch in shape.drains]

    assert len(shape.drains) > 1
    assert max(sizes) < LAMBDA_EVENT_BYTES_MAX
    assert sum(len(batch) for batch in shape.drains) == 400


def test_usage_in_arrears_belongs_to_hours_that_are_over() -> None:
    shape = build_shape(ShapeName.ARREARS, 40)
    plan = plan_drain(shape.drains[0], now=DRAINED_AT)

    assert {key.hour_at.hour for key in plan.events} == {8, 9, 10, 11}
