"""Who is billed: which agreement, known since when, and what a second visit may change."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.adapters.subscriptions_table.book import SubscriptionsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.ports.subscriptions import ReferenceBook
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.integration.adapters.backends import Aws, moto_of_one_caller_at_a_time
from tests.unit.domain.builders import NOON_AT
from tests.unit.domain.subscriptions.aws_tells import deprovisioned

ACCOUNT = "444455556666"


@pytest.fixture
def aws() -> Iterator[Aws]:
    with moto_of_one_caller_at_a_time() as found:
        yield found


def registered(house: Meterhouse, product_code: str) -> Agreement:
    """Sell a product to the one account, and let its buyer register."""
    agreement = house.marketplace.create_agreement(product_code, customer_aws_account_id=ACCOUNT)
    house.register(agreement)
    return agreement


def test_two_products_of_one_account_are_billed_apart() -> None:
    """One AWS account may buy several products, or one product several times.

    Public integrations key usage by account. The usage of two agreements is added up and billed to
    one of them, or the second is dropped as a duplicate: the wrong contract, the wrong price.
    """
    # Given an account with two products and a second agreement for one of them
    house = Meterhouse()
    other = house.marketplace.create_product(title="Borealis", dimensions=("api_calls",))
    codes = (house.product.product_code, other.product_code, other.product_code)
    agreements = [registered(house, code) for code in codes]
    assert len({agreement.customer_aws_account_id for agreement in agreements}) == 1
    # When all three are used in the same hour, under the same event id
    house.drain(
        *(house.event(one, quantity=n) for n, one in zip((1, 20, 300), agreements, strict=True))
    )
    # Then each agreement pays for its own usage
    assert [house.billed(one) for one in agreements] == [
        {"12": Decimal(1)},
        {"12": Decimal(20)},
        {"12": Decimal(300)},
    ]


def test_usage_that_comes_before_its_buyer_registered_waits_and_is_billed() -> None:
    """The product may be used before the buyer has been to the registration page.

    Public integrations look the customer up, find nothing, and drop the usage or fail its message
    until the queue gives up. The first hours of every new buyer are free then.
    """
    # Given usage of a subscription that nobody registered
    house = Meterhouse()
    agreement = house.subscribe()
    neighbour = house.buyer()
    kept = house.drain(house.event(agreement, quantity=6), house.event(neighbour, quantity=1))
    # Then it is held in sight, SQS may forget it, and the neighbour is billed
    assert kept == []
    assert house.is_open(agreement)
    assert house.head().reason == "subscription_unknown"
    assert house.head().waiting == (house.key(agreement).subscription,)
    assert house.billed(neighbour) == {"12": Decimal(1)}
    # When the buyer registers five hours later
    house.clock.move_to(house.clock.now() + 5 * HOUR)
    house.register(agreement)
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()
    # Then the usage is billed in its own hour
    assert house.billed(agreement) == {"12": Decimal(6)}
    assert house.state(agreement) is RecordState.METERED


def visits(house: Meterhouse, keep: KeepSubscriptions, book: ReferenceBook) -> RegisterCustomer:
    """Return the registration over a real table."""
    references = iter(["first", "second", "third"])
    return RegisterCustomer(
        marketplace=house.api,
        keep=keep,
        references=book,
        clock=house.clock,
        report=house.report,
        new_reference=lambda: next(references),
    )


def test_a_second_visit_to_the_registration_page_resets_nothing(aws: Aws) -> None:
    """Buyers come back to the registration page, by "Set up your account" or by a double click.

    Public integrations write the whole row anew: what the agreement's life had set is lost, an
    ended subscription is active again, a paying one is pending, and the contact is empty.
    """
    # Given a registered buyer with contact details, whose agreement was activated and has an end
    house = Meterhouse()
    name = aws.create_table("SubscriptionsTable")
    folders = FoldersTable(aws.dynamodb, name)
    keep = KeepSubscriptions(folders, Products(), house.clock, house.report)
    register = visits(house, keep, ReferencesTable(aws.dynamodb, name))
    agreement = house.subscribe()
    assert agreement.license_arn is not None
    key = license_key(agreement.license_arn)
    register.resolve(house.marketplace.mint_token(agreement.agreement_id).token, trial=False)
    register.confirm("first", email="ann@example.com", company="Example", name="Ann")
    keep.learn(deprovisioned(0, agreement.license_arn, id=agreement.agreement_id))
    before = items_of(aws, name, key)
    # When the buyer comes again, twice, and leaves an incomplete form
    house.clock.move_to(house.clock.now() + HOUR)
    for _ in range(2):
        token = house.marketplace.mint_token(agreement.agreement_id).token
        register.resolve(token, trial=False)
    register.confirm("second", email="ann@example.com", company="", name="")
    # Then everything stands as it stood, but when the details came
    after = items_of(aws, name, key)
    changed = {
        (sk, field)
        for sk in before.keys() | after.keys()
        for field in before[sk].keys() | after[sk].keys()
        if before[sk].get(field) != after[sk].get(field)
    }
    assert changed == {("contact", "contact_at")}
    (subscription,) = SubscriptionsTable(aws.dynamodb, name, house.report).find([key]).values()
    assert subscription.ended_at == NOON_AT


def items_of(aws: Aws, table_name: str, key: str) -> dict[str, dict[str, Any]]:
    found = aws.dynamodb.query(
        TableName=table_name,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
    )
    return {one["sk"]["S"]: dict(one) for one in found["Items"]}
