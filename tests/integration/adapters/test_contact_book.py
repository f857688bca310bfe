"""What a buyer told is read and deleted under each name of a subscription; a line stays."""

from datetime import timedelta

import pytest

from meterhouse.adapters.subscriptions_table.contacts import ContactsTable
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    legacy_account_key,
    license_key,
)
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import licensed

LICENSED, EARLIER = license_key(LICENSE_ARN), legacy_account_key(PRODUCT_CODE, ACCOUNT)
LATER_AT = NOON_AT + timedelta(minutes=5)
BY = "arn:aws:iam::123456789012:user/operator"


@pytest.fixture
def table(aws: Aws) -> str:
    return aws.create_table("SubscriptionsTable")


@pytest.fixture
def contacts(aws: Aws, table: str) -> ContactsTable:
    """Let a buyer come twice: before AWS named a license, and after."""
    folders = FoldersTable(aws.dynamodb, table)
    keep = KeepSubscriptions(folders, Products(), VirtualClock(NOON_AT), InMemoryReport())
    references = ReferencesTable(aws.dynamodb, table)
    keep.learn(registration(ResolvedCustomer(PRODUCT_CODE, ACCOUNT), NOON_AT, trial=False))
    references.set_contact(EARLIER, Contact("ada@old.example", "Engines", "Ada"), NOON_AT)
    keep.learn(licensed(0))
    references.set_contact(LICENSED, Contact("ada@new.example", "", ""), LATER_AT)
    assert FolderKey(EARLIER) in folders.open(FolderKey(LICENSED)).readers
    return ContactsTable(aws.dynamodb, table)


def items(aws: Aws, table: str) -> dict[tuple[str, str], object]:
    found = aws.dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return {(one["pk"]["S"], one["sk"]["S"]): one for one in found}


def test_what_was_told_last_under_the_name_of_now_comes_first(contacts: ContactsTable) -> None:
    assert contacts.read(LICENSED) == {
        "email": "ada@new.example",
        "company": "Engines",
        "name": "Ada",
        "given_at": LATER_AT.isoformat(),
    }


def test_nothing_of_it_is_left_under_any_name_and_a_line_says_who_and_when(
    aws: Aws, table: str, contacts: ContactsTable
) -> None:
    before = items(aws, table)

    assert contacts.forget(LICENSED, by=BY, at=LATER_AT) == ("email", "company", "name")

    after = items(aws, table)
    line = f"forgotten#{LATER_AT.isoformat()}"
    assert before.keys() - after.keys() == {(LICENSED, "contact"), (EARLIER, "contact")}
    assert after.keys() - before.keys() == {(LICENSED, line), (EARLIER, line)}
    assert after[LICENSED, line] == {
        "pk": {"S": LICENSED},
        "sk": {"S": line},
        "forgotten_by": {"S": BY},
        "details": {"L": [{"S": "email"}]},
    }
    assert [said for said in ("ada@", "Engines") if said in str(after)] == []
    assert contacts.read(LICENSED) == {}


def test_where_nothing_is_kept_nothing_is_written(
    aws: Aws, table: str, contacts: ContactsTable
) -> None:
    contacts.forget(LICENSED, by=BY, at=LATER_AT)
    before = items(aws, table)

    assert contacts.forget(LICENSED, by=BY, at=LATER_AT + timedelta(hours=1)) == ()
    assert contacts.read(SubscriptionKey("license#l-nobody")) == {}
    assert items(aws, table) == before


def test_a_line_is_no_part_of_what_is_known_of_a_subscription(
    aws: Aws, table: str, contacts: ContactsTable
) -> None:
    folders = FoldersTable(aws.dynamodb, table)
    before = folders.open(FolderKey(LICENSED))

    contacts.forget(LICENSED, by=BY, at=LATER_AT)

    assert folders.open(FolderKey(LICENSED)) == before
