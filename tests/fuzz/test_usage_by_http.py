"""What is accepted over HTTP the drain takes as it is, and what is refused it would not take."""

from datetime import UTC, datetime
from itertools import zip_longest

from hypothesis import given

from meterhouse.domain.records.policy import LATE_USAGE_MAX
from meterhouse.domain.usage.events import QueueMessage, Rejection, UsageEvent, read_message
from meterhouse.domain.usage.requests import read_request
from meterhouse.errors import UnreadableError
from tests.fuzz.batches import Message, batches, queue_messages
from tests.fuzz.verdicts import fuzz

NOW_AT = datetime(2026, 11, 18, 13, 20, tzinfo=UTC)
# What only a request is refused for.
STRICTER = {"id_missing", "time_missing", "id_repeated", "cloud_event_invalid"}


def drained(body: str) -> list[UsageEvent | Rejection]:
    message = QueueMessage("m1", body, NOW_AT)
    return list(read_message(message, now=NOW_AT, late_max=LATE_USAGE_MAX))


@fuzz(400)
@given(batches(NOW_AT))
def test_what_is_accepted_the_drain_takes_and_what_is_refused_it_would_not(
    batch: list[Message],
) -> None:
    for message in queue_messages(batch, NOW_AT):
        assert_agreed(message.body)


def assert_agreed(body: str) -> None:
    expected = drained(body)
    try:
        request = read_request(body, now=NOW_AT, late_max=LATE_USAGE_MAX)
    except UnreadableError as error:
        # Of such a body the drain takes nothing, unless it is too long or in an envelope.
        if error.code not in {"body_too_large", "envelope_invalid"}:
            assert not any(isinstance(one, UsageEvent) for one in expected)
        return
    accepted = [one for one in request.members if isinstance(one, UsageEvent)]
    assert accepted == ([] if request.message is None else drained(request.message))
    for ours, drains in zip_longest(request.members, expected):
        match ours, drains:
            case UsageEvent(), _:
                assert ours == drains
            case Rejection(), UsageEvent():
                assert {fault.code for fault in ours.faults} <= STRICTER
            case Rejection(), Rejection():
                assert set(drains.faults) <= set(ours.faults)
            case _:
                raise AssertionError(ours, drains)
