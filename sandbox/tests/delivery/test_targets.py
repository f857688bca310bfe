"""Targets: what they take, from when on, and where they may lie."""

from dataclasses import replace

import pytest

from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.core.model.targets import TARGETS_MAX, NewTarget, TargetKind
from marketplace_sandbox.desks.events import EventsDesk
from tests.mail import CREATED, ENDED, QUEUE, Sender


@pytest.fixture
def sender() -> Sender:
    return Sender()


def test_a_target_gets_what_is_sent_after_it_was_added(sender: Sender) -> None:
    sender.emit()
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [2]


def test_what_a_target_missed_can_be_replayed(sender: Sender) -> None:
    for _ in range(3):
        sender.emit()
    target = sender.post.add_target(QUEUE)
    assert sender.post.replay(target.target_id, after=1) == 2
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [2, 3]


@pytest.mark.parametrize(
    ("chosen", "sequences"),
    [
        ({}, [1, 2, 3]),
        ({"product_code": "other"}, [2]),
        ({"channels": (Channel.SNS_SUBSCRIPTION,)}, [3]),
        ({"name_prefix": "Purchase Agreement E"}, [2]),
        (
            {
                "kind": TargetKind.SNS,
                "address": "arn:aws:sns:us-east-1:111122223333:events",
                "product_code": "atlas",
            },
            [1, 3],
        ),
        ({"kind": TargetKind.EVENTBRIDGE, "address": "default"}, [1, 2]),
    ],
)
def test_a_target_chooses_what_it_takes(
    sender: Sender, chosen: dict[str, object], sequences: list[int]
) -> None:
    sender.post.add_target(replace(QUEUE, **chosen))  # type: ignore[arg-type]  # test data
    sender.emit(CREATED)
    sender.emit(ENDED, product_code="other")
    sender.emit("subscribe-success", channel=Channel.SNS_SUBSCRIPTION)
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == sequences


def test_a_removed_target_gets_nothing_more(sender: Sender) -> None:
    target = sender.post.add_target(QUEUE)
    sender.emit()
    sender.post.remove_target(target.target_id)
    sender.post.deliver_due()
    assert sender.mailbox.taken == []
    assert sender.post.targets() == ()
    with pytest.raises(ControlError):
        sender.post.remove_target(target.target_id)


@pytest.mark.parametrize(
    "new",
    [
        replace(QUEUE, address=""),
        replace(QUEUE, address="two words"),
        replace(QUEUE, address="x" * 2049),
        replace(QUEUE, endpoint_url=None),
        replace(QUEUE, endpoint_url="https://sqs.us-east-1.amazonaws.com"),
        replace(QUEUE, endpoint_url="http://192.168.0.7:4566"),
        replace(QUEUE, endpoint_url="http://someone@localhost:4566"),
        replace(QUEUE, endpoint_url="ftp://localhost"),
        replace(QUEUE, endpoint_url="http://[::1"),
        replace(QUEUE, endpoint_url="http://localhost:99999"),
        replace(QUEUE, region="Mars"),
        replace(QUEUE, name_prefix="x" * 256),
        replace(QUEUE, kind=TargetKind.SNS),
        replace(QUEUE, bus_source="our.marketplace"),
        replace(QUEUE, kind=TargetKind.EVENTBRIDGE, bus_source="our marketplace"),
        replace(QUEUE, kind=TargetKind.EVENTBRIDGE, channels=(Channel.SNS_ENTITLEMENT,)),
        NewTarget(TargetKind.HTTP, "http://example.com/hook"),
        NewTarget(TargetKind.HTTP, "http://127.0.0.1/hook", endpoint_url="http://127.0.0.1"),
    ],
)
def test_a_target_that_makes_no_sense_or_lies_elsewhere_is_refused(
    sender: Sender, new: NewTarget
) -> None:
    with pytest.raises(ControlError):
        sender.post.add_target(new)
    assert sender.post.targets() == ()


@pytest.mark.parametrize(
    "url",
    ["http://localhost:4566", "http://127.8.9.1:1", "http://[::1]:9", "https://sqs.localhost:1"],
)
def test_a_target_on_this_machine_is_taken(sender: Sender, url: str) -> None:
    assert sender.post.add_target(replace(QUEUE, endpoint_url=url)).endpoint_url == url


def test_a_host_that_the_operator_named_is_taken(sender: Sender) -> None:
    post = EventsDesk(sender.marketplace.step, hosts=frozenset({"emulator"}))
    post.add_target(replace(QUEUE, endpoint_url="http://emulator:4566"))
    with pytest.raises(ControlError):
        post.add_target(replace(QUEUE, endpoint_url="http://emulator.example.com:4566"))


def test_there_is_an_end_to_targets(sender: Sender) -> None:
    target = sender.post.add_target(QUEUE)
    with sender.marketplace.step() as step:
        for number in range(TARGETS_MAX - 1):
            step.state.outbox.targets[str(number)] = target
    with pytest.raises(ControlError):
        sender.post.add_target(QUEUE)
