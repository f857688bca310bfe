"""The sandbox's clock is moved, and the deployed functions go with it."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.comparison import add_up_bill
from local.seller.usage import UsageFact, UsageKey
from meterhouse.domain.hours import floor_to_hour
from tests.e2e.running_stack import RunningStack, run_module, stack_in

pytestmark = pytest.mark.stack

OK = re.compile(
    r"month-end: OK: 12 events, 1138\.125001 units sent, 1138\.125001 units billed, "
    r"0 lost, 0 billed twice; 1064\.500001 in [A-Z]\w+, 73\.625 in [A-Z]\w+"
)
LOG = """\
time,subscription,dimension,quantity
2023-11-16T18:15:46Z,alpha,api_calls,12.5
2023-11-16T19:00:00Z,beta,api_calls,7
"""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose clock is forty days ahead, at twenty past an hour."""
    with stack_in(tmp_path_factory.mktemp("moved")) as stack:
        ahead = shown(stack) + timedelta(days=40)
        stack.marketplace.set_clock(ahead.replace(minute=20).isoformat())
        yield stack


def shown(stack: RunningStack) -> datetime:
    return datetime.fromisoformat(stack.marketplace.show_clock()["now"])


def test_a_months_end_bills_every_unit_in_its_hour_and_by_its_deadline() -> None:
    played = run_module("local.month_end")
    assert played.returncode == 0, played.stdout + played.stderr
    assert OK.fullmatch(played.stdout.splitlines()[-1]), played.stdout


def test_usage_without_a_time_belongs_to_the_hour_that_the_sandbox_shows(
    moved: RunningStack,
) -> None:
    subscription = moved.sell("timeless", MeteringMode.LICENSE, "api_calls")
    assert moved.register(subscription) == "registered on the seller's page"
    sent_at = shown(moved)
    fact = UsageFact("one", subscription, "api_calls", Decimal("2.5"), sent_at)
    event = fact.as_event()
    del event["time"]
    moved.send(json.dumps(event))
    moved.aftermath.wait_until_drained(60)
    moved.marketplace.advance_clock(2 * 3_600)
    comparison = moved.wait_until_billed([fact])
    assert comparison.is_exact, comparison
    bill = add_up_bill(moved.marketplace.show_bill()["records"], {subscription.agreement_id})
    hour = UsageKey(subscription.agreement_id, "api_calls", floor_to_hour(sent_at))
    assert bill == {hour: Decimal("2.5")}


def test_a_replay_moves_a_log_to_hours_that_are_recent_by_the_sandboxs_clock(
    moved: RunningStack, tmp_path: Path
) -> None:
    log = tmp_path / "usage.csv"
    log.write_text(LOG)
    replay = run_module(
        "local.replay", str(log), "--move-to-recent", "--directory", str(moved.directory)
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert f"{shown(moved):%Y-%m-}" in replay.stdout
    assert replay.stdout.splitlines()[-1].startswith("replay: OK: 2 events, 19.5 units sent")


def test_the_balance_adds_up_at_a_moved_clock(moved: RunningStack) -> None:
    done = run_module("operations", "balance", "--directory", str(moved.directory))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("balance: OK: ")


def test_an_operator_is_told_the_time_that_is_left_by_the_sandboxs_clock(
    moved: RunningStack,
) -> None:
    subscription = moved.sell("present", MeteringMode.LICENSE, "api_calls")
    moved.register(subscription)
    fact = UsageFact("now", subscription, "api_calls", Decimal(3), shown(moved))
    moved.send(json.dumps(fact.as_event()))
    moved.aftermath.wait_until_drained(60)

    left = operate(moved, "unfinished")["hours"]
    used = operate(moved, "usage", str(subscription.license_arn))

    # By the machine's clock forty days more would be left, and the present month another.
    assert left
    assert all(one["left"] <= 86_400 for one in left), left
    assert used["first_day"] == f"{fact.hour_at:%Y-%m}-01"
    assert f"{fact.hour_at:%Y-%m-%dT%H}" in used["unsettled"]


def operate(stack: RunningStack, *arguments: str) -> dict[str, Any]:
    done = run_module("operations", *arguments, "--json", "--directory", str(stack.directory))
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
