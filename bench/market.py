"""A marketplace with buyers of one product, and the meters that they have."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from marketplace_sandbox.testing import InProcessMarketplace

from bench.clock import VirtualClock
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer

PRODUCT_CODE = "bench-product"
DIMENSIONS = tuple(f"dimension_{number}" for number in range(10))


@dataclass(frozen=True, slots=True)
class Customer:
    """A buyer with one license."""

    account_id: str
    license_arn: str

    @property
    def resolved(self) -> ResolvedCustomer:
        """What AWS would have said when the buyer registered."""
        return ResolvedCustomer(
            PRODUCT_CODE,
            customer_aws_account_id=self.account_id,
            license_arn=self.license_arn,
        )

    @property
    def key(self) -> SubscriptionKey:
        """The key of the buyer's subscription."""
        return license_key(self.license_arn)


class Market(NamedTuple):
    """A marketplace, its buyers, and its time."""

    clock: VirtualClock
    marketplace: InProcessMarketplace
    customers: tuple[Customer, ...]

    @classmethod
    def of(cls, customers: int, opened_at: datetime) -> "Market":
        """Put the product on sale, and let so many buyers accept it."""
        clock = VirtualClock(opened_at)
        marketplace = InProcessMarketplace(clock=clock.now)
        marketplace.create_product(title="Bench", code=PRODUCT_CODE, dimensions=DIMENSIONS)
        sold = [marketplace.create_agreement(PRODUCT_CODE) for _ in range(customers)]
        buyers = (Customer(one.customer_aws_account_id, one.license_arn or "") for one in sold)
        return cls(clock, marketplace, tuple(buyers))
