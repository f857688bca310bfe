"""Facts about a subscription: whatever somebody said of it, each under its own identity, whole.

A fact stands in one folder: that of the agreement it names, or of the license, or of the legacy
customer or account. What a fact says is read from its document each time, so that a later version
understands what an earlier one only kept.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import (
    SubscriptionKey,
    legacy_account_key,
    legacy_customer_key,
    license_key,
    tenant_key,
)
from meterhouse.errors import UnreadableError

FolderKey = NewType("FolderKey", str)
"""A SubscriptionKey, `agreement#agmt-…`, or `UNPLACED`."""

UNPLACED = FolderKey("unplaced#")
"""The folder of facts that name nobody."""
AGREEMENT_PREFIX = "agreement#"

_AGREEMENT_ID = r"agmt-[A-Za-z0-9-]{1,64}"
_PATTERNS = {
    "agreement_id": _AGREEMENT_ID,
    "previous_agreement_id": _AGREEMENT_ID,
    "product_id": r"[A-Za-z0-9-]{1,64}",
    "account_id": r"[0-9]{12}",
}


class Kind(StrEnum):
    """What a fact says."""

    REGISTERED = "registered"
    CREATED = "created"
    AMENDED = "amended"
    ENDED = "ended"
    LICENSE_UPDATED = "license_updated"
    LICENSE_DEPROVISIONED = "license_deprovisioned"
    ADVISORY_ISSUED = "advisory_issued"
    ADVISORY_RESOLVED = "advisory_resolved"
    ENDING_SOON = "ending_soon"
    RENEWAL = "renewal"
    CANCELLATION_REQUEST = "cancellation_request"
    BILLING_ADJUSTMENT = "billing_adjustment"
    SPEND_THRESHOLD = "spend_threshold"
    SUBSCRIBE_SUCCESS = "subscribe-success"
    SUBSCRIBE_FAIL = "subscribe-fail"
    UNSUBSCRIBE_PENDING = "unsubscribe-pending"
    UNSUBSCRIBE_SUCCESS = "unsubscribe-success"
    ENTITLEMENT_UPDATED = "entitlement-updated"
    DESCRIBED = "described"
    """What the Agreement API said of an agreement."""
    STOPPED = "stopped"
    """The seller's product sends no more usage."""
    LINKED = "linked"
    """The seller said for which of his tenants it pays."""
    UNLINKED = "unlinked"
    METERING_REFUSED = "metering_refused"
    """AWS refused a record of it as CustomerNotSubscribed."""
    METERING_ACCEPTED = "metering_accepted"
    """AWS took a record of it again."""
    ENTITLEMENTS = "entitlements"
    """What AWS said, when it was asked, that a subscription holds."""
    UNKNOWN = "unknown"
    """Something that this version has no word for."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact; what it does not say is None.

    Attributes:
        fact_id: its own identity, the same on every repetition, such as an event's id.
        at: when AWS says that it happened; of what AWS dates not, when it came.
        document: all of it, as it came.
        status: of the agreement, in AWS's word.
        ends_at: when it will end as agreed; None also for what runs until it is cancelled.
        is_suspended: AWS says that the buyer's account is suspended.
        tenant: the id of a tenant, as the seller's product knows it.
        entitlements: all that a subscription holds, as AWS said; empty for nothing.

    """

    fact_id: str
    kind: Kind
    at: datetime
    document: str
    agreement_id: str | None = None
    previous_agreement_id: str | None = None
    license_arn: str | None = None
    product_code: str | None = None
    product_id: str | None = None
    account_id: str | None = None
    customer_identifier: str | None = None
    offer_id: str | None = None
    status: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    trial_until: datetime | None = None
    auto_renewal: bool | None = None
    is_trial: bool | None = None
    is_suspended: bool | None = None
    tenant: str | None = None
    entitlements: tuple[Entitlement, ...] | None = None

    @property
    def license(self) -> SubscriptionKey | None:
        """The key of the license that it names."""
        return None if self.license_arn is None else license_key(self.license_arn)

    @property
    def folder(self) -> FolderKey:
        """Where it stands."""
        # Who was resolved without a license is known by his account alone until it is named.
        is_nameless = self.kind is Kind.REGISTERED and self.license_arn is None
        if self.agreement_id is not None and not is_nameless:
            return agreement_folder(self.agreement_id)
        if self.license_arn is not None:
            return FolderKey(license_key(self.license_arn))
        if self.product_code is not None and self.customer_identifier is not None:
            return FolderKey(legacy_customer_key(self.product_code, self.customer_identifier))
        if self.product_code is not None and self.account_id is not None:
            return FolderKey(legacy_account_key(self.product_code, self.account_id))
        return UNPLACED


def is_agreement_id(text: str | None) -> bool:
    """Tell whether a text names an agreement as AWS does."""
    return text is not None and re.fullmatch(_AGREEMENT_ID, text) is not None


def agreement_folder(agreement_id: str) -> FolderKey:
    """Return the folder of an agreement."""
    return FolderKey(AGREEMENT_PREFIX + agreement_id)


def checked(fact: Fact) -> Fact:
    """Return a fact whose identifiers have AWS's form; raises UnreadableError naming the first."""
    for name, pattern in _PATTERNS.items():
        value = getattr(fact, name)
        if value is not None and re.fullmatch(pattern, value) is None:
            raise UnreadableError("fact_invalid", f"{name} {value!a} is none of AWS's"[:200])
    if fact.license_arn is not None:
        license_key(fact.license_arn)
    if fact.product_code is not None:
        legacy_account_key(fact.product_code, "0")
    if fact.customer_identifier is not None:
        legacy_customer_key("-", fact.customer_identifier)
    if fact.tenant is not None:
        tenant_key(fact.tenant)
    return fact
