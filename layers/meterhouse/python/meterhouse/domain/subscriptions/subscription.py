"""A subscription: one buyer's agreement for one product, as registration made it known."""

from dataclasses import dataclass
from datetime import datetime

from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
    license_key,
)


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
        ended_at: when AWS first said that it ended.
        closes_at: an hour after AWS last said so: from then on AWS takes no record of it.
        stopped_at: when the seller's product stopped, as the seller said.

    """

    key: SubscriptionKey
    product_code: str
    identity: BilledIdentity
    starts_at: datetime | None = None
    ended_at: datetime | None = None
    closes_at: datetime | None = None
    stopped_at: datetime | None = None


def subscriptions_of(customer: ResolvedCustomer) -> tuple[Subscription, ...]:
    """Return the subscription under every key by which usage may name it.

    A license has one key. A legacy customer can be named by identifier or by account.
    """
    code, account = customer.product_code, customer.customer_aws_account_id
    if customer.license_arn is not None:
        if account is None:
            return ()
        key = license_key(customer.license_arn)
        return (Subscription(key, code, LicenseIdentity(account, customer.license_arn)),)
    found: list[Subscription] = []
    if customer.customer_identifier:
        key = legacy_customer_key(code, customer.customer_identifier)
        identity = LegacyCustomerIdentity(code, customer.customer_identifier)
        found.append(Subscription(key, code, identity))
    if account:
        key = legacy_account_key(code, account)
        found.append(Subscription(key, code, LegacyAccountIdentity(code, account)))
    return tuple(found)
