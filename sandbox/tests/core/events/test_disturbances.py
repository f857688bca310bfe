"""Scripted trouble on the way: repeats, delays, disorder and loss, the same in every run."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace_sandbox.core.events.dispatching import plan
from marketplace_sandbox.core.model.deliveries import Outbox, Outcome, pick_due
from marketplace_sandbox.core.model.disturbances import (
    DISTURBANCES_MAX,
    Disturbance,
    DisturbanceKind,
    NewDisturbance,
    script_disturbance,
)
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.targets import add_target
from tests.mail import ENDED, NOON_AT, QUEUE, Sender, event_of

REPEAT, DELAY = DisturbanceKind.REPEAT, DisturbanceKind.DELAY
DISORDER, DROP = DisturbanceKind.DISORDER, DisturbanceKind.DROP
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def sender() -> Sender:
    sender = Sender()
    sender.post.add_target(QUEUE)
    return sender


def disturb(sender: Sender, kind: DisturbanceKind, **fields: Any) -> Disturbance:
    return sender.post.script_disturbance(NewDisturbance(kind, **fields))


def received(sender: Sender) -> list[int]:
    sender.post.deliver_due()
    return sender.mailbox.sequences()


def test_a_repeat_brings_the_same_event_more_than_once(sender: Sender) -> None:
    disturb(sender, REPEAT, copies=2)
    sender.emit()
    assert received(sender) == [1, 1, 1]
    assert [one.copy for one in sender.post.deliveries()] == [0, 1, 2]
    assert len({one.event_id for one in sender.post.deliveries()}) == 1


def test_copies_can_come_later(sender: Sender) -> None:
    disturb(sender, REPEAT, delay=TEN_MINUTES)
    sender.emit()
    assert received(sender) == [1]
    sender.pass_time(minutes=10)
    assert received(sender) == [1, 1]


def test_a_delay_counts_in_the_sandbox_s_time_and_lets_others_pass(sender: Sender) -> None:
    sender.marketplace.desks.clock.freeze()
    disturb(sender, DELAY, delay=TEN_MINUTES, count=1)
    sender.emit()
    sender.emit()
    sender.pass_time(hours=1)
    assert received(sender) == [2]
    sender.marketplace.desks.clock.advance(TEN_MINUTES)
    assert received(sender) == [2, 1]


def test_a_dropped_event_never_comes_and_is_listed(sender: Sender) -> None:
    disturb(sender, DROP, name_prefix="Purchase Agreement Ended")
    sender.emit()
    sender.emit(ENDED)
    assert received(sender) == [1]
    assert [(one.sequence, one.outcome) for one in sender.post.deliveries()] == [
        (2, Outcome.DROPPED),
        (1, Outcome.DELIVERED),
    ]


def test_disorder_waits_for_enough_events_and_mixes_them(sender: Sender) -> None:
    disturb(sender, DISORDER, held=4)
    for _ in range(3):
        sender.emit()
    assert received(sender) == []
    sender.emit()
    order = received(sender)
    assert order != [1, 2, 3, 4]
    assert sorted(order) == [1, 2, 3, 4]


def test_disorder_waits_no_longer_than_it_was_told(sender: Sender) -> None:
    disturb(sender, DISORDER, held=9, delay=TEN_MINUTES)
    sender.emit()
    sender.emit()
    sender.pass_time(minutes=9)
    assert received(sender) == []
    sender.pass_time(minutes=1)
    assert received(sender) == [2, 1]


def test_disorder_that_is_used_up_waits_for_nothing_more(sender: Sender) -> None:
    disturb(sender, DISORDER, held=9, count=2)
    sender.emit()
    sender.emit()
    assert received(sender) == [2, 1]


@pytest.mark.parametrize("clear", [True, False])
def test_what_was_held_back_goes_out_when_the_disturbance_goes(
    sender: Sender, *, clear: bool
) -> None:
    disturbance = disturb(sender, DISORDER, held=9)
    sender.emit()
    if clear:
        sender.post.clear_disturbances()
    else:
        sender.post.remove_disturbance(disturbance.disturbance_id)
    assert sender.post.disturbances() == ()
    assert received(sender) == [1]


def test_a_disturbance_concerns_what_is_sent_after_it(sender: Sender) -> None:
    sender.emit()
    disturb(sender, DROP)
    sender.emit()
    sender.post.clear_disturbances()
    sender.emit()
    assert received(sender) == [1, 3]


def test_a_disturbance_is_used_up_after_its_count(sender: Sender) -> None:
    disturb(sender, DROP, count=2)
    for _ in range(3):
        sender.emit()
    assert received(sender) == [3]
    assert sender.post.disturbances() == ()


@pytest.mark.parametrize(
    ("chosen", "lost"),
    [
        ({"name_prefix": "Purchase Agreement Ended"}, [2]),
        ({"product_code": "other"}, [2]),
        ({"channel": Channel.SNS_SUBSCRIPTION}, [3]),
        ({"rate": Decimal(1)}, [1, 2, 3]),
    ],
)
def test_a_disturbance_chooses_its_events(
    sender: Sender, chosen: dict[str, Any], lost: list[int]
) -> None:
    disturb(sender, DROP, **chosen)
    sender.emit()
    sender.emit(ENDED, product_code="other")
    sender.emit("subscribe-success", channel=Channel.SNS_SUBSCRIPTION)
    assert sorted({1, 2, 3} - set(received(sender))) == lost


def test_a_disturbance_can_lie_on_the_way_to_one_target_only(sender: Sender) -> None:
    one, other = sender.post.targets()[0], sender.post.add_target(QUEUE)
    disturb(sender, DROP, target_id=other.target_id, count=1)
    sender.emit()
    received(sender)
    assert sender.mailbox.sequences(one.target_id) == [1]
    assert sender.mailbox.sequences(other.target_id) == []


def test_disturbances_act_in_the_order_in_which_they_were_scripted(sender: Sender) -> None:
    disturb(sender, DELAY, delay=TEN_MINUTES)
    disturb(sender, REPEAT, delay=TEN_MINUTES)
    sender.emit()
    assert received(sender) == []
    sender.pass_time(minutes=10)
    assert received(sender) == [1]
    sender.pass_time(minutes=10)
    assert received(sender) == [1, 1]


def test_the_same_seed_loses_the_same_events(sender: Sender) -> None:
    runs = []
    for seed in ("one", "one", "another"):
        run = Sender()
        run.post.add_target(QUEUE)
        disturb(run, DROP, rate=Decimal("0.5"), seed=seed)
        for _ in range(64):
            run.emit()
        runs.append(received(run))
    assert runs[0] == runs[1] != runs[2]
    assert 16 < len(runs[0]) < 48
    assert sender.post.deliveries() == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"count": 0},
        {"count": 1_000_001},
        {"rate": Decimal(0)},
        {"rate": Decimal("1.1")},
        {"rate": Decimal("NaN")},
        {"copies": 0},
        {"copies": 101},
        {"delay": timedelta(days=31)},
        {"delay": timedelta(seconds=-1)},
        {"held": 1},
        {"held": 1001},
        {"seed": "x" * 256},
        {"kind": DELAY},
        {"target_id": "target-unknown"},
    ],
)
def test_a_disturbance_that_makes_no_sense_is_refused(
    sender: Sender, fields: dict[str, Any]
) -> None:
    with pytest.raises(ControlError):
        disturb(sender, fields.pop("kind", REPEAT), **fields)
    assert sender.post.disturbances() == ()


def test_there_is_an_end_to_disturbances(sender: Sender) -> None:
    for _ in range(DISTURBANCES_MAX):
        disturb(sender, DROP)
    with pytest.raises(ControlError):
        disturb(sender, DROP)
    with pytest.raises(ControlError):
        sender.post.remove_disturbance("disturbance-unknown")


ages = st.lists(st.integers(0, 7200), max_size=12).map(sorted)
scripts = st.lists(
    st.builds(
        NewDisturbance,
        kind=st.sampled_from(DisturbanceKind),
        count=st.none() | st.integers(1, 5),
        rate=st.decimals("0.01", 1, places=2),
        copies=st.integers(1, 3),
        delay=st.integers(1, 3600).map(lambda seconds: timedelta(seconds=seconds)),
        held=st.integers(2, 5),
    ),
    max_size=4,
)


def office_with(scripted: Sequence[NewDisturbance]) -> Outbox:
    outbox = Outbox()
    target = add_target(QUEUE, entropy=b"target")
    outbox.targets[target.target_id] = target
    for number, new in enumerate(scripted):
        disturbance = script_disturbance(new, entropy=bytes([number]) * 8)
        outbox.disturbances[disturbance.disturbance_id] = disturbance
    return outbox


def events_at(seconds: Sequence[int]) -> list[EmittedEvent]:
    return [
        event_of(number, at=NOON_AT + timedelta(seconds=age))
        for number, age in enumerate(seconds, start=1)
    ]


@given(ages, scripts)
def test_looking_often_and_looking_once_plan_the_same_deliveries(
    seconds: list[int], scripted: list[NewDisturbance]
) -> None:
    events = events_at(seconds)
    end_at = NOON_AT + timedelta(days=60)
    often, once = office_with(scripted), office_with(scripted)
    for number, event in enumerate(events, start=1):
        plan(often, events[:number], now=event.at)
    plan(often, events, now=end_at)
    plan(once, events, now=end_at)
    orders = [
        [
            (entry.event.sequence, entry.copy)
            for entry in pick_due(outbox, now=end_at, machine_now=end_at)
        ]
        for outbox in (often, once)
    ]
    assert orders[0] == orders[1]


@given(ages, scripts)
def test_what_is_not_dropped_comes_at_least_once(
    seconds: list[int], scripted: list[NewDisturbance]
) -> None:
    events = events_at(seconds)
    outbox = office_with([replace(one, rate=Decimal("0.5")) for one in scripted])
    end_at = NOON_AT + timedelta(days=60)
    plan(outbox, events, now=end_at)
    due = pick_due(outbox, now=end_at, machine_now=end_at)
    dropped = {one.sequence for one in outbox.deliveries}
    assert {entry.event.sequence for entry in due} == {one.sequence for one in events} - dropped
