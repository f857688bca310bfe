"""Targets that answer oddly, and commands that are refused, harm nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from marketplace_sandbox.core.model.agreements import NewAgreement
from marketplace_sandbox.core.model.catalogue import Dimension, MeteringMode, NewProduct
from marketplace_sandbox.core.model.deliveries import Outcome
from marketplace_sandbox.core.model.disturbances import DisturbanceKind, NewDisturbance
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.targets import NewTarget, TargetKind
from marketplace_sandbox.desks.events import EventsDesk
from marketplace_sandbox.hosted import HostedMarketplace
from marketplace_sandbox.state_file import StateFile
from tests.mail import QUEUE, Sender
from tests.receiver import receiving

TOPIC = "arn:aws:sns:us-east-1:111122223333:events"
ATLAS = NewProduct("Atlas", MeteringMode.LICENSE, (Dimension("api_calls"),), "atlas")
DISTURBED = NewDisturbance(DisturbanceKind.DROP, count=1)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.mark.parametrize("answer", [b"<html>hello", b"[]", b"null", b'{"Entries": [null]}', b"5"])
@pytest.mark.parametrize(
    ("kind", "address"),
    [(TargetKind.SNS, TOPIC), (TargetKind.SQS, "q"), (TargetKind.EVENTBRIDGE, "default")],
)
def test_a_target_that_answers_oddly_keeps_no_other_from_its_events(
    sender: Sender, kind: TargetKind, address: str, answer: bytes
) -> None:
    post = EventsDesk(sender.marketplace.step)  # over real sockets
    with receiving() as strange, receiving() as healthy:
        strange.answer = answer
        odd = post.add_target(NewTarget(kind, address, endpoint_url=strange.url))
        post.add_target(NewTarget(TargetKind.HTTP, healthy.url))
        sender.emit()
        outcomes = {one.target_id: one.outcome for one in post.deliver_due()}
        assert outcomes.pop(odd.target_id) is (
            Outcome.UNREACHED if kind is TargetKind.SNS else Outcome.FAILED
        )
        assert set(outcomes.values()) == {Outcome.DELIVERED}


def test_what_nobody_foresaw_concerns_one_parcel_and_is_told(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.mailbox.error = KeyError("surprise")
    (delivery,) = sender.post.deliver_due()
    assert (delivery.outcome, delivery.reason) == (Outcome.FAILED, "KeyError: 'surprise'")
    sender.mailbox.error = None
    sender.emit()
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [2]


def test_a_tick_that_fails_saves_all_the_same(tmp_path: Path) -> None:
    def fail() -> bool:
        raise RuntimeError("surprise")

    path = tmp_path / "sandbox.json"
    marketplace = HostedMarketplace(state=StateFile(path))
    marketplace.desks.catalogue.list_product(ATLAS)
    marketplace.desks.events.add_target(QUEUE)
    marketplace.desks.agreements.subscribe(NewAgreement("atlas"))
    with pytest.raises(RuntimeError):
        marketplace.tick(is_stopping=fail)
    assert "atlas" in path.read_text()
    marketplace.close()


REFUSED: dict[str, Callable[[EventsDesk], object]] = {
    "a target that makes no sense": lambda post: post.add_target(replace(QUEUE, region="Mars")),
    "an unknown target": lambda post: post.remove_target("target-0"),
    "a replay to nobody": lambda post: post.replay("target-0"),
    "nobody is disturbed": lambda post: post.script_disturbance(
        replace(DISTURBED, target_id="target-0")
    ),
    "nothing is disturbed": lambda post: post.script_disturbance(replace(DISTURBED, count=0)),
    "an unknown disturbance": lambda post: post.remove_disturbance("disturbance-0"),
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=list(REFUSED))
def test_a_refused_command_changes_nothing(
    sender: Sender, command: Callable[[EventsDesk], object]
) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()  # of which no entry was made yet
    with sender.marketplace.step() as step:
        before = repr(step.state)
    with pytest.raises(ControlError):
        command(sender.post)
    with sender.marketplace.step() as step:
        assert repr(step.state) == before


def test_a_disturbance_that_was_used_up_cannot_be_removed(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    scripted = sender.post.script_disturbance(DISTURBED)
    sender.emit()
    with pytest.raises(ControlError, match="no disturbance"):
        sender.post.remove_disturbance(scripted.disturbance_id)
