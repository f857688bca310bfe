"""What an operator does with a deployed stack: flush a subscription, and ask for the account."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, run_module

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def leaving(stack: RunningStack) -> tuple[Subscription, UsageFact]:
    """Return a subscription that used something in this hour, which is far from settled."""
    subscription = stack.sell("leaving", MeteringMode.LICENSE, "gb_hours")
    stack.register(subscription)
    fact = UsageFact(
        event_id="last",
        subscription=subscription,
        dimension="gb_hours",
        quantity=Decimal("2.5"),
        used_at=datetime.now(UTC),
        tags=(),
    )
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    return subscription, fact


def test_a_flush_bills_the_unfinished_hour_of_a_subscription_that_ends(
    stack: RunningStack, leaving: tuple[Subscription, UsageFact]
) -> None:
    subscription, fact = leaving
    assert not stack.compare([fact]).is_exact

    done = run_module(
        *("operations", "flush", str(subscription.license_arn), "--yes", "--json"),
        *("--directory", str(stack.directory)),
    )

    assert done.returncode == 0, done.stdout + done.stderr
    [told] = json.loads(done.stdout)["billed"]
    assert (told["quantity"], told["state"]) == ("2.5", "METERED")
    assert stack.compare([fact]).is_exact


def test_a_record_that_is_billed_is_not_redriven(
    stack: RunningStack, leaving: tuple[Subscription, UsageFact]
) -> None:
    subscription, fact = leaving
    assert subscription.license_arn is not None
    name = str(RecordKey(license_key(subscription.license_arn), fact.dimension, fact.hour_at))
    done = run_module("operations", "redrive", name, "--yes", "--directory", str(stack.directory))

    assert done.returncode == 1, done.stdout + done.stderr
    assert "not_rejected: METERED" in done.stdout


def test_a_rejected_event_is_found_mended_and_billed(
    stack: RunningStack, leaving: tuple[Subscription, UsageFact]
) -> None:
    _, last = leaving
    fact = replace(last, event_id="mistyped", dimension="seats", quantity=Decimal(3))
    stack.send(json.dumps(fact.as_event() | {"quantity": "three"}))
    stack.aftermath.wait_until_drained(60)
    of_stack = ("--json", "--directory", str(stack.directory))
    listed = json.loads(run_module("operations", "rejected", "list", *of_stack).stdout)["events"]
    (name,) = [one["name"] for one in listed if one["id"] == "mistyped"]

    done = run_module(
        *("operations", "rejected", "mend", name, "--set", "quantity=3", "--yes", *of_stack)
    )

    assert done.returncode == 0, done.stdout + done.stderr
    [sent] = json.loads(done.stdout)["sent"]
    stack.aftermath.wait_until_drained(60)
    shown = run_module("operations", "record", *sent["record"].split("|"), *of_stack)
    assert [one["id"] for one in json.loads(shown.stdout)["events"]] == ["mistyped"]
    left = json.loads(run_module("operations", "rejected", "list", *of_stack).stdout)["events"]
    assert name not in {one["name"] for one in left}


def test_the_account_of_the_stack_balances(
    stack: RunningStack, leaving: tuple[Subscription, UsageFact]
) -> None:
    done = run_module("operations", "balance", "--json", "--directory", str(stack.directory))

    assert done.returncode == 0, done.stderr
    assert leaving[1].dimension in done.stdout
