"""Subscriptions that tenants are linked to, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
    license_key,
    tenant_key,
)
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import State
from meterhouse.errors import LinkRefusedError
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.link_tenants import LinkTenants
from tests.fakes.tenants import InMemoryTenants
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    CUSTOMER,
    OTHER_LICENSE,
    RENEWED,
    created,
    ended,
    licensed,
    when,
)

MINE, NEXT = license_key(LICENSE_ARN), license_key(OTHER_LICENSE)
STRANGERS_ARN = LICENSE_ARN[:-1] + "1"
STRANGERS = license_key(STRANGERS_ARN)
BY_ACCOUNT = legacy_account_key(PRODUCT_CODE, ACCOUNT)
BY_CUSTOMER = legacy_customer_key(PRODUCT_CODE, CUSTOMER)
ACME, INITECH = tenant_key("acme"), tenant_key("initech")
SECOND_AGREEMENT = "agmt-3second00000000000000000"

BOUGHT = [created(0), licensed(61)]
BOUGHT_AGAIN = [
    created(100, id=SECOND_AGREEMENT),
    licensed(161, OTHER_LICENSE, id=SECOND_AGREEMENT),
]
RENEWAL = [
    created(7_000, id=RENEWED, intent="RENEW", previousAgreementId=AGREEMENT),
    licensed(7_061, OTHER_LICENSE, id=RENEWED),
    ended(7_001, "RENEWED"),
]
STRANGER_BOUGHT = [
    licensed(200, STRANGERS_ARN, id="agmt-4stranger0000000000000000", account="999988887777")
]


@dataclass(slots=True)
class House:
    """A book of subscriptions and tenants, and what links them."""

    book: InMemorySubscriptionBook = field(default_factory=InMemorySubscriptionBook)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(when(7_200)))
    products: Products = field(default_factory=Products)
    tenants: InMemoryTenants = field(init=False)

    def __post_init__(self) -> None:
        self.tenants = InMemoryTenants(self.book)

    @property
    def keeper(self) -> KeepSubscriptions:
        return KeepSubscriptions(self.book, self.products, self.clock, InMemoryReport())

    @property
    def linking(self) -> LinkTenants:
        return LinkTenants(self.tenants, self.tenants, self.book, self.keeper, self.clock)

    def learn(self, *facts: Fact) -> None:
        for fact in facts:
            self.keeper.learn(fact)

    def tenant_of(self, key: SubscriptionKey) -> str | None:
        return self.state(key).tenant

    def state(self, key: SubscriptionKey) -> State:
        return self.book.states[FolderKey(key)][1]

    def paying(self, tenant: SubscriptionKey) -> list[SubscriptionKey]:
        """Return whose links go on."""
        links = self.tenants.links([tenant]).get(tenant, ())
        return [one.subscription for one in links if one.unlinked_at is None]

    def refusal(self, tenant: SubscriptionKey, key: SubscriptionKey) -> str:
        """Return the code with which a link is refused."""
        with pytest.raises(LinkRefusedError) as refused:
            self.linking.link(tenant, key)
        return refused.value.code


def house_of(*facts: Sequence[Fact], products: Products | None = None) -> House:
    house = House(products=products or Products())
    for some in facts:
        house.learn(*some)
    return house
