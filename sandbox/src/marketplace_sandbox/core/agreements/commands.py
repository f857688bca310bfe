"""What seller, buyer and AWS do with running agreements; each checks all before it changes any."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from marketplace_sandbox.core.agreements.acceptance import (
    check_may_accept,
    check_room,
    draw_up,
    enter,
    has_room,
)
from marketplace_sandbox.core.agreements.lifecycle import Change, check_change, end_agreement
from marketplace_sandbox.core.agreements.offer_rules import (
    RENEWING_DAYS_MIN,
    check_grants,
    check_prices,
)
from marketplace_sandbox.core.agreements.renewals import renewed_prices
from marketplace_sandbox.core.events.announcements import announce_advisory, announce_amendment
from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.agreements import Agreement, AgreementStatus, Intent, Party
from marketplace_sandbox.core.model.errors import ControlError, ControlProblem, conflict, invalid
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.offers import ACCOUNT_ID, Grant, Offer, Price


@dataclass(frozen=True, slots=True)
class Amendment:
    """The command to change a running agreement's terms; what is None stays as it is.

    Attributes:
        is_renewing: whether it renews by itself; only an agreement with an end can.
        renewal_disabled_by: who switches that off; None is the buyer.

    """

    grants: tuple[Grant, ...] | None = None
    prices: tuple[Price, ...] | None = None
    is_renewing: bool | None = None
    renewal_disabled_by: Party | None = None


def amend_agreement(moment: Moment, agreement: Agreement, amendment: Amendment) -> Agreement:
    """Change an agreement's terms: same agreement, same license."""
    check_change(moment, agreement, Change.AMEND)
    product = moment.state.products[agreement.product_code]
    grants, prices, is_renewing = amendment.grants, amendment.prices, amendment.is_renewing
    if grants is None and prices is None and is_renewing is None:
        raise invalid("an amendment names grants, prices or is_renewing")
    _check_renewal(moment, agreement, amendment)
    amended = replace(
        agreement,
        grants=agreement.grants if grants is None else check_grants(product, grants),
        prices=agreement.prices if prices is None else check_prices(product, prices),
        is_renewing=agreement.is_renewing if is_renewing is None else is_renewing,
        renewal_disabled_by=_disabled_by(agreement, amendment),
    )
    amended = moment.keep(amended)
    has_new_terms = grants is not None or prices is not None
    announce_amendment(moment, amended, has_new_terms=has_new_terms)
    return amended


def renew_agreement(moment: Moment, agreement: Agreement, offer: Offer | None = None) -> Agreement:
    """Renew: a new agreement with a new license follows, and the old one ends (`license.renewal`).

    Without an offer the terms stay as they are, amendments included. Returns the new agreement.
    """
    status = check_change(moment, agreement, Change.RENEW)
    if offer is not None:
        _check_offer(moment, agreement, offer)
        return _succeed(moment, agreement, offer, status=status, intent=Intent.RENEW)
    if agreement.is_free_trial:
        raise conflict(
            "TrialUsed", "a free trial does not renew: replace it by an offer to pay for"
        )
    kept = replace(
        _offer_of(moment, agreement),
        grants=agreement.grants,
        prices=renewed_prices(agreement, moment.state.products[agreement.product_code]),
        is_renewing=agreement.is_renewing,
    )
    return _succeed(moment, agreement, kept, status=status, intent=Intent.RENEW)


def replace_agreement(moment: Moment, agreement: Agreement, offer: Offer) -> Agreement:
    """Replace an agreement by one on other terms, which begins now and is returned."""
    status = check_change(moment, agreement, Change.REPLACE)
    _check_offer(moment, agreement, offer)
    return _succeed(moment, agreement, offer, status=status, intent=Intent.REPLACE)


def cancel_agreement(moment: Moment, agreement: Agreement, *, ends_at: datetime) -> None:
    """Let the buyer end the agreement, or announce it: it ends when the agenda comes to it.

    A time in the past has been lived through as soon as the agenda is settled. An agreement that
    was signed and has not started may end before it does.
    """
    if agreement.ends_at is not None:
        raise conflict(
            "AgreementEnded", f"the agreement already has an end: {format_iso(agreement.ends_at)}"
        )
    if ends_at.tzinfo is None:
        raise invalid("ends_at must name its offset")
    ends_at = ends_at.astimezone(UTC)
    begins_at = agreement.starts_at
    if begins_at > moment.at and agreement.accepted_at is not None:
        begins_at = agreement.accepted_at
    if ends_at < begins_at:
        raise invalid(f"ends_at lies before the agreement begins, {format_iso(begins_at)}")
    expires_at = agreement.expires_at
    if expires_at is not None and ends_at > expires_at:
        raise invalid(f"the agreement expires before that, at {format_iso(expires_at)}")
    moment.state.agreements.put(replace(agreement, ends_at=ends_at))
    moment.state.agenda.put(ends_at, DueAction.END_AGREEMENT, agreement.agreement_id)


def terminate_agreement(moment: Moment, agreement: Agreement) -> Agreement:
    """Let AWS end the agreement, for instance because a payment failed (MODEL)."""
    status = check_change(moment, agreement, Change.TERMINATE)
    return end_agreement(moment, agreement, status)


