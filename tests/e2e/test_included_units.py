"""What a contract includes, on the deployed stack: AWS bills the rest, and all reads agree."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.comparison import add_up_bill
from local.seller.marketplace import Subscription
from local.seller.seller_api import Signature, call_api
from local.seller.usage import UsageFact
from meterhouse.domain.hours import format_hour
from meterhouse.domain.subscriptions.identity import license_key
from operations import verify_evidence
from tests.e2e.conftest import INCLUDED, INCLUDED_DIMENSION
from tests.e2e.running_stack import REPOSITORY, RunningStack, closed_hour, run_module

pytestmark = pytest.mark.stack

HOUR_AT = closed_hour()
BEYOND = Decimal("30.5")


def use(stack: RunningStack, name: str, *quantities: Decimal) -> Subscription:
    """Sell, register, and report usage of one hour."""
    buyer = stack.sell(name, MeteringMode.LICENSE, INCLUDED_DIMENSION)
    stack.register(buyer)
    for number, quantity in enumerate(quantities):
        at = HOUR_AT + timedelta(minutes=number)
        fact = UsageFact(f"{name}-{number}", buyer, INCLUDED_DIMENSION, quantity, at, ())
        stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    return buyer


def read(stack: RunningStack, *words: str) -> str:
    done = run_module("operations", *words, "--directory", str(stack.directory))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def name_of(buyer: Subscription) -> str:
    return license_key(str(buyer.license_arn))


def wait_for_record(stack: RunningStack, buyer: Subscription, state: str) -> None:
    listed = ("records", "list", "--subscription", name_of(buyer), "--csv")
    stack.wait_until(lambda: f",{state}," in read(stack, *listed))


def units_by_state(told: Sequence[dict[str, str]], name: str) -> dict[str, Decimal]:
    return {one[name]: Decimal(one["quantity"]) for one in told}


def test_what_exceeds_a_contract_is_billed_and_told_apart_from_what_it_includes(
    stack: RunningStack,
) -> None:
    buyer = use(stack, "exceeds", INCLUDED - 40, BEYOND + 40)
    name, month = name_of(buyer), f"{HOUR_AT:%Y-%m}"
    wait_for_record(stack, buyer, "METERED")

    bill = add_up_bill(stack.marketplace.show_bill()["records"], {buyer.agreement_id})
    assert [*bill.values()] == [BEYOND]
    rows = csv.DictReader(io.StringIO(read(stack, "statement", name, "--month", month, "--csv")))
    [total] = [one for one in rows if one["table"] == "totals"]
    assert (total["used"], total["billed"], total["included"]) == ("130.5", "30.5", "100")
    answer = call_api(
        stack.addresses.api_url,
        "GET",
        f"/subscriptions/{quote(name, safe='')}/usage",
        auth=Signature(stack.aws.account),
    ).json()
    assert units_by_state(answer["totals"], "state") == {"metered": BEYOND, "included": INCLUDED}
    evidence = stack.directory / "evidence-of-contract.json"
    read(stack, "evidence", name, "--month", month, "--out", str(evidence))
    program = [sys.executable, "-I", "-S", verify_evidence.__file__, str(evidence)]
    checked = subprocess.run(program, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_of_an_hour_that_is_included_aws_hears_nothing(stack: RunningStack) -> None:
    buyer = use(stack, "within", Decimal(60))
    wait_for_record(stack, buyer, "INCLUDED")

    record = f"{name_of(buyer)}|{INCLUDED_DIMENSION}|{format_hour(HOUR_AT)}"
    shown = json.loads(read(stack, "records", "show", record, "--json"))

    assert shown["standings"] == {"included": "60"}
    assert (shown["status"]["state"], shown["status"]["sends"]) == ("INCLUDED", 0)
    assert not add_up_bill(stack.marketplace.show_bill()["records"], {buyer.agreement_id})
