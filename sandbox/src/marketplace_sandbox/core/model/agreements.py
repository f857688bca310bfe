"""Agreements between buyers and products, and for how long AWS meters them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from marketplace_sandbox.core.model.contacts import Contact
from marketplace_sandbox.core.model.offers import Grant, Price

# After the end there is one hour for the last records, then they are refused (`end.last-hour`).
FINAL_HOUR = timedelta(hours=1)
# How long before its end a renewal is decided, where the agreement is that long (INF: AWS's term
# names a lockout period, and its samples show one of a month; `events.renewal-upcoming`).
LOCKOUT = timedelta(days=30)
STARTED_BEFORE_DEFAULT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """The command to let a buyer accept an offer; what is absent gets a sensible value.

    Attributes:
        customer_aws_account_id: the buyer; None is somebody new.
        starts_at: None is a week ago, so that usage can be metered at once, but not before a legacy
            buyer's last agreement ended. What lies in the future begins then, not when it was
            signed (`sns.future-start`).
        offer_id: None is the product's standing public offer.
        payment_fails: the buyer reaches the seller's page, but no agreement begins
            (`sns.subscribe-fail`).
        grants: what the buyer chose to buy of a contract; None is what the offer says.
        buyer_name: what you call the buyer. AWS tells nobody such a name; it is shown, not sent.
        contact: whom AWS names to the seller for the buyer; None is nobody (`contacts.absent`).

    """

    product_code: str
    customer_aws_account_id: str | None = None
    starts_at: datetime | None = None
    offer_id: str | None = None
    payment_fails: bool = False
    grants: tuple[Grant, ...] | None = None
    buyer_name: str | None = None
    contact: Contact | None = None


class Intent(StrEnum):
    """Why an agreement came to be."""

    NEW = "NEW"
    RENEW = "RENEW"
    REPLACE = "REPLACE"
    AMEND = "AMEND"


class AgreementStatus(StrEnum):
    """AWS's words for how an agreement stands."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    RENEWED = "RENEWED"
    REPLACED = "REPLACED"


class Party(StrEnum):
    """AWS's words for the two sides of an agreement."""

    ACCEPTOR = "ACCEPTOR"
    PROPOSER = "PROPOSER"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One purchase, known by its license (license mode), its customer identifier (legacy) or both.

    Attributes:
        expires_at: when it will end by its own terms; None is when it is cancelled.
        ends_at: when it ended, or will because somebody said so.
        closes_at: the last moment at which its usage is taken, once it has ended (`end.last-hour`).
        deprovisioned_at: when AWS sent License Deprovisioned.
        accepted_at: when the buyer signed; not after the start.
        is_unsubscribing: unsubscribe-pending was sent and unsubscribe-success will follow, unless
            the buyer comes back before (`sns.back-in-time`).
        has_payment_failed: it never began, and nothing is taken for it.
        prices: what its offer says in place of the product's prices.
        buyer_name: what the buyer is called here.
        updated_at: when it last changed for AWS; None is when it was accepted.
        initial_agreement_id: the first of the chain that it renews or replaces; None is itself.
        contact: whom the buyer named to AWS.
        resolved_at: when ResolveCustomer first said who the buyer is.
        is_awaiting_license: it began, and its license is not there yet (`license_updated`).
        renewal_disabled_by: who switched renewing by itself off; None if nobody did.
        renewal_increase_percent: by how much a renewal will cost more, once that is final.

    """

    agreement_id: str
    product_code: str
    license_arn: str | None
    customer_identifier: str | None
    customer_aws_account_id: str
    starts_at: datetime
    ends_at: datetime | None = None
    closes_at: datetime | None = None
    deprovisioned_at: datetime | None = None
    status: AgreementStatus = AgreementStatus.ACTIVE
    intent: Intent = Intent.NEW
    offer_id: str | None = None
    previous_agreement_id: str | None = None
    accepted_at: datetime | None = None
    expires_at: datetime | None = None
    is_renewing: bool = False
    is_free_trial: bool = False
    grants: tuple[Grant, ...] = ()
    prices: tuple[Price, ...] = ()
    proposer_account_id: str | None = None
    is_unsubscribing: bool = False
    has_payment_failed: bool = False
    buyer_name: str | None = None
    updated_at: datetime | None = None
    initial_agreement_id: str | None = None
    contact: Contact | None = None
    resolved_at: datetime | None = None
    is_awaiting_license: bool = False
    renewal_disabled_by: Party | None = None
    renewal_increase_percent: Decimal | None = None

    def __post_init__(self) -> None:
        assert self.license_arn is not None or self.customer_identifier is not None

    @property
    def holder(self) -> str:
        """The buyer as billed usage knows it: same holder, dimension and hour, same record."""
        holder = self.license_arn or self.customer_identifier
        assert holder is not None
        return holder

    @property
    def buyer(self) -> str:
        """The buyer as people read it: the name, if there is one, and the account."""
        account_id = self.customer_aws_account_id
        return account_id if self.buyer_name is None else f"{self.buyer_name} ({account_id})"

    @property
    def paid_at(self) -> datetime:
        """When a contract's fee is due: in advance, once it is accepted and has begun (INF)."""
        return max(self.starts_at, self.accepted_at or self.starts_at)

    @property
    def last_updated_at(self) -> datetime:
        """When anything of it last changed for AWS."""
        return self.updated_at or self.accepted_at or self.starts_at

    @property
    def first_in_chain(self) -> str:
        """Name the first agreement of those that it renews or replaces (`describe.chain`)."""
        return self.initial_agreement_id or self.agreement_id

    @property
    def lockout_starts_at(self) -> datetime | None:
        """From when on nobody switches the renewal on or off; None if nothing is to be decided."""
        if self.expires_at is None or self.is_free_trial:
            return None
        starts_at = self.expires_at - LOCKOUT
        return starts_at if starts_at > self.starts_at else None

    def is_locked_out(self, *, now: datetime) -> bool:
        """Whether it is decided if the agreement renews."""
        return self.lockout_starts_at is not None and self.lockout_starts_at <= now

    @property
    def never_began(self) -> bool:
        """Whether it was over before its start: its payment failed, or it was called off."""
        if self.status is AgreementStatus.ACTIVE:
            return False
        is_called_off = self.ends_at is not None and self.ends_at < self.starts_at
        return self.has_payment_failed or is_called_off

    def is_running(self, *, now: datetime) -> bool:
        """Whether it has started and not ended."""
        return self.status is AgreementStatus.ACTIVE and self.starts_at <= now

    def is_metered(self, *, now: datetime) -> bool:
        """Whether AWS takes usage that is sent now.

        From the start (`time.sent-before-start`) until one hour after the end (`end.last-hour`).
        """
        return self.starts_at <= now and not self._has_closed(now)

    def may_pay_for(self, used_at: datetime) -> bool:
        """Whether usage of this moment could have been taken when it happened.

        Not before the start (`time.not-yet-active`), but in the hour after the end
        (`end.usage-within-the-hour`).
        """
        return self.starts_at <= used_at and not self._has_closed(used_at)

    def _has_closed(self, moment: datetime) -> bool:
        if self.closes_at is not None:
            return moment > self.closes_at
        return self.ends_at is not None and moment > self.ends_at + FINAL_HOUR


