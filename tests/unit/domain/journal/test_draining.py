"""What one drain has to write."""

import json
from collections.abc import Iterable
from datetime import datetime

from meterhouse.domain.journal import draining
from meterhouse.domain.journal.draining import DrainPlan
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import QueueMessage
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, READ_AT, SENT_AT, USAGE


def message(message_id: str, *events: dict[str, object]) -> QueueMessage:
    return QueueMessage(message_id, json.dumps({"events": events}), SENT_AT)


def usage(event_id: str, **fields: object) -> dict[str, object]:
    return {**USAGE, "id": event_id, **fields}


def plan_drain(messages: Iterable[QueueMessage], *, now: datetime, shards: int = 1) -> DrainPlan:
    return draining.plan_drain(messages, now=now, shards=shards, late_max=LATE_USAGE_MAX)


def test_events_are_grouped_by_hour_with_the_messages_that_brought_them() -> None:
    plan = plan_drain(
        [
            message("m1", usage("a"), usage("b", dimension="storage")),
            message("m2", usage("c"), usage("d", time="2026-11-18T11:59:59Z")),
        ],
        now=READ_AT,
    )

    assert {
        log: [(event.home.dimension, event.event_id) for event in events]
        for log, events in plan.events.items()
    } == {
        LogKey(NOON_AT, 0): [("api_calls", "a"), ("api_calls", "c"), ("storage", "b")],
        LogKey(NOON_AT - HOUR, 0): [("api_calls", "d")],
    }
    assert plan.sources == {LogKey(NOON_AT, 0): {"m1", "m2"}, LogKey(NOON_AT - HOUR, 0): {"m2"}}


def test_with_several_shards_every_subscription_has_its_own_in_every_hour() -> None:
    names = [f"arn:aws:license-manager::1:license:l-{number}" for number in range(40)]
    hours = ("2026-11-18T12:00:00Z", "2026-11-18T11:00:00Z")
    events = [usage(f"{n}", subscription=n, time=at) for n in names for at in hours]

    plan = plan_drain([message("m1", *events)], now=READ_AT, shards=4)

    homes = {(event.home, log) for log, of_log in plan.events.items() for event in of_log}
    assert len(homes) == 80
    assert all(log.hour_at == home.hour_at for home, log in homes)
    shards = {(home.subscription, log.shard) for home, log in homes}
    assert len(shards) == 40, "the same shard in both hours"
    assert {shard for _, shard in shards} == {0, 1, 2, 3}
    assert set(plan.sources) == set(plan.events)


def test_fully_equal_events_are_dropped_and_their_messages_still_count_as_sources() -> None:
    plan = plan_drain([message("m1", usage("a")), message("m2", usage("a"))], now=READ_AT)

    (events,) = plan.events.values()
    (sources,) = plan.sources.values()
    assert [event.event_id for event in events] == ["a"]
    assert sources == {"m1", "m2"}
    assert (plan.event_count, plan.repeats) == (2, 1)


def test_events_that_differ_in_their_time_only_are_one_at_its_earliest() -> None:
    times = ("2026-11-18T12:40:00Z", "2026-11-18T12:07:00Z", "2026-11-18T12:50:00Z")

    plan = plan_drain([message("m1", *(usage("a", time=time) for time in times))], now=READ_AT)

    ((event,),) = plan.events.values()
    assert event.occurred_at == NOON_AT + 7 * MINUTE
    assert plan.repeats == 2


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
        ("a", 1),
        ("a", 2),
        ("b", 12),
        ("c", 12),
    ]
    assert (plan.event_count, plan.repeats) == (7, 3)


def test_rejections_are_kept_apart_and_no_batch_is_no_work() -> None:
    plan = plan_drain([message("m1", usage("a"), usage("b", quantity=-1))], now=READ_AT)

    assert [rejection.position for rejection in plan.rejections] == [1]
    assert plan.event_count == 1
    assert plan_drain([], now=READ_AT).events == {}
