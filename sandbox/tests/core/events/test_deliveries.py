"""The post: what AWS sends reaches each target once and in order, and nothing else waits for it."""

import threading
from datetime import timedelta

import pytest

from marketplace_sandbox.core.model.deliveries import (
    ATTEMPTS_MAX,
    ENTRIES_MAX,
    PAUSE_MAX,
    ROUND_ENTRIES_MAX,
    Outcome,
)
from marketplace_sandbox.core.model.events import Channel
from marketplace_sandbox.delivery.transports import RefusedError, UnreachedError
from marketplace_sandbox.desks.events import EventFilter
from tests.mail import CREATED, ENDED, QUEUE, Sender


@pytest.fixture
def sender() -> Sender:
    return Sender()


def outcomes(sender: Sender) -> list[tuple[int, int, Outcome]]:
    return [(one.sequence, one.attempt, one.outcome) for one in sender.post.deliveries()]


def test_an_event_is_delivered_once(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    assert [one.outcome for one in sender.post.deliver_due()] == [Outcome.DELIVERED]
    assert sender.post.deliver_due() == ()
    assert sender.mailbox.sequences() == [1]
    assert outcomes(sender) == [(1, 1, Outcome.DELIVERED)]


def test_events_arrive_in_the_order_in_which_they_were_sent(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    for _ in range(5):
        sender.emit()
        sender.pass_time(minutes=1)
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [1, 2, 3, 4, 5]


def test_events_are_facts_whether_or_not_anybody_takes_them(sender: Sender) -> None:
    sender.emit(CREATED)
    sender.emit(ENDED, product_code="other")
    sender.emit("subscribe-success", channel=Channel.SNS_SUBSCRIPTION)
    assert [event.sequence for event in sender.post.events()] == [1, 2, 3]
    for chosen, sequences in [
        (EventFilter(product_code="other"), [2]),
        (EventFilter(channel=Channel.EVENTBRIDGE), [1, 2]),
        (EventFilter(name_prefix="Purchase Agreement E"), [2]),
        (EventFilter(after=2), [3]),
        (EventFilter(agreement_id="agmt-unknown"), []),
    ]:
        assert [event.sequence for event in sender.post.events(chosen)] == sequences
    assert sender.post.deliveries() == ()


def test_an_unreachable_target_is_tried_again_after_growing_pauses(sender: Sender) -> None:
    target = sender.post.add_target(QUEUE)
    sender.emit()
    sender.mailbox.error = UnreachedError("nobody there")
    pauses = []
    for _ in range(ATTEMPTS_MAX - 1):
        sender.post.deliver_due()
        retry_at = sender.post.outages()[target.target_id].retry_at
        pauses.append(round((retry_at - sender.now).total_seconds()))
        assert sender.post.deliver_due() == (), "it is left alone until then"
        sender.now = retry_at
    assert pauses == [1, 2, 4, 8, 16, 32, PAUSE_MAX.seconds]
    sender.mailbox.error = None
    sender.post.deliver_due()
    assert outcomes(sender)[-1] == (1, ATTEMPTS_MAX, Outcome.DELIVERED)
    assert sender.post.outages() == {}


def test_a_target_that_stays_away_is_given_up_with_the_reason(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.emit()
    sender.mailbox.error = UnreachedError("nobody there")
    for _ in range(ATTEMPTS_MAX):
        sender.post.deliver_due()
        sender.pass_time(minutes=2)
    assert sender.mailbox.tried == ATTEMPTS_MAX
    failed = [one for one in sender.post.deliveries() if one.outcome is Outcome.FAILED]
    assert [(one.sequence, one.reason) for one in failed] == [
        (1, "nobody there"),
        (2, "nobody there"),
    ]
    assert sender.post.waiting() == ()
    sender.mailbox.error = None
    sender.emit()
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [3]


def test_pauses_are_the_machine_s_time_even_when_the_sandbox_s_is_frozen(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.marketplace.desks.clock.freeze()
    sender.emit()
    sender.mailbox.error = UnreachedError("nobody there")
    sender.post.deliver_due()
    sender.mailbox.error = None
    sender.pass_time(seconds=1)
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [1]


def test_what_is_refused_is_not_tried_again_and_holds_nothing_up(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.mailbox.error = RefusedError("MalformedDetail: no")
    sender.post.deliver_due()
    sender.mailbox.error = None
    sender.emit()
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [2]
    assert outcomes(sender) == [(1, 1, Outcome.FAILED), (2, 1, Outcome.DELIVERED)]


def test_one_unreachable_target_does_not_keep_events_from_another(sender: Sender) -> None:
    away = sender.post.add_target(QUEUE)
    there = sender.post.add_target(QUEUE)
    sender.mailbox.misses = away.target_id
    for _ in range(3):
        sender.emit()
    sender.post.deliver_due()
    assert sender.mailbox.sequences(there.target_id) == [1, 2, 3]
    assert sender.mailbox.tried == 4, "the one that is away is asked once"


@pytest.mark.parametrize("error", [None, UnreachedError("gone"), RefusedError("gone")])
def test_a_target_that_is_removed_while_it_is_called_is_no_trouble(
    sender: Sender, error: Exception | None
) -> None:
    target = sender.post.add_target(QUEUE)
    sender.emit()
    sender.mailbox.error = error
    sender.mailbox.before = lambda: sender.post.remove_target(target.target_id)
    sender.post.deliver_due()
    assert sender.post.waiting() == ()
    assert sender.post.outages() == {}


def test_sending_holds_up_no_call(sender: Sender) -> None:
    def call_from_elsewhere() -> None:
        caller = threading.Thread(target=sender.post.events)
        caller.start()
        caller.join(5)
        assert not caller.is_alive()

    sender.post.add_target(QUEUE)
    sender.emit()
    sender.mailbox.before = call_from_elsewhere
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [1]


def test_a_round_can_be_stopped_between_two_events(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.emit()
    sender.post.deliver_due(is_stopping=lambda: bool(sender.mailbox.tried))
    assert sender.mailbox.sequences() == [1]
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [1, 2]


def test_events_of_a_clock_that_was_turned_back_are_not_held_up(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.marketplace.desks.clock.set(sender.now - timedelta(days=3))
    sender.post.deliver_due()
    assert sender.mailbox.sequences() == [1]


def test_what_waits_beyond_the_limit_is_listed_as_failed(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    (entry,) = sender.post.waiting()
    with sender.marketplace.step() as step:
        waiting = step.state.outbox.entries
        waiting.update({-number: entry for number in range(1, ENTRIES_MAX)})
    sender.emit()
    (failed,) = sender.post.deliveries()
    assert (failed.sequence, failed.outcome) == (2, Outcome.FAILED)
    assert failed.reason == "20000 deliveries wait already"


def test_a_round_sends_so_much_and_no_more(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    for _ in range(ROUND_ENTRIES_MAX + 1):
        sender.emit()
    assert len(sender.post.deliver_due()) == ROUND_ENTRIES_MAX
    assert len(sender.post.deliver_due()) == 1


def test_a_reset_forgets_targets_and_what_waits(sender: Sender) -> None:
    sender.post.add_target(QUEUE)
    sender.emit()
    sender.marketplace.reset()
    assert sender.post.deliver_due() == ()
    assert sender.post.targets() == ()
