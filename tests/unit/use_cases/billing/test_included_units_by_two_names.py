"""A legacy buyer has two names, and one contract: it includes its units once."""

from dataclasses import replace
from decimal import Decimal

from tests.unit.use_cases.billing.including import at_hour, meterhouse
from tests.unit.web.api_calls import ONE, Backend, body_of


def test_what_a_contract_includes_is_included_once_by_whatever_name_its_buyer_is_known() -> None:
    house = meterhouse("api_calls=100/month")
    product = house.marketplace.create_product(title="Old", mode="legacy", dimensions=["api_calls"])
    buyer = house.subscribe(product.product_code)
    house.register(buyer)
    code = {"product_code": product.product_code}
    by_customer = {**code, "customer_identifier": buyer.customer_identifier}
    by_account = {**code, "customer_aws_account_id": buyer.customer_aws_account_id}

    house.drain(house.event(buyer, "e1", subscription=by_customer, quantity=80))
    at_hour(house, 1)
    house.drain(house.event(buyer, "e2", subscription=by_account, quantity=80))

    assert house.billed(buyer) == {"13": Decimal(60)}


def test_the_api_tells_what_was_taken_by_whatever_name_it_was_used() -> None:
    house = meterhouse("api_calls=100/month")
    product = house.marketplace.create_product(title="Old", mode="legacy", dimensions=["api_calls"])
    buyer = house.subscribe(product.product_code)
    house.register(buyer)
    by_account = {
        "product_code": product.product_code,
        "customer_aws_account_id": buyer.customer_aws_account_id,
    }
    house.drain(house.event(buyer, subscription=by_account, quantity=80))

    for name in house.subscriptions.subscriptions:
        answer = body_of(Backend(house, []).ask(f"{ONE}/allowances", name))
        assert [one["taken"] for one in answer["allowances"]] == ["80"], name


def test_two_names_in_one_hour_take_from_one_allowance() -> None:
    house = meterhouse("api_calls=100/month")
    house.policy = replace(house.policy, shards=1)
    code = house.marketplace.create_product(
        title="Old", mode="legacy", dimensions=["api_calls"]
    ).product_code
    buyer = house.subscribe(code)
    house.register(buyer)
    names = (
        {"product_code": code, "customer_identifier": buyer.customer_identifier},
        {"product_code": code, "customer_aws_account_id": buyer.customer_aws_account_id},
    )

    house.drain(*(house.event(buyer, subscription=one, quantity=80) for one in names))

    (allowance,) = [
        one
        for name in house.subscriptions.subscriptions
        for one in house.ledger.allowances(name)  # type: ignore[attr-defined]
    ]
    assert allowance.taken == 100
    assert sum(one.included for one in house.records()) == 100
    assert sum(one.units for one in house.records()) == 60
