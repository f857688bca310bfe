"""What the SubscriptionsTable holds, and what it must never hold."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from meterhouse.adapters.subscriptions_table import SubscriptionsTable
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, subscriptions_of
from meterhouse.errors import ReferenceInvalidError
from tests.fakes.world import InMemoryReport
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import ACCOUNT, HOUR, LICENSE_ARN, NOON_AT, PRODUCT_CODE

LICENSED = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, "agmt-1")
(SUBSCRIPTION,) = subscriptions_of(LICENSED)


@pytest.fixture
def table_name(aws: Aws) -> str:
    return aws.create_table("SubscriptionsTable")


@pytest.fixture
def table(aws: Aws, table_name: str, report: InMemoryReport) -> SubscriptionsTable:
    return SubscriptionsTable(aws.dynamodb, table_name, report)


def item_of(aws: Aws, table_name: str, key: str) -> dict[str, Any]:
    return dict(aws.dynamodb.get_item(TableName=table_name, Key={"pk": {"S": key}})["Item"])


def test_a_later_visit_adds_what_it_knows_and_keeps_when_the_first_one_was(
    aws: Aws, table: SubscriptionsTable, table_name: str
) -> None:
    table.upsert(SUBSCRIPTION, LICENSED, trial=True, now=NOON_AT)
    bare = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN)
    table.upsert(SUBSCRIPTION, bare, trial=False, now=NOON_AT + HOUR)

    item = item_of(aws, table_name, SUBSCRIPTION.key)
    assert item["registered_at"] == {"S": NOON_AT.isoformat()}
    assert item["last_visit_at"] == {"S": (NOON_AT + HOUR).isoformat()}
    assert item["agreement_id"] == {"S": "agmt-1"}
    assert item["offer_type"] == {"S": "free-trial"}
    assert item["status"] == {"S": "registered"}


def test_a_reference_ends_by_itself_and_a_subscription_never_does(
    aws: Aws, table: SubscriptionsTable, table_name: str
) -> None:
    table.upsert(SUBSCRIPTION, LICENSED, trial=False, now=NOON_AT)
    expires_at = NOON_AT + timedelta(minutes=30)
    table.add_reference("digest", [SUBSCRIPTION.key], expires_at)

    reference = item_of(aws, table_name, "reference#digest")
    assert reference["expires_at"] == {"N": str(int(expires_at.timestamp()))}
    assert "expires_at" not in item_of(aws, table_name, SUBSCRIPTION.key)


def test_of_forms_that_come_at_once_with_different_details_one_is_taken(
    table: SubscriptionsTable,
) -> None:
    table.upsert(SUBSCRIPTION, LICENSED, trial=False, now=NOON_AT)
    table.add_reference("digest", [SUBSCRIPTION.key], NOON_AT + HOUR)
    gate = threading.Barrier(8)

    def redeem(hand: int) -> bool:
        gate.wait(30)
        with suppress(ReferenceInvalidError):
            contact = Contact(f"{hand % 4}@example.com", "Engines", "Ada")
            return table.redeem_reference("digest", contact, NOON_AT) == (SUBSCRIPTION.key,)
        return False

    with ThreadPoolExecutor(max_workers=8) as pool:
        taken = [hand for hand, is_taken in enumerate(pool.map(redeem, range(8))) if is_taken]

    assert len(taken) == 2
    assert taken[0] % 4 == taken[1] % 4


def test_a_subscription_that_cannot_be_read_is_reported_and_hides_no_other(
    aws: Aws, table: SubscriptionsTable, table_name: str, report: InMemoryReport
) -> None:
    table.upsert(SUBSCRIPTION, LICENSED, trial=False, now=NOON_AT)
    other = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN[:-1] + "0")
    (whole,) = subscriptions_of(other)
    table.upsert(whole, other, trial=False, now=NOON_AT)
    aws.dynamodb.update_item(
        TableName=table_name,
        Key={"pk": {"S": SUBSCRIPTION.key}},
        UpdateExpression="SET #identity = :identity",
        ExpressionAttributeNames={"#identity": "identity"},
        ExpressionAttributeValues={":identity": {"S": '["unheard of"]'}},
    )

    assert set(table.find([SUBSCRIPTION.key, whole.key])) == {whole.key}
    assert [name for name, _ in report.events] == ["subscription_corrupt"]
