"""A subscription: one buyer's agreement for one product, as registration made it known."""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.identity import BilledIdentity, SubscriptionKey


@dataclass(frozen=True, slots=True)
class ResolvedCustomer:
    """What ResolveCustomer says about a registration token.

    New listings answer with a license and an account, legacy ones with a customer identifier and
    usually an account. Source: ResolveCustomerResult in the service model.
    """

    product_code: str
    customer_aws_account_id: str | None = None
    customer_identifier: str | None = None
    license_arn: str | None = None
    agreement_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription, billed under `identity`; its times are None as long as nobody told them.

    Attributes:
        starts_at: when it begins.
        ends_at: when it ends as agreed; None also for what runs until it is cancelled.
        ended_at: when AWS first said that it ended.
        closes_at: an hour after AWS last said so: from then on AWS takes no record of it.
        stopped_at: when the seller's product stopped, as the seller said.
        is_suspected: the buyer's account may be suspended, as AWS's refusals suggest.
        entitlements: what its contract holds, as AWS last said; None if AWS never did.
        alias_of: the subscription whose contract it has, if it is another name of that.

    """

    key: SubscriptionKey
    product_code: str
    identity: BilledIdentity
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    closes_at: datetime | None = None
    stopped_at: datetime | None = None
    is_suspected: bool = False
    entitlements: Entitlements | None = None
    alias_of: SubscriptionKey | None = None

    @property
    def contract(self) -> SubscriptionKey:
        """Under what the units are counted that its contract includes, whatever name is used."""
        return self.alias_of or self.key

    def days_left(self, now: datetime) -> int | None:
        """Return in how many whole days it ends as agreed; None if it ended, or has no such end."""
        if self.ends_at is None or self.ended_at is not None:
            return None
        return max((self.ends_at - now).days, 0)
