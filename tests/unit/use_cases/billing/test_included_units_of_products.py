"""Rules about included units of one product, and subscriptions of which its code is not known."""

from dataclasses import replace

from meterhouse.domain.allowances.rules import read_rules
from tests.unit.use_cases.billing.including import meterhouse


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

    assert not house.billed(buyer) or house.report.metrics["RecordsBilledInFull"]
