"""A spike waits on the deployed stack: one is released by hand, one goes when its time has come."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.usage import UsageFact
from meterhouse.adapters.usage_table.ledger import UsageTable
from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY, DaySheet, SheetLine, day_of
from meterhouse.domain.hours import HOUR, deadline_of, floor_to_hour
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from tests.e2e.running_stack import RunningStack, run_module, stack_in

pytestmark = pytest.mark.stack

PARAMETERS = {
    "SpikeHoldFactor": "10",
    "SpikeHoldUnits": "50",
    "ReconcileSchedule": "rate(15 minutes)",
}
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who used up to five units an hour, until now."""

    fact: UsageFact
    record: RecordKey


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack that holds spikes, at half past an hour of another day."""
    with stack_in(tmp_path_factory.mktemp("holding"), PARAMETERS) as stack:
        stack.marketplace.set_clock((shown(stack) + DAY).replace(minute=30).isoformat())
        yield stack


@pytest.fixture(scope="module")
def buyers(holding: RunningStack) -> list[Buyer]:
    """Three who used a thousand units in the hour before."""
    found = [bought(holding, name) for name in ("released", "left-alone", "rejected")]
    holding.send(*[json.dumps(one.fact.as_event()) for one in found])
    holding.aftermath.wait_until_drained(60)
    holding.wait_until(lambda: len(waiting(holding)) == len(found))
    return found


def bought(stack: RunningStack, name: str) -> Buyer:
    subscription = stack.sell(name, MeteringMode.LICENSE, "api_calls")
    stack.register(subscription)
    hour_at = floor_to_hour(shown(stack)) - HOUR
    assert subscription.license_arn is not None
    key = license_key(subscription.license_arn)
    ledger = UsageTable(stack.aws.client("dynamodb"), stack.addresses.usage_table)
    for days_ago in (2, 3, 4):
        day_at = day_of(hour_at) - days_ago * DAY
        line = SheetLine(day_at, "api_calls", Standing.METERED, Decimal(5))
        ledger.write_sheet(DaySheet(key, day_at, (line,)))
    fact = UsageFact("spike", subscription, "api_calls", Decimal(1_000), hour_at + MINUTE, ())
    return Buyer(fact, RecordKey(key, "api_calls", hour_at))


def shown(stack: RunningStack) -> datetime:
    return datetime.fromisoformat(stack.marketplace.show_clock()["now"])


def operate(stack: RunningStack, *arguments: str) -> dict[str, Any]:
    done = run_module("operations", *arguments, "--json", "--directory", str(stack.directory))
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def waiting(stack: RunningStack) -> dict[str, Any]:
    return {one["record"]: one for one in operate(stack, "spikes", "list")["records"]}


def test_spikes_wait_and_commands_show_why(holding: RunningStack, buyers: list[Buyer]) -> None:
    for buyer in buyers:
        listed = waiting(holding)[str(buyer.record)]
        assert [Decimal(listed[name]) for name in ("units", "norm")] == [1_000, 5]
    reasons = {one["reason"] for one in operate(holding, "unfinished")["records"]}

    assert reasons == {"spike_held"}
    assert holding.compare([one.fact for one in buyers]).billed == 0


def test_one_that_is_released_is_billed_at_once(holding: RunningStack, buyers: list[Buyer]) -> None:
    released, *others = buyers

    answer = operate(holding, "spikes", "release", str(released.record), "--yes")

    assert [one["answer"] for one in answer["records"]] == ["released"]
    assert holding.wait_until_billed([released.fact]).is_exact
    assert {*waiting(holding)} == {str(one.record) for one in others}


def test_one_that_is_rejected_stands_among_what_is_not_billed_and_who_did_it_is_on_record(
    holding: RunningStack, buyers: list[Buyer]
) -> None:
    *_, rejected = buyers

    said = ("--reason", "a loop", "--by", "Ann", "--yes")
    operate(holding, "spikes", "reject", str(rejected.record), *said)

    [refused] = operate(holding, "refused")["records"]
    assert (refused["record"], refused["reason"]) == (str(rejected.record), "spike_rejected")
    assert holding.compare([rejected.fact]).billed == 0
    actions = {one["action"]: one["reason"] for one in operate(holding, "audit-trail")["entries"]}
    assert actions == {"spike_released": None, "spike_rejected": "a loop"}


def test_one_that_nobody_decides_about_goes_by_itself_before_its_deadline(
    holding: RunningStack, buyers: list[Buyer]
) -> None:
    _, buyer, _ = buyers
    goes_at = datetime.fromisoformat(waiting(holding)[str(buyer.record)]["goes_at"])
    holding.marketplace.set_clock((goes_at - 5 * MINUTE).isoformat())
    holding.aftermath.reconcile_now()
    assert holding.compare([buyer.fact]).billed == 0

    holding.marketplace.set_clock((goes_at + MINUTE).isoformat())

    assert holding.wait_until_billed([buyer.fact]).is_exact
    assert shown(holding) < deadline_of(buyer.record.hour_at)
    assert waiting(holding) == {}
    assert operate(holding, "balance")