def meet_end(moment: Moment, agreement: Agreement) -> None:
    """Do what an agreement's end date brings: it ends, or renews by itself; moot if it has ended.

    Whoever's account is suspended does not renew, nor does anybody when the sandbox is full.
    """
    if agreement.status is not AgreementStatus.ACTIVE:
        return
    if agreement.ends_at == moment.at:
        end_agreement(moment, agreement, AgreementStatus.CANCELLED)
    elif agreement.expires_at == moment.at:
        is_suspended = agreement.customer_aws_account_id in moment.state.suspended_accounts
        if agreement.is_renewing and not is_suspended and has_room(moment):
            renew_agreement(moment, agreement)
        else:
            end_agreement(moment, agreement, AgreementStatus.EXPIRED)


def suspend_account(moment: Moment, account_id: str) -> None:
    """Suspend a buyer's AWS account: its usage is not taken any more.

    Each record is refused from now on (`outcome.suspended-account`). AWS advises the manufacturer
    of every product with an agreement of the account (`events.advisory`).
    """
    agreements = _agreements_of(moment, account_id)
    if account_id in moment.state.suspended_accounts:
        raise conflict("AccountSuspended", f"account {account_id} is suspended")
    moment.state.suspended_accounts.add(account_id)
    for agreement in agreements:
        if agreement.is_running(now=moment.at):
            announce_advisory(moment, agreement, is_resolved=False)


def reinstate_account(moment: Moment, account_id: str) -> None:
    """Take a suspension back; usage counts again from now on, and what was refused stays so."""
    agreements = _agreements_of(moment, account_id)
    if account_id not in moment.state.suspended_accounts:
        raise conflict("AccountInOrder", f"account {account_id} is not suspended")
    moment.state.suspended_accounts.remove(account_id)
    for agreement in agreements:
        if agreement.is_running(now=moment.at):
            announce_advisory(moment, agreement, is_resolved=True)


def _succeed(
    moment: Moment, old: Agreement, offer: Offer, *, status: AgreementStatus, intent: Intent
) -> Agreement:
    """End an agreement in favour of the next, which begins at the same moment."""
    check_room(moment)
    new = draw_up(
        moment,
        moment.state.products[old.product_code],
        offer,
        account_id=old.customer_aws_account_id,
        starts_at=moment.at,
        digest=hashlib.sha256(moment.entropy()).hexdigest(),
        intent=intent,
        previous=old,
    )
    end_agreement(moment, old, status)
    enter(moment, new)
    return new


def _check_renewal(moment: Moment, agreement: Agreement, amendment: Amendment) -> None:
    """Raise ControlError if the renewal cannot be switched so, or not any more.

    From the renewal decision deadline on nobody switches it on or off (`events.renewal-upcoming`).
    """
    if amendment.renewal_disabled_by is not None and amendment.is_renewing is not False:
        raise invalid("renewal_disabled_by says who switches is_renewing to false")
    if amendment.is_renewing is None:
        return
    if amendment.is_renewing and not _can_renew(agreement):
        raise invalid(
            f"only an agreement of at least {RENEWING_DAYS_MIN} days can renew by itself, "
            "and no free trial"
        )
    if agreement.is_locked_out(now=moment.at):
        locked_at = agreement.lockout_starts_at
        assert locked_at is not None, "what is locked out was so from some time on"
        raise conflict(
            "RenewalDecided", f"whether it renews was decided at {format_iso(locked_at)}"
        )


def _disabled_by(agreement: Agreement, amendment: Amendment) -> Party | None:
    """Say who switched the renewal off; of two the proposer, whose reason AWS prefers (DOC)."""
    if amendment.is_renewing is None:
        return agreement.renewal_disabled_by
    if amendment.is_renewing:
        return None
    if agreement.is_renewing or amendment.renewal_disabled_by is Party.PROPOSER:
        return amendment.renewal_disabled_by or Party.ACCEPTOR
    return agreement.renewal_disabled_by


def _can_renew(agreement: Agreement) -> bool:
    if agreement.expires_at is None or agreement.is_free_trial:
        return False
    return (agreement.expires_at - agreement.starts_at).days >= RENEWING_DAYS_MIN


def _check_offer(moment: Moment, agreement: Agreement, offer: Offer) -> None:
    check_may_accept(
        moment,
        offer,
        product_code=agreement.product_code,
        account_id=agreement.customer_aws_account_id,
    )


def _offer_of(moment: Moment, agreement: Agreement) -> Offer:
    assert agreement.offer_id is not None, "every agreement is on an offer"
    return moment.state.offers[agreement.offer_id]


def _agreements_of(moment: Moment, account_id: str) -> list[Agreement]:
    if ACCOUNT_ID.fullmatch(account_id) is None:
        raise invalid("an account id must be 12 digits")
    agreements = moment.state.agreements.of_account(account_id)
    if not agreements:
        raise ControlError(
            ControlProblem.NOT_FOUND, "AccountNotFound", f"no buyer has account {account_id}"
        )
    return agreements
