"""Of what a contract includes nothing is billed on the deployed stack, and what exceeds it is."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from marketplace_sandbox.client import GrantDocument, MeteringMode, PricingModel

from local.seller.marketplace import Subscription, named
from local.seller.seller_api import Signature, call_api
from local.seller.usage import UsageFact
from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import license_key
from operations import verify_evidence
from tests.e2e.running_stack import RunningStack, run_module, stack_in

pytestmark = pytest.mark.stack

PARAMETERS = {
    "IncludedUnits": "overage=entitlement:calls/agreement,gigabytes=5.5/month,"
    "messages=entitlement/month",
    "ReconcileSchedule": "rate(15 minutes)",
}
MESSAGES: GrantDocument = {"dimension": "messages", "value": 20}
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def including(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack whose contracts include units, at half past an hour of the middle of a month."""
    with stack_in(tmp_path_factory.mktemp("including"), PARAMETERS) as stack:
        middle = shown(stack).replace(day=15, hour=12, minute=30) + 31 * timedelta(days=1)
        stack.marketplace.set_clock(middle.isoformat())
        yield stack


@pytest.fixture(scope="module")
def buyer(including: RunningStack) -> Subscription:
    """Somebody whose contract holds a hundred calls, and twenty messages beyond which he pays."""
    product = including.marketplace.list_product(
        "Contract",
        [
            {"name": "calls", "kind": "entitled"},
            {"name": "messages", "kind": "both"},
            {"name": "overage"},
            {"name": "gigabytes"},
        ],
        mode=MeteringMode.LICENSE,
        pricing=PricingModel.CONTRACT_WITH_CONSUMPTION,
    )
    agreement = including.marketplace.subscribe(
        product["product_code"], grants=[{"dimension": "calls", "value": 100}, MESSAGES]
    )
    subscription = named("contract", agreement)
    including.register(subscription)
    return subscription


def shown(stack: RunningStack) -> datetime:
    return datetime.fromisoformat(stack.marketplace.show_clock()["now"])


def use_in_the_hour_before(stack: RunningStack, buyer: Subscription, **units: str) -> None:
    """Use units of dimensions in the hour before, and wait until they have records that ended."""
    hour_at = floor_to_hour(shown(stack)) - HOUR
    for dimension, quantity in units.items():
        name = f"{dimension} {hour_at}"
        fact = UsageFact(name, buyer, dimension, Decimal(quantity), hour_at + MINUTE, ())
        stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    ended = RecordState.METERED, RecordState.INCLUDED
    hour = hour_at.isoformat()[:13]

    def have_ended() -> bool:
        keys = [one.key for one in stack.aftermath.records_in_state(*ended)]
        return sum(key.endswith(hour) for key in keys) == len(units)

    stack.wait_until(have_ended)


def billed(stack: RunningStack) -> dict[str, list[Decimal]]:
    """Return what AWS was told of each dimension, hour by hour."""
    found: dict[str, list[Decimal]] = {}
    for line in stack.marketplace.show_bill()["records"]:
        found.setdefault(line["dimension"], []).append(Decimal(line["quantity"]))
    return found


def read(stack: RunningStack, *words: str) -> str:
    done = run_module("operations", *words, "--directory", str(stack.directory))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def statement(stack: RunningStack) -> list[dict[str, Any]]:
    told = read(stack, "statement", "--month", f"{shown(stack):%Y-%m}", "--json")
    totals: list[dict[str, Any]] = json.loads(told)["totals"]
    return totals


def test_what_is_included_is_never_sent_and_what_exceeds_it_is_billed(
    including: RunningStack, buyer: Subscription
) -> None:
    use_in_the_hour_before(including, buyer, overage="70", gigabytes="7.25", messages="32")
    assert billed(including) == {"gigabytes": [Decimal("1.75")], "messages": [Decimal(12)]}

    next_hour(including)
    use_in_the_hour_before(including, buyer, overage="50", gigabytes="1")

    assert billed(including) == {
        "gigabytes": [Decimal("1.75"), Decimal(1)],
        "messages": [Decimal(12)],
        "overage": [Decimal(20)],
    }


def test_a_contract_that_is_amended_includes_more_from_then_on(
    including: RunningStack, buyer: Subscription
) -> None:
    including.marketplace.amend_agreement(
        buyer.agreement_id, grants=[{"dimension": "calls", "value": 130}, MESSAGES]
    )
    including.wait_until(lambda: held(including, buyer) == 130)

    next_hour(including)
    use_in_the_hour_before(including, buyer, overage="45")

    assert billed(including)["overage"] == [Decimal(20), Decimal(15)]


def test_the_statement_adds_up_with_what_was_included(
    including: RunningStack, buyer: Subscription
) -> None:
    assert buyer.license_arn is not None
    told = {one["dimension"]: one for one in statement(including)}

    units = ("overage", 165, 130), ("gigabytes", "8.25", "5.5"), ("messages", 32, 20)
    for dimension, used, included in units:
        row = told[dimension]
        assert Decimal(row["used"]) == Decimal(used)
        assert Decimal(row["included"]) == Decimal(included)
        assert Decimal(row["billed"]) == Decimal(used) - Decimal(included)
    read(including, "balance")


def test_a_record_of_which_all_is_included_is_listed_with_its_units(
    including: RunningStack, buyer: Subscription
) -> None:
    wanted = ("--subscription", name_of(buyer), "--state", "included", "--json")
    [row] = json.loads(read(including, "records", "list", *wanted))["records"]

    assert (row["dimension"], row["units"], row["included"]) == ("overage", "0", "70")
    told = json.loads(read(including, "records", "show", row["record"], "--json"))
    assert told["standings"] == {"included": "70"}
    assert told["status"]["sends"] == 0


def test_the_usage_report_and_the_evidence_tell_included_units_apart(
    including: RunningStack, buyer: Subscription
) -> None:
    report = call_api(
        including.addresses.api_url,
        "GET",
        f"/subscriptions/{quote(name_of(buyer), safe='')}/usage",
        auth=Signature(including.aws.account),
    ).json()
    units = {(one["dimension"], one["state"]): Decimal(one["quantity"]) for one in report["totals"]}
    assert units == {
        ("gigabytes", "included"): Decimal("5.5"),
        ("gigabytes", "metered"): Decimal("2.75"),
        ("messages", "included"): Decimal(20),
        ("messages", "metered"): Decimal(12),
        ("overage", "included"): Decimal(130),
        ("overage", "metered"): Decimal(35),
    }

    path = including.directory / "evidence.json"
    month = f"{shown(including):%Y-%m}"
    read(including, "evidence", name_of(buyer), "--month", month, "--out", str(path))
    program = [sys.executable, "-I", "-S", verify_evidence.__file__, str(path)]
    checked = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def name_of(buyer: Subscription) -> str:
    return license_key(str(buyer.license_arn))


def next_hour(stack: RunningStack) -> None:
    stack.marketplace.set_clock((shown(stack) + HOUR).isoformat())


def held(stack: RunningStack, buyer: Subscription) -> Decimal | None:
    state = stack.aftermath.state_of(buyer)
    entitlements = None if state is None else state.entitlements
    return None if entitlements is None else entitlements.quantity_of("calls")