@dataclass(slots=True)
class AgreementBook:
    """All agreements, findable at once by id, license, account, legacy buyer and month of payment.

    What they are found by never changes, whatever else of an agreement does; a license may come
    later than the rest, when a listing opts in.
    """

    by_id: dict[str, Agreement] = field(default_factory=dict)
    _id_by_license: dict[str, str] = field(default_factory=dict)
    _ids_by_customer: dict[tuple[str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _customer_by_account: dict[tuple[str, str], str] = field(default_factory=dict)
    _ids_by_account: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ids_by_month: dict[tuple[int, int], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def put(self, agreement: Agreement) -> None:
        """Keep a new agreement, or the new state of a known one."""
        is_known = agreement.agreement_id in self.by_id
        self.by_id[agreement.agreement_id] = agreement
        if agreement.license_arn is not None:
            self._id_by_license[agreement.license_arn] = agreement.agreement_id
        if is_known:
            return
        paid_at = agreement.paid_at
        self._ids_by_month[paid_at.year, paid_at.month].append(agreement.agreement_id)
        self._ids_by_account[agreement.customer_aws_account_id].append(agreement.agreement_id)
        if agreement.customer_identifier is not None:
            code, customer = agreement.product_code, agreement.customer_identifier
            self._ids_by_customer[code, customer].append(agreement.agreement_id)
            self._customer_by_account[code, agreement.customer_aws_account_id] = customer

    def of_license(self, license_arn: str) -> Agreement | None:
        """Find the one agreement behind a license."""
        agreement_id = self._id_by_license.get(license_arn)
        return None if agreement_id is None else self.by_id[agreement_id]

    def customer_of_account(self, product_code: str, account_id: str) -> str | None:
        """Find the legacy customer identifier that an account has with a product."""
        return self._customer_by_account.get((product_code, account_id))

    def of_customer(self, product_code: str, customer_identifier: str) -> list[Agreement]:
        """List a legacy buyer's agreements for a product, oldest first."""
        ids = self._ids_by_customer.get((product_code, customer_identifier), [])
        return [self.by_id[agreement_id] for agreement_id in ids]

    def paid_in(self, month_at: datetime) -> list[Agreement]:
        """List the agreements whose fee, if they have one, is due in the month of a moment."""
        ids = self._ids_by_month.get((month_at.year, month_at.month), ())
        return [self.by_id[agreement_id] for agreement_id in ids]

    def of_account(self, account_id: str) -> list[Agreement]:
        """List all agreements of an AWS account, oldest first."""
        return [
            self.by_id[agreement_id] for agreement_id in self._ids_by_account.get(account_id, ())
        ]
