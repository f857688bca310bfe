"""Rules about included units of one product, and subscriptions of which its code is not known."""

from dataclasses import replace
from decimal import Decimal

from meterhouse.domain.allowances.rules import Period, Rule, read_rules
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.subscription import Subscription
from tests.unit.use_cases.billing.hours import run_at
from tests.unit.use_cases.billing.including import meterhouse

ONE = Decimal(1)


def test_whose_product_is_known_by_its_id_alone_is_not_billed_in_full_without_a_word() -> None:
    """Whom the sweep adopts has no product code: AWS's Agreement API tells ids."""
    house = meterhouse("")
    rules = read_rules(f"{house.product.product_code}:api_calls=100/month")
    house.policy = replace(house.policy, included=rules)
    buyer = house.buyer()
    key = house.key(buyer).subscription
    known = house.subscriptions.subscriptions
    known[key] = replace(known[key], product_code="prod-0123456789abc")

    house.drain(house.event(buyer, quantity=60))

    assert house.is_open(buyer)
    assert house.head().reason is Reason.ENTITLEMENTS_UNKNOWN
    known[key] = replace(known[key], product_code=house.product.product_code)
    run_at(house, 60)
    assert house.state(buyer) is RecordState.INCLUDED


def test_a_rule_may_name_the_id_of_a_product_and_one_for_no_product_is_not_in_doubt() -> None:
    by_id = replace(known_by_id(), product_code="prod-1")
    rules = read_rules("prod-1:api_calls=1/month,code:api_calls=2/month,gigabytes=3/month")

    assert rules.rule_for(by_id, "api_calls") == Rule("prod-1", "api_calls", ONE, Period.MONTH)
    assert rules.rule_for(by_id, "gigabytes") == Rule(None, "gigabytes", ONE * 3, Period.MONTH)


def known_by_id() -> Subscription:
    house = meterhouse("")
    buyer = house.buyer()
    return house.subscriptions.subscriptions[house.key(buyer).subscription]
