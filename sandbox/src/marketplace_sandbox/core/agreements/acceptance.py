"""Accepting an offer: the agreement that comes of it, and what enters the agenda with it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from marketplace_sandbox.core.agreements.offer_rules import check_acceptable, check_grants
from marketplace_sandbox.core.bill.booking import expect_invoice
from marketplace_sandbox.core.events.announcements import announce_failed_payment
from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.agreements import (
    STARTED_BEFORE_DEFAULT,
    Agreement,
    AgreementStatus,
    Intent,
    NewAgreement,
)
from marketplace_sandbox.core.model.catalogue import MeteringMode, Product, generate_code
from marketplace_sandbox.core.model.contacts import Contact, check_contact
from marketplace_sandbox.core.model.errors import conflict, invalid
from marketplace_sandbox.core.model.licenses import license_arn_of
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.offers import ACCOUNT_ID, Grant, Offer, Price

# DOC notifications-eventbridge: daysBeforeEndTime of Purchase Agreement Ending (`events.ending`).
ENDING_ANNOUNCED_DAYS = (180, 120, 90, 60, 30)
AGREEMENTS_MAX = 1_000_000  # a limit of the sandbox
BUYER_NAME_LENGTH_MAX = 255  # another
_YEAR_MIN, _YEAR_MAX = 1971, 2998  # of a start: what the clock shows
INSTANT = timedelta(microseconds=1)


def accept_offer(moment: Moment, product: Product, offer: Offer, new: NewAgreement) -> Agreement:
    """Let a buyer accept an offer; raise ControlError, and change nothing, if that cannot be.

    Only an offer's own accounts may accept it, until it expires, and a free trial once per account
    and product (`trial.once`). License mode allows several agreements of one account
    (`license.several-agreements`); legacy mode allows one at a time, and a buyer who comes back
    keeps the customer identifier (`license.legacy-single`). What starts in the past has been lived
    through when this returns, as soon as the agenda is settled; what starts in the future begins
    then.
    """
    check_room(moment)
    account_id, digest = new.customer_aws_account_id, hashlib.sha256(moment.entropy()).hexdigest()
    if account_id is None:
        account_id = str(int(digest, 16))[-12:]
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise invalid("customer_aws_account_id must be 12 digits")
    if new.buyer_name is not None and not 0 < len(new.buyer_name) <= BUYER_NAME_LENGTH_MAX:
        raise invalid(f"buyer_name must have 1 to {BUYER_NAME_LENGTH_MAX} characters")
    if new.contact is not None:
        check_contact(new.contact)
    starts_at = _read_start(new.starts_at, now=moment.at)
    check_may_accept(moment, offer, product_code=product.product_code, account_id=account_id)
    if product.mode is MeteringMode.LEGACY:
        last_ended_at = _check_alone(moment, product, account_id, starts_at=starts_at)
        if new.starts_at is None and last_ended_at is not None:
            starts_at = max(starts_at, last_ended_at)
    grants = offer.grants if new.grants is None else check_grants(product, new.grants)
    agreement = draw_up(
        moment,
        product,
        offer,
        account_id=account_id,
        starts_at=starts_at,
        digest=digest,
        grants=grants,
        buyer_name=new.buyer_name,
        contact=new.contact,
    )
    if new.payment_fails:
        return _fail_payment(moment, agreement)
    enter(moment, agreement)
    return agreement


def check_room(moment: Moment) -> None:
    """Raise ControlError if the sandbox keeps no agreement more."""
    if not has_room(moment):
        raise invalid(f"the sandbox keeps at most {AGREEMENTS_MAX} agreements")


def has_room(moment: Moment) -> bool:
    """Tell whether the sandbox keeps another agreement."""
    return len(moment.state.agreements.by_id) < AGREEMENTS_MAX


def check_may_accept(moment: Moment, offer: Offer, *, product_code: str, account_id: str) -> None:
    """Raise ControlError unless the account may accept the offer at this moment."""
    check_acceptable(offer, product_code=product_code, account_id=account_id, now=moment.at)
    if account_id in moment.state.suspended_accounts:
        raise conflict("AccountSuspended", f"account {account_id} is suspended")
    if offer.trial_days is not None and any(
        agreement.is_free_trial and not agreement.never_began
        for agreement in moment.state.agreements.of_account(account_id)
        if agreement.product_code == product_code
    ):
        raise conflict(
            "TrialUsed", f"account {account_id} has used its free trial of {product_code}"
        )


def draw_up(  # noqa: PLR0913 - an agreement is made of this many things
    moment: Moment,
    product: Product,
    offer: Offer,
    *,
    account_id: str,
    starts_at: datetime,
    digest: str,
    intent: Intent = Intent.NEW,
    previous: Agreement | None = None,
    grants: tuple[Grant, ...] | None = None,
    prices: tuple[Price, ...] | None = None,
    buyer_name: str | None = None,
    contact: Contact | None = None,
) -> Agreement:
    """Write the agreement on an offer's terms; grants and prices replace the offer's."""
    state = moment.state
    license_arn = customer_identifier = None
    if product.mode is not MeteringMode.LEGACY:
        license_arn = license_arn_of(digest, reading=state.readings.resolved_license_arn)
    if product.mode is not MeteringMode.LICENSE:
        known = state.agreements.customer_of_account(product.product_code, account_id)
        customer_identifier = known or generate_code(b"customer" + digest.encode())
    return Agreement(
        agreement_id=f"agmt-{digest[32:]}",
        product_code=product.product_code,
        license_arn=license_arn,
        customer_identifier=customer_identifier,
        customer_aws_account_id=account_id,
        starts_at=starts_at,
        intent=intent,
        offer_id=offer.offer_id,
        previous_agreement_id=None if previous is None else previous.agreement_id,
        accepted_at=min(starts_at, moment.at),
        expires_at=None if offer.days is None else starts_at + timedelta(days=offer.days),
        is_renewing=offer.is_renewing,
        is_free_trial=offer.trial_days is not None,
        grants=offer.grants if grants is None else grants,
        prices=offer.prices if prices is None else prices,
        proposer_account_id=offer.proposer_account_id,
        buyer_name=buyer_name if previous is None else previous.buyer_name,
        initial_agreement_id=None if previous is None else previous.first_in_chain,
        contact=contact if previous is None else previous.contact,
    )


def enter(moment: Moment, agreement: Agreement) -> None:
    """Keep a new agreement, and enter what is due: its start (`sns.future-start`), its end."""
    agenda, name = moment.state.agenda, agreement.agreement_id
    moment.state.agreements.put(agreement)
    agenda.put(agreement.starts_at, DueAction.START_AGREEMENT, name)
    if agreement.grants:
        expect_invoice(moment.state, agreement.paid_at)
    expires_at = agreement.expires_at
    if expires_at is None:
        return
    for days in ENDING_ANNOUNCED_DAYS:
        announced_at = expires_at - timedelta(days=days)
        if announced_at > agreement.starts_at:
            agenda.put(announced_at, DueAction.ANNOUNCE_ENDING, name)
    if agreement.lockout_starts_at is not None:
        agenda.put(agreement.lockout_starts_at, DueAction.ANNOUNCE_RENEWAL, name)
    agenda.put(expires_at, DueAction.END_AGREEMENT, name)


def _read_start(starts_at: datetime | None, *, now: datetime) -> datetime:
    if starts_at is None:
        return now - STARTED_BEFORE_DEFAULT
    if starts_at.tzinfo is None or not _YEAR_MIN <= starts_at.year <= _YEAR_MAX:
        raise invalid(f"starts_at must name its offset and a year from {_YEAR_MIN} to {_YEAR_MAX}")
    return starts_at.astimezone(UTC)


def _check_alone(
    moment: Moment, product: Product, account_id: str, *, starts_at: datetime
) -> datetime | None:
    """Raise ControlError if a legacy buyer is subscribed; return when they last were."""
    book, code = moment.state.agreements, product.product_code
    customer = book.customer_of_account(code, account_id)
    ends: list[datetime] = []
    for agreement in [] if customer is None else book.of_customer(code, customer):
        if agreement.ends_at is None or agreement.ends_at > max(moment.at, starts_at):
            raise conflict(
                "AlreadySubscribed",
                f"account {account_id} is subscribed; concurrent agreements need license mode",
            )
        if not agreement.never_began:
            ends.append(agreement.ends_at)
    return max(ends, default=None)


def _fail_payment(moment: Moment, agreement: Agreement) -> Agreement:
    """Keep an agreement that never begins, as its payment failed (`sns.subscribe-fail`)."""
    starts_at = min(agreement.starts_at, moment.at)
    failed = replace(
        agreement,
        starts_at=starts_at,
        ends_at=starts_at,
        closes_at=starts_at - INSTANT,
        status=AgreementStatus.TERMINATED,
        expires_at=None,
        has_payment_failed=True,
    )
    moment.state.agreements.put(failed)
    announce_failed_payment(moment, failed)
    return failed
