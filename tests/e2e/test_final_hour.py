"""A buyer leaves, and AWS's word of it has the last usage billed, without anybody's help."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.client import Channel, MeteringMode

from local.seller.comparison import Comparison
from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact
from local.stack.function_logs import read_function_logs
from meterhouse.domain.hours import floor_to_hour
from tests.e2e.running_stack import RunningStack, stack_in

pytestmark = pytest.mark.stack

# The longest that the template takes: no test is here for so long, so only events start runs.
UNSCHEDULED = {"ReconcileSchedule": "rate(15 minutes)"}


@dataclass(frozen=True, slots=True)
class Left:
    """A buyer who used something in two hours, and left within the second."""

    subscription: Subscription
    facts: tuple[UsageFact, ...]
    before: Comparison
    after: Comparison


@pytest.fixture(scope="module")
def unscheduled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that waits for no last usage, at five past an hour: the one before is not settled."""
    parameters = UNSCHEDULED | {"FinalUsageMinutes": "0"}
    with stack_in(tmp_path_factory.mktemp("unscheduled"), parameters) as stack:
        ahead = datetime.fromisoformat(stack.marketplace.show_clock()["now"]) + timedelta(hours=2)
        stack.marketplace.set_clock(ahead.replace(minute=5, second=0).isoformat())
        yield stack


@pytest.fixture(scope="module")
def left(unscheduled: RunningStack) -> Left:
    subscription = unscheduled.sell("leaver", MeteringMode.LICENSE, "api_calls")
    assert unscheduled.register(subscription) == "registered on the seller's page"
    hour_at = floor_to_hour(datetime.fromisoformat(unscheduled.marketplace.show_clock()["now"]))
    facts = tuple(
        UsageFact(f"{minutes}", subscription, "api_calls", Decimal(quantity), used_at)
        for minutes, quantity in ((-40, "1.5"), (-1, "0.25"), (2, "4"), (4, "0.000001"))
        for used_at in (hour_at + timedelta(minutes=minutes),)
    )
    unscheduled.send(*[json.dumps(fact.as_event()) for fact in facts])
    unscheduled.aftermath.wait_until_drained(60)
    before = unscheduled.compare(facts)
    unscheduled.marketplace.cancel_agreement(subscription.agreement_id)
    after = unscheduled.wait_until_billed(facts, hurry=False)
    return Left(subscription, facts, before, after)


def test_an_end_has_the_closed_and_the_unfinished_hour_billed_at_once(left: Left) -> None:
    assert left.before.billed == 0
    assert [row.billed for row in left.after.rows] == [Decimal("1.75"), Decimal("4.000001")]
    assert [row.difference for row in left.after.rows] == [0, 0]


def test_one_event_starts_one_run_and_that_bills_it(
    unscheduled: RunningStack, left: Left, record_property: Callable[[str, object], None]
) -> None:
    agreement_id = left.subscription.agreement_id
    events = unscheduled.marketplace.list_events(
        agreement_id=agreement_id, channel=Channel.EVENTBRIDGE, name_prefix="Purchase Agreement"
    )["events"]
    (ended,) = [one for one in events if one["name"].startswith("Purchase Agreement Ended")]
    metered = [
        call
        for call in unscheduled.marketplace.list_calls()["calls"]
        if call["operation"] == "BatchMeterUsage"
    ]
    ended_at, metered_at = (datetime.fromisoformat(one["at"]) for one in (ended, metered[0]))
    record_property("seconds_from_ended_to_metered", (metered_at - ended_at).total_seconds())

    assert len(metered) == 1
    assert [one["status"] for one in metered[0]["record_outcomes"]] == ["Success", "Success"]


def test_no_function_fails_at_it(unscheduled: RunningStack, left: Left) -> None:
    failures = [
        line for line in read_function_logs(unscheduled.aws) if '"level":"ERROR"' in line.text
    ]
    assert failures == [], left
