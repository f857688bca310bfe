"""Bad usage ends where a person can see it, with its reason, and harms nothing beside it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.aftermath import RejectedEvent, UnbilledRecord
from local.seller.comparison import Comparison
from local.seller.marketplace import Subscription
from local.seller.packing import MESSAGE_BYTES_MAX, pack_events
from local.seller.usage import UsageFact
from meterhouse.domain.hours import floor_to_hour, format_hour
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.head import Head
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, closed_hour, pack

pytestmark = pytest.mark.stack

UNKNOWN_LICENSE = "arn:aws:license-manager::111122223333:license:l-00000000000000000000000000000000"
BATCH_MESSAGES = 10_000


def good(subscription: Subscription, event_id: str, quantity: str = "1") -> UsageFact:
    return UsageFact(
        event_id, subscription, "api_calls", Decimal(quantity), closed_hour() + timedelta(minutes=9)
    )


def bad_events(fact: UsageFact) -> dict[str, dict[str, Any]]:
    """Return events that can never be billed, by the code under which they are rejected."""
    event = fact.as_event()
    now = datetime.now(UTC)
    return {
        "quantity_too_precise": event | {"quantity": 0.1 + 0.2},
        "quantity_negative": event | {"quantity": -1},
        "quantity_too_large": event | {"quantity": 12_345_678_901},
        "time_in_future": event | {"time": (now + timedelta(days=1)).isoformat()},
        "time_too_old": event | {"time": (now - timedelta(days=32)).isoformat()},
        "field_unknown": {"tokens": "123", "model": "m1", "time": event["time"]},
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen after everything bad was sent together with good neighbours."""

    comparison: Comparison
    rejected: tuple[RejectedEvent, ...]
    hours: tuple[Head, ...]
    carries: tuple[Carry, ...]
    carried_records: tuple[UnbilledRecord, ...]
    dead_letters: int


def carries_from(stack: RunningStack, hour_at: datetime) -> tuple[Carry, ...]:
    return tuple(one for one in stack.aftermath.carries() if one.log.hour_at == hour_at)


@pytest.fixture(scope="module")
def seen(stack: RunningStack) -> Seen:
    subscription = stack.sell("bad-input", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    stack.aftermath.rejected_events()  # what others left is taken out
    neighbours = [good(subscription, f"good-{number}", "1.5") for number in range(3)]
    bad = bad_events(good(subscription, "bad"))
    unknown = neighbours[0].as_event() | {"id": "unknown", "subscription": UNKNOWN_LICENSE}
    # AWS takes it no more, and the buyer's agreement had begun.
    days_ago = datetime.now(UTC) - timedelta(days=5)
    too_late = neighbours[0].as_event() | {"id": "late", "time": days_ago.isoformat()}
    large = [good(subscription, f"{number:0120}") for number in range(3_000)]
    packed = list(pack_events(fact.as_event() for fact in large))
    stack.send(
        "this is not JSON",
        pack(neighbours[0].as_event(), *bad.values(), neighbours[1].as_event()),
        pack(unknown, too_late, neighbours[2].as_event()),
        "x" * MESSAGE_BYTES_MAX,
        *packed,
    )
    comparison = stack.wait_until_billed([*neighbours, *large])
    stack.aftermath.wait_until_drained(60)
    too_late_at = floor_to_hour(days_ago)
    stack.wait_until(lambda: any(one.has_arrived for one in carries_from(stack, too_late_at)))
    return Seen(
        comparison=comparison,
        rejected=stack.aftermath.rejected_events(),
        hours=stack.aftermath.hours(),
        carries=carries_from(stack, too_late_at),
        carried_records=tuple(
            one
            for one in stack.aftermath.records_in_state(RecordState.CARRIED)
            if one.key.endswith(format_hour(too_late_at))
        ),
        dead_letters=stack.aftermath.messages_in_dlq(),
    )


def test_the_good_neighbours_of_bad_events_are_billed(seen: Seen) -> None:
    assert seen.comparison.is_exact, seen.comparison
    assert seen.comparison.billed == Decimal("3004.5")


@pytest.mark.parametrize(
    "code",
    [
        *("quantity_too_precise", "quantity_negative", "quantity_too_large"),
        *("time_in_future", "time_too_old", "field_unknown"),
    ],
)
def test_an_event_that_can_never_be_billed_is_rejected_under_its_code(
    seen: Seen, code: str
) -> None:
    assert [event.code for event in seen.rejected].count(code) == 1


def test_an_event_with_several_faults_names_them_all(seen: Seen) -> None:
    (event,) = [event for event in seen.rejected if len(event.codes) > 1]
    assert event.codes == (
        *("field_unknown", "subscription_invalid", "dimension_invalid", "quantity_missing"),
    )
    assert event.reason.startswith("fields 'model', 'tokens' are not part of a usage event; ")


def test_messages_that_are_not_json_are_rejected_whole_even_those_of_a_mebibyte(
    seen: Seen,
) -> None:
    # The short one is one message; the long one comes in numbered parts.
    assert [event.code for event in seen.rejected].count("not_json") > 1


def test_every_rejection_says_why(seen: Seen) -> None:
    assert all(event.reason for event in seen.rejected)


def test_usage_of_a_license_that_nobody_knows_is_held_visibly(seen: Seen) -> None:
    (hour,) = [hour for hour in seen.hours if license_key(UNKNOWN_LICENSE) in hour.waiting]
    assert hour.reason == "subscription_unknown"


def test_usage_of_days_ago_is_carried_to_an_hour_that_is_open(
    seen: Seen,
) -> None:
    assert [record.reason for record in seen.carried_records] == ["deadline"]
    (carry,) = seen.carries
    now = floor_to_hour(datetime.now(UTC))
    assert carry.has_arrived
    assert carry.target.hour_at in {now, now - timedelta(hours=1)}


def test_nothing_ends_in_the_dead_letter_queue(seen: Seen) -> None:
    assert seen.dead_letters == 0


def test_one_bad_message_among_ten_thousand_of_a_batch_harms_no_other(
    stack: RunningStack, lambda_batch: Callable[[list[str]], dict[str, Any]]
) -> None:
    subscription = stack.sell("ten-thousand", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    stack.aftermath.rejected_events()  # as above
    facts = [good(subscription, f"e-{number}") for number in range(BATCH_MESSAGES - 1)]
    bodies = [json.dumps(fact.as_event(), separators=(",", ":")) for fact in facts]
    bodies.insert(BATCH_MESSAGES // 2, '{"id":')
    assert lambda_batch(bodies) == {"batchItemFailures": []}
    comparison = stack.wait_until_billed(facts)
    assert comparison.is_exact, comparison
    assert [event.code for event in stack.aftermath.rejected_events()] == ["not_json"]


@pytest.fixture
def lambda_batch(stack: RunningStack) -> Callable[[list[str]], dict[str, Any]]:
    """Invoke the drain with a real event: the emulator's poller takes ten messages at most."""

    def invoke(bodies: list[str]) -> dict[str, Any]:
        sent = str(int(datetime.now(UTC).timestamp() * 1000))
        records = [
            {
                "messageId": f"m-{number}",
                "receiptHandle": f"r-{number}",
                "body": body,
                "attributes": {"SentTimestamp": sent, "ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies)
        ]
        answer = stack.aws.functions().invoke(
            FunctionName=stack.addresses.drain_function,
            Payload=json.dumps({"Records": records}).encode(),
        )
        payload: dict[str, Any] = json.loads(answer["Payload"].read())
        assert not answer.get("FunctionError"), payload
        return payload

    return invoke
