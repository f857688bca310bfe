"""What an operator reads of a deployed stack: its status, and lists of records and usage."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, run_module

pytestmark = pytest.mark.stack

WELL_TABLES = {"UsageTable": "ok", "SubscriptionsTable": "ok"}


@pytest.fixture(scope="module")
def billed(stack: RunningStack) -> Subscription:
    """Return a subscription of which 2.5 units are billed, by a flush."""
    subscription = stack.sell("looked-at", MeteringMode.LICENSE, "gb_hours")
    stack.register(subscription)
    at = datetime.now(UTC)
    fact = UsageFact("one", subscription, "gb_hours", Decimal("2.5"), at, ())
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    done = run_module(
        *("operations", "flush", str(subscription.license_arn), "--yes"),
        *("--directory", str(stack.directory)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return subscription


def read(stack: RunningStack, *words: str, codes: tuple[int, ...] = (0,)) -> dict[str, Any]:
    done = run_module("operations", *words, "--json", "--directory", str(stack.directory))
    assert done.returncode in codes, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def name_of(subscription: Subscription) -> str:
    assert subscription.license_arn is not None
    return license_key(subscription.license_arn)


def test_the_status_looks_at_everything_that_was_deployed(
    stack: RunningStack, billed: Subscription
) -> None:
    del billed
    # Other tests of this stack may leave behind what needs somebody.
    found = read(stack, "status", codes=(0, 1))

    verdicts = {one["what"]: one["verdict"] for one in found["checks"]}
    assert found["unreadable"] == []
    assert verdicts | WELL_TABLES == verdicts
    functions = {what for what in verdicts if what.endswith("Function")}
    assert len(functions) == 7
    assert {verdicts[what] for what in functions} == {"ok"}
    assert len([what for what in verdicts if what.endswith("Queue")]) == 6
    assert verdicts["alarms"] == "not measured"
    calls = next(one for one in found["checks"] if one["what"] == "calls")
    assert calls["found"] != "none", "a record was sent"


def test_a_record_is_found_by_its_subscription_and_among_all(
    stack: RunningStack, billed: Subscription
) -> None:
    name = name_of(billed)

    (own,) = read(stack, "records", "list", "--subscription", name)["records"]

    assert (own["units"], own["state"], own["dimension"]) == ("2.5", "METERED", "gb_hours")
    found: list[dict[str, Any]] = []
    after: tuple[str, ...] = ()
    while True:
        page = read(stack, "records", "list", "--state", "metered", "--limit", "1", *after)
        found += page["records"]
        if page["next"] is None:
            break
        after = ("--after", page["next"])
    assert own in found
    shown = read(stack, "records", "show", own["record"])
    assert [one["id"] for one in shown["events"]] == ["one"]


def test_usage_of_all_holds_that_of_each(stack: RunningStack, billed: Subscription) -> None:
    found = read(stack, "usage")

    assert {
        "subscription": name_of(billed),
        "dimension": "gb_hours",
        "standing": "metered",
        "units": "2.5",
    } in found["lines"]
    (total,) = (
        one
        for one in found["totals"]
        if (one["dimension"], one["standing"]) == ("gb_hours", "metered")
    )
    assert Decimal(total["units"]) >= Decimal("2.5")
