"""The shapes of usage: what the bench sends through a drain."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from bench import shapes
from bench.messages import LAMBDA_EVENT_BYTES_MAX
from bench.shapes import NOON_AT, Drain, Shape
from meterhouse.domain.hours import HOUR
from meterhouse.domain.journal.draining import plan_drain
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.policy import LATE_USAGE_MAX


def drained(shape: Shape) -> tuple[list[Drain], Counter[RecordKey]]:
    """Return the drains of a shape, and how many valid events they hold of each record."""
    drains = list(shape.drains())
    events = Counter[RecordKey]()
    for drain in drains:
        plan = plan_drain(drain.messages, now=drain.at, shards=1, late_max=LATE_USAGE_MAX)
        assert not plan.rejections
        assert not plan.repeats
        events.update(event.home for of_log in plan.events.values() for event in of_log)
    return drains, events


@pytest.mark.parametrize(
    ("shape", "drains", "records", "events_of_each"),
    [
        (lambda: shapes.busy(300), 1, 1, 300),
        (lambda: shapes.many(3), 1, 30, 10),
        (lambda: shapes.sparse(30), 1, 30, 1),
        (lambda: shapes.arrears(10), 1, 40, 1),
        (lambda: shapes.arrears(10, apart=True), 20, 40, 1),
        (lambda: shapes.steady(1, 10, drains=6), 6, 1, 60),
        (lambda: shapes.steady(6, 12, drains=4), 4, 6, 8),
        (lambda: shapes.steady(30, 10, drains=6), 6, 30, 2),
        (lambda: shapes.day(6, 3, hours=2), 2, 12, 1),
    ],
)
def test_a_shape_has_as_many_drains_records_and_events_as_it_says(
    shape: Callable[[], Shape], drains: int, records: int, events_of_each: int
) -> None:
    made = shape()
    given, events = drained(made)

    assert len(given) == drains
    assert len(events) == records
    assert set(events.values()) == {events_of_each}
    assert made.events == records * events_of_each


def test_late_drains_come_after_their_hour_was_closed() -> None:
    given, events = drained(shapes.late(2))

    assert {record.hour_at for record in events} == {NOON_AT}
    assert events.total() == 30
    assert [drain.at > NOON_AT + 2 * HOUR for drain in given] == [False, True, True]


def test_usage_in_arrears_belongs_to_hours_that_are_over() -> None:
    _, events = drained(shapes.arrears(10))

    assert {record.hour_at.hour for record in events} == {8, 9, 10, 11}


def test_a_shape_is_the_same_in_every_run_and_counts_its_units() -> None:
    first, second = shapes.many(2), shapes.many(2)

    assert list(first.drains()) == list(second.drains())
    assert first.units == second.units > 0


def test_a_drain_is_given_no_more_than_lambda_takes() -> None:
    given, _ = drained(shapes.busy(40_000))
    sizes = [sum(len(json.dumps(one.body)) for one in drain.messages) for drain in given]

    assert len(given) > 1
    assert max(sizes) < LAMBDA_EVENT_BYTES_MAX
    assert sum(len(drain.messages) for drain in given) == 400
