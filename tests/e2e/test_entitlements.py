"""What a buyer's contract holds is known of his subscription, and follows what AWS says."""

from decimal import Decimal

import pytest
from marketplace_sandbox.client import MeteringMode

from local.seller.marketplace import Subscription, named
from tests.e2e.running_stack import RunningStack

pytestmark = pytest.mark.stack


def held(stack: RunningStack, subscription: Subscription) -> Decimal | None:
    """Return how much of the dimension is known to be held, if anything is known."""
    state = stack.aftermath.state_of(subscription)
    entitlements = None if state is None else state.entitlements
    return None if entitlements is None else entitlements.quantity_of("calls")


def test_a_buyers_contract_is_known_when_he_registers_and_followed_when_it_changes(
    stack: RunningStack,
) -> None:
    product = stack.marketplace.list_product(
        "Contract", [{"name": "calls", "kind": "entitled"}], mode=MeteringMode.LICENSE
    )
    agreement = stack.marketplace.subscribe(
        product["product_code"], grants=[{"dimension": "calls", "value": 10}]
    )
    subscription = named("contract", agreement)

    stack.register(subscription)

    assert held(stack, subscription) == 10

    stack.marketplace.amend_agreement(
        agreement["agreement_id"], grants=[{"dimension": "calls", "value": 25}]
    )

    stack.wait_until(lambda: held(stack, subscription) == 25)
    assert held(stack, subscription) == 25
