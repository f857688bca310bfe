"""A buyer as the simulation knows it: one subscription, under the names that others give it."""

from dataclasses import dataclass
from enum import Enum

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
    license_key,
)


class Fate(Enum):
    """What becomes of a buyer."""

    NEVER_REGISTERS = "never registers"
    REGISTERS_LATE = "registers late"
    LEAVES = "leaves, and may come back"
    STARTS_LATER = "starts later"
    STEADY = "steady"


@dataclass(slots=True, eq=False)
class Buyer:
    """One license; or one legacy customer, through all of its agreements.

    Attributes:
        agreement: the newest one.
        key: what usage of this buyer is kept under.
        subscription: how producers name it.
        is_steady: registered before any usage, never ends, and is known to AWS all the time.
        is_flushed: stopped with its agreement, and was flushed at once: all of it must be billed.

    """

    name: str
    agreement: Agreement
    key: SubscriptionKey
    subscription: object
    is_steady: bool
    is_flushed: bool = False

    @property
    def keys(self) -> tuple[SubscriptionKey, ...]:
        """Every key under which the seller's book knows this buyer."""
        agreement = self.agreement
        if agreement.license_arn is not None:
            return (license_key(agreement.license_arn),)
        assert agreement.customer_identifier is not None
        code = agreement.product_code
        return (
            legacy_customer_key(code, agreement.customer_identifier),
            legacy_account_key(code, agreement.customer_aws_account_id),
        )


def nameless_buyer(name: str, agreement: Agreement) -> Buyer:
    """Return a buyer whose usage names product and account, because no license was known."""
    code, account = agreement.product_code, agreement.customer_aws_account_id
    named = {"product_code": code, "customer_aws_account_id": account}
    return Buyer(name, agreement, legacy_account_key(code, account), named, is_steady=False)


def new_buyer(name: str, agreement: Agreement, *, by_account: bool, is_steady: bool) -> Buyer:
    """Return the buyer of a new agreement; `by_account` is how a legacy buyer is named."""
    code, account = agreement.product_code, agreement.customer_aws_account_id
    if agreement.license_arn is not None:
        key, subscription = license_key(agreement.license_arn), agreement.license_arn
        return Buyer(name, agreement, key, subscription, is_steady)
    customer = agreement.customer_identifier
    assert customer is not None
    if by_account:
        named = {"product_code": code, "customer_aws_account_id": account}
        return Buyer(name, agreement, legacy_account_key(code, account), named, is_steady)
    named = {"product_code": code, "customer_identifier": customer}
    return Buyer(name, agreement, legacy_customer_key(code, customer), named, is_steady)
