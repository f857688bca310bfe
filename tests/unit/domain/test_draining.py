"""What one drain has to write."""

import json

from meterhouse.domain.draining import plan_drain
from meterhouse.domain.events import QueueMessage
from tests.unit.domain.builders import NOON_AT, READ_AT, SENT_AT, USAGE


def message(message_id: str, *events: dict[str, object]) -> QueueMessage:
    return QueueMessage(message_id, json.dumps({"events": events}), SENT_AT)


def usage(event_id: str, **fields: object) -> dict[str, object]:
    return {**USAGE, "id": event_id, **fields}


def test_events_are_grouped_by_record_with_the_messages_that_brought_them() -> None:
    plan = plan_drain(
        [
            message("m1", usage("a"), usage("b", dimension="storage")),
            message("m2", usage("c"), usage("d", time="2026-11-18T11:59:59Z")),
        ],
        now=READ_AT,
    )

    assert {
        (key.dimension, key.hour_at.hour): [event.event_id for event in events]
        for key, events in plan.events.items()
    } == {("api_calls", 12): ["a", "c"], ("storage", 12): ["b"], ("api_calls", 11): ["d"]}
    (key,) = [key for key in plan.events if key.dimension == "api_calls" and key.hour_at == NOON_AT]
    assert plan.sources[key] == {"m1", "m2"}


def test_fully_equal_events_are_dropped_and_their_messages_still_count_as_sources() -> None:
    plan = plan_drain([message("m1", usage("a")), message("m2", usage("a"))], now=READ_AT)

    (events,) = plan.events.values()
    (sources,) = plan.sources.values()
    assert [event.event_id for event in events] == ["a"]
    assert sources == {"m1", "m2"}
    assert (plan.event_count, plan.repeats) == (2, 1)


def test_one_id_with_two_quantities_is_left_for_the_sealing_to_decide() -> None:
    plan = plan_drain([message("m1", usage("a", quantity=1), usage("a", quantity=2))], now=READ_AT)

    (events,) = plan.events.values()
    assert len(events) == 2
    assert plan.repeats == 0


def test_of_one_id_with_two_quantities_each_is_kept_once() -> None:
    quantities = [1, 2, 1, "2.0", 1]
    events = [usage("a", quantity=quantity) for quantity in quantities]

    plan = plan_drain([message("m1", usage("b"), *events, usage("c"))], now=READ_AT)

    (found,) = plan.events.values()
    assert [(one.event_id, int(one.quantity)) for one in found] == [
        ("b", 12),
        ("a", 1),
        ("a", 2),
        ("c", 12),
    ]
    assert (plan.event_count, plan.repeats) == (7, 3)


def test_rejections_are_kept_apart_and_no_batch_is_no_work() -> None:
    plan = plan_drain([message("m1", usage("a"), usage("b", quantity=-1))], now=READ_AT)

    assert [rejection.position for rejection in plan.rejections] == [1]
    assert plan.event_count == 1
    assert plan_drain([], now=READ_AT).events == {}
