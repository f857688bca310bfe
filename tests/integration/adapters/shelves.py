"""The ports of a SubscriptionsTable, in memory and on DynamoDB, for tests of their contract."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhouse.adapters.subscriptions_table.book import SubscriptionsTable
from meterhouse.adapters.subscriptions_table.contacts import contact_key
from meterhouse.adapters.subscriptions_table.folders import FoldersTable
from meterhouse.adapters.subscriptions_table.listing import StatesTable
from meterhouse.adapters.subscriptions_table.references import ReferencesTable
from meterhouse.adapters.subscriptions_table.tenants import TenantsTable
from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
)
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products, names
from meterhouse.domain.subscriptions.registration import Contact
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer
from meterhouse.ports.subscriptions import (
    FactFolders,
    ReferenceBook,
    SubscriptionBook,
    SubscriptionStates,
)
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.states import InMemoryStates
from tests.fakes.tenants import InMemoryTenants
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.integration.adapters.backends import Aws
from tests.unit.domain.builders import (
    ACCOUNT,
    LICENSE_ARN,
    NOON_AT,
    PRODUCT_CODE,
    SUBSCRIPTION,
)
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
)

NOW = NOON_AT
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
SOON = timedelta(minutes=30)
LICENSED = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, None, LICENSE_ARN, AGREEMENT)
LEGACY = ResolvedCustomer(PRODUCT_CODE, ACCOUNT, "ifAPi5AcF3")
KEY = SUBSCRIPTION.key
FOLDER = FolderKey(KEY)
ADA = Contact("ada@example.com", "Engines", "Ada")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The ports of one SubscriptionsTable, and what learns facts through them."""

    book: SubscriptionBook
    references: ReferenceBook
    folders: FactFolders
    states: SubscriptionStates
    contact_of: Callable[[SubscriptionKey], Contact]
    tenants: TenantsTable | InMemoryTenants

    def keep(self, now: datetime = NOW) -> KeepSubscriptions:
        return KeepSubscriptions(self.folders, Products(), VirtualClock(now), InMemoryReport())

    def learn(self, *facts: Fact, now: datetime = NOW) -> None:
        for fact in facts:
            self.keep(now).learn(fact)


def in_memory() -> Shelf:
    book = InMemorySubscriptionBook()
    contact_of, tenants = book.contacts.__getitem__, InMemoryTenants(book)
    return Shelf(book, book, book, InMemoryStates(book), contact_of, tenants)


def on_dynamodb(aws: Aws, report: InMemoryReport) -> Shelf:
    table_name = aws.create_table("SubscriptionsTable")

    def contact_of(key: SubscriptionKey) -> Contact:
        item = aws.dynamodb.get_item(TableName=table_name, Key=contact_key(key))["Item"]
        given = (item.get(name, {"S": ""})["S"] for name in ("email", "company", "contact_name"))
        return Contact(*given)

    return Shelf(
        SubscriptionsTable(aws.dynamodb, table_name, report),
        ReferencesTable(aws.dynamodb, table_name),
        FoldersTable(aws.dynamodb, table_name),
        StatesTable(aws.dynamodb, table_name, report),
        contact_of,
        TenantsTable(aws.dynamodb, table_name, report),
    )


def register(shelf: Shelf, customer: ResolvedCustomer = LICENSED) -> tuple[SubscriptionKey, ...]:
    fact = registration(customer, NOW, trial=False)
    shelf.learn(fact)
    return names(fact)
