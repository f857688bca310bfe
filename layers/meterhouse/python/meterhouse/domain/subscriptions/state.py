"""The state of a subscription: what all facts about it come to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from meterhouse.domain.subscriptions.entitlements import Entitlements
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import BilledIdentity, SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription


class Phase(StrEnum):
    """Where in its life a subscription is."""

    SCHEDULED = "scheduled"
    """Agreed upon, and its start lies ahead."""
    PENDING = "pending"
    """Not to be billed yet: AWS has named no license, or the payment failed."""
    ACTIVE = "active"
    ENDING = "ending"
    """It ended, and AWS still takes its last records."""
    ENDED = "ended"
    SUPERSEDED = "superseded"
    """Renewed or replaced: another agreement goes on."""


class Flag(StrEnum):
    """What stands beside the phase, and changes nothing about it."""

    ADVISORY = "advisory"
    """AWS suspects that the account is closed, compromised or abused."""
    SUSPENDED = "suspended"
    """AWS says that the buyer's account is suspended."""
    SUSPENSION_SUSPECTED = "suspension_suspected"
    """AWS refuses records though the subscription runs: the buyer's account may be suspended.

    It takes no access away. AWS's refusal has other causes as well, and lasts until the next record
    that it takes; whoever pays must not be locked out on a guess. Its word that the account is
    suspended is another flag.
    """
    AUTO_RENEWAL_OFF = "auto_renewal_off"
    CANCELLATION_REQUESTED = "cancellation_requested"
    PAYMENT_FAILED = "payment_failed"
    OTHER_LICENSE = "other_license"
    """Its agreement has another license as well."""
    NOT_UNDERSTOOD = "not_understood"
    """Of it a fact is kept that this version has no word for."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known about a folder; `facts` counts what it was made of.

    Attributes:
        phase_at: when the phase changes by itself; of a phase that lasts, when the last fact was.
        has_access: whether the buyer may use the product.
        identity: under whom usage is billed; None as long as nobody can be.
        registered_at: when the buyer first came to the registration page.
        successor: the agreement that goes on where this one ended.
        successor_licenses: the licenses that AWS gave that agreement, as far as it told.
        described_at: when AWS last updated it, as the Agreement API told; None if it never did.
        tenant: the id of the tenant that it pays for, as the seller said.
        alias_of: the subscription that this is another name of: an account's license or customer.
        entitlements: what its contract holds, as AWS last said while it ran; None if AWS never did.

    """

    folder: FolderKey
    facts: int
    phase: Phase
    phase_at: datetime
    has_access: bool
    identity: BilledIdentity | None = None
    flags: tuple[Flag, ...] = ()
    product_code: str | None = None
    product_id: str | None = None
    account_id: str | None = None
    agreement_id: str | None = None
    previous_agreement_id: str | None = None
    successor: str | None = None
    successor_licenses: tuple[FolderKey, ...] = ()
    offer_id: str | None = None
    status: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    closes_at: datetime | None = None
    stopped_at: datetime | None = None
    trial_until: datetime | None = None
    registered_at: datetime | None = None
    described_at: datetime | None = None
    tenant: str | None = None
    alias_of: FolderKey | None = None
    entitlements: Entitlements | None = None

    @property
    def subscription(self) -> Subscription | None:
        """The subscription that can be billed, if there is one."""
        if self.identity is None:
            return None
        return Subscription(
            key=SubscriptionKey(self.folder),
            product_code=self.product_code or self.product_id or "",
            identity=self.identity,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            ended_at=self.ended_at,
            closes_at=self.closes_at,
            stopped_at=self.stopped_at,
            is_suspected=Flag.SUSPENSION_SUSPECTED in self.flags,
            entitlements=self.entitlements,
            alias_of=None if self.alias_of is None else SubscriptionKey(self.alias_of),
        )
