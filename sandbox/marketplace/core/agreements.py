"""Agreements between buyers and products, and for how long AWS meters them."""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sandbox.marketplace.core.catalogue import MeteringMode, Product, generate_code
from sandbox.marketplace.core.errors import ControlError, ControlProblem, invalid
from sandbox.marketplace.core.instants import format_iso
from sandbox.marketplace.core.offers import Grant, Price

ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
# Section 5.4, DOC: after the end there is one hour for the last records, then they are refused.
FINAL_HOUR = timedelta(hours=1)
STARTED_BEFORE_DEFAULT = timedelta(days=7)
_HEX_DIGITS_OF_AN_ID = 32


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """The command to let a buyer accept an offer; what is absent gets a sensible value."""

    product_code: str
    customer_aws_account_id: str | None = None
    starts_at: datetime | None = None


class Intent(StrEnum):
    """Why an agreement came to be (section 5.2)."""

    NEW = "NEW"
    RENEW = "RENEW"
    REPLACE = "REPLACE"
    AMEND = "AMEND"


class AgreementStatus(StrEnum):
    """AWS's words for how an agreement stands (section 5.2)."""

    ACTIVE = "ACTIVE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    TERMINATED = "TERMINATED"
    RENEWED = "RENEWED"
    REPLACED = "REPLACED"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One purchase, known by its license (license mode), its customer identifier (legacy) or both.

    Attributes:
        expires_at: when it will end by its own terms; None is when it is cancelled.
        ends_at: when it ended, or will because somebody said so.
        closes_at: the last moment at which its usage is taken, once it has ended (section 5.4).
        prices: what its offer says in place of the product's prices.

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

    def __post_init__(self) -> None:
        assert self.license_arn is not None or self.customer_identifier is not None

    @property
    def holder(self) -> str:
        """The buyer as billed usage knows it: same holder, dimension and hour, same record."""
        holder = self.license_arn or self.customer_identifier
        assert holder is not None
        return holder

    def is_metered(self, *, now: datetime) -> bool:
        """Whether AWS still takes usage: until one hour after the end (sections 5.1 and 5.4)."""
        if self.closes_at is not None:
            return now <= self.closes_at
        return self.ends_at is None or now <= self.ends_at + FINAL_HOUR


@dataclass(slots=True)
class AgreementBook:
    """All agreements, findable at once by id, by license and by legacy buyer."""

    by_id: dict[str, Agreement] = field(default_factory=dict)
    _id_by_license: dict[str, str] = field(default_factory=dict)
    _ids_by_customer: dict[tuple[str, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _customer_by_account: dict[tuple[str, str], str] = field(default_factory=dict)

    def put(self, agreement: Agreement) -> None:
        """Keep a new agreement, or the new state of a known one."""
        is_known = agreement.agreement_id in self.by_id
        self.by_id[agreement.agreement_id] = agreement
        if is_known:
            return
        if agreement.license_arn is not None:
            self._id_by_license[agreement.license_arn] = agreement.agreement_id
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


def sign_agreement(
    book: AgreementBook,
    product: Product,
    new: NewAgreement,
    *,
    seller_account_id: str,
    now: datetime,
    entropy: bytes,
) -> Agreement:
    """Decide the agreement that the command creates; raise ControlError if it cannot be.

    License mode allows several agreements of one account (section 2, Concurrent Agreements);
    legacy mode allows one at a time, and a buyer who comes back keeps the customer identifier.
    """
    digest = hashlib.sha256(entropy).hexdigest()
    account_id = new.customer_aws_account_id
    if account_id is None:
        account_id = str(int(digest, 16))[-12:]
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise invalid("customer_aws_account_id must be 12 digits")
    license_arn = customer_identifier = None
    if product.mode is MeteringMode.LICENSE:
        resource = digest[:_HEX_DIGITS_OF_AN_ID]
        license_arn = f"arn:aws:license-manager::{seller_account_id}:license:l-{resource}"
    else:
        customer_identifier = _legacy_customer(book, product, account_id, now=now) or (
            generate_code(b"customer" + entropy)
        )
    return Agreement(
        agreement_id=f"agmt-{digest[_HEX_DIGITS_OF_AN_ID:]}",
        product_code=product.product_code,
        license_arn=license_arn,
        customer_identifier=customer_identifier,
        customer_aws_account_id=account_id,
        starts_at=new.starts_at or now - STARTED_BEFORE_DEFAULT,
    )


def close_agreement(agreement: Agreement, *, ends_at: datetime) -> Agreement:
    """Decide the agreement's ended state; an agreement ends once and not before it starts."""
    if agreement.ends_at is not None:
        raise ControlError(
            ControlProblem.CONFLICT,
            "AgreementEnded",
            f"the agreement already has an end: {format_iso(agreement.ends_at)}",
        )
    if ends_at < agreement.starts_at:
        raise invalid(f"ends_at lies before the start, {format_iso(agreement.starts_at)}")
    return replace(agreement, ends_at=ends_at)


def _legacy_customer(
    book: AgreementBook, product: Product, account_id: str, *, now: datetime
) -> str | None:
    customer = book.customer_of_account(product.product_code, account_id)
    if customer is None:
        return None
    for agreement in book.of_customer(product.product_code, customer):
        if agreement.ends_at is None or agreement.ends_at > now:
            raise ControlError(
                ControlProblem.CONFLICT,
                "AlreadySubscribed",
                f"account {account_id} is subscribed; concurrent agreements need license mode",
            )
    return customer
