"""A record that AWS refuses is billed elsewhere, on the word of an operator of a deployed stack."""

import json
from datetime import timedelta
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, closed_hour, pack, run_module

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def refused(stack: RunningStack) -> RecordKey:
    """Let AWS refuse what a buyer used."""
    subscription = stack.sell("settled", MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    assert subscription.license_arn is not None
    key = RecordKey(license_key(subscription.license_arn), "no_such_dimension", closed_hour())
    event = {
        "id": "1",
        "subscription": subscription.license_arn,
        "time": (key.hour_at + timedelta(minutes=5)).isoformat(),
        "dimension": key.dimension,
        "quantity": "2.5",
    }
    stack.send(pack(event))
    stack.wait_until(lambda: str(key) in needing_a_person(stack))
    assert str(key) in needing_a_person(stack)
    return key


def answer(stack: RunningStack, *words: str, code: int = 0) -> dict[str, Any]:
    done = run_module("operations", *words, "--json", "--directory", str(stack.directory))
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def needing_a_person(stack: RunningStack) -> set[str]:
    return {one["record"] for one in answer(stack, "refused")["records"]}


def test_it_leaves_the_list_is_never_redriven_and_says_who_did_it(
    stack: RunningStack, refused: RecordKey
) -> None:
    record, reason = str(refused), ("--reason", "by invoice", "--by", "Ann")

    said = answer(stack, "bill-elsewhere", record, "--reference", "INV-7", *reason, "--yes")

    assert [one["answer"] for one in said["records"]] == ["settled"]
    assert record not in needing_a_person(stack)
    redriven = answer(stack, "redrive", record, "--yes", code=1)["records"]
    assert [one["answer"] for one in redriven] == ["settled: billed_elsewhere"]
    month = f"{refused.hour_at:%Y-%m}"
    [row] = answer(stack, "statement", refused.subscription, "--month", month)["rows"]
    assert (row["rejected"], row["billed_elsewhere"]) == ("2.5", "2.5")
    [entry] = answer(stack, "audit-trail", "--record", record)["entries"]
    assert (entry["action"], entry["reference"], entry["by"]) == (
        "billed_elsewhere",
        "INV-7",
        "Ann",
    )
    assert entry["caller"].startswith("arn:aws:")


def test_what_is_reopened_needs_a_person_again_and_can_be_redriven(
    stack: RunningStack, refused: RecordKey
) -> None:
    record = str(refused)
    answer(stack, "reopen", record, "--reason", "the wrong buyer", "--yes")
    assert record in needing_a_person(stack)

    answer(stack, "redrive", record, "--reason", "mended", "--yes")

    actions = [one["action"] for one in answer(stack, "audit-trail", "--record", record)["entries"]]
    assert actions == ["billed_elsewhere", "reopened", "redriven"]
