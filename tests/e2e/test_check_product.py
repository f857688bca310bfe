"""`check-product` on the deployed local stack: a product that fits, and two that do not."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact
from tests.e2e.running_stack import RunningStack, run_module

pytestmark = pytest.mark.stack


def use(stack: RunningStack, buyer: Subscription, dimension: str) -> None:
    """Use something, and have it billed or refused at once."""
    fact = UsageFact("one", buyer, dimension, Decimal("1.5"), datetime.now(UTC), ())
    stack.send(json.dumps(fact.as_event()))
    stack.aftermath.wait_until_drained(60)
    run(stack, "flush", str(buyer.license_arn), "--yes")


def run(stack: RunningStack, *words: str) -> tuple[int, str]:
    done = run_module("operations", *words, "--directory", str(stack.directory))
    return done.returncode, done.stdout + done.stderr


def check(stack: RunningStack, product: str) -> tuple[int, dict[str, str]]:
    """Return how the command ended, and the verdict of each check."""
    code, said = run(stack, "check-product", product, "--json")
    return code, {one["check"]: one["verdict"] for one in json.loads(said)["checks"]}


def test_a_product_whose_usage_is_billed_fits(stack: RunningStack) -> None:
    buyer = stack.sell("fitting", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    assert check(stack, buyer.product_code)[1]["metering"] == "cannot tell"

    use(stack, buyer, "requests")
    assert run(stack, "sweep", "--yes")[0] == 0

    code, verdicts = check(stack, buyer.product_code)
    assert {*verdicts.values()} == {"ok"}, verdicts
    assert code == 0


def test_a_dimension_that_the_listing_writes_otherwise_is_named(stack: RunningStack) -> None:
    buyer = stack.sell("capitals", MeteringMode.LICENSE, "requests")
    stack.register(buyer)
    use(stack, buyer, "Requests")

    code, said = run(stack, "check-product", buyer.product_code)

    assert code == 1
    assert "used Requests, which its agreement does not price; it prices requests" in said
    assert check(stack, buyer.product_code)[1]["metering"] == "not ok"


def test_a_product_that_nobody_knows_is_not_taken_for_right(stack: RunningStack) -> None:
    code, verdicts = check(stack, "prod-nobody")

    assert code == 2
    assert verdicts["subscriptions"] == verdicts["Agreement API"] == "cannot tell"
    assert "not ok" not in verdicts.values()
