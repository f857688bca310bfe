"""The life of an agreement: which changes are legal, and what each of them does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from marketplace_sandbox.core.events.announcements import (
    announce_end,
    announce_ending,
    announce_license,
    announce_start,
    announce_subscription,
)
from marketplace_sandbox.core.events.sns_documents import SubscriptionAction
from marketplace_sandbox.core.model.agenda import DueAction
from marketplace_sandbox.core.model.agreements import FINAL_HOUR, Agreement, AgreementStatus
from marketplace_sandbox.core.model.errors import conflict
from marketplace_sandbox.core.model.instants import format_iso
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.readings import FinalWindow, LicenseUpdated

# OBS, as a seller captured them: License Updated follows Purchase Agreement Created, and License
# Deprovisioned the agreement's end (`events.delays`).
LICENSE_DELAY = timedelta(seconds=61)
DEPROVISION_DELAY = timedelta(seconds=31)
_INSTANT = timedelta(microseconds=1)


class Change(StrEnum):
    """What can happen to an agreement after its start."""

    AMEND = "amend"
    RENEW = "renew"
    REPLACE = "replace"
    CANCEL = "cancel"
    EXPIRE = "expire"
    TERMINATE = "terminate"
    DEPROVISION = "deprovision"


# What AWS's statuses allow, and the status after it. An agreement ends once; its license is
# deprovisioned once, after that. Statuses are those of DescribeAgreement (MODEL).
TRANSITIONS: Mapping[AgreementStatus, Mapping[Change, AgreementStatus]] = {
    AgreementStatus.ACTIVE: {
        Change.AMEND: AgreementStatus.ACTIVE,
        Change.RENEW: AgreementStatus.RENEWED,
        Change.REPLACE: AgreementStatus.REPLACED,
        Change.CANCEL: AgreementStatus.CANCELLED,
        Change.EXPIRE: AgreementStatus.EXPIRED,
        Change.TERMINATE: AgreementStatus.TERMINATED,
    },
    AgreementStatus.CANCELLED: {Change.DEPROVISION: AgreementStatus.CANCELLED},
    AgreementStatus.EXPIRED: {Change.DEPROVISION: AgreementStatus.EXPIRED},
    AgreementStatus.TERMINATED: {Change.DEPROVISION: AgreementStatus.TERMINATED},
    AgreementStatus.RENEWED: {Change.DEPROVISION: AgreementStatus.RENEWED},
    AgreementStatus.REPLACED: {Change.DEPROVISION: AgreementStatus.REPLACED},
}
# OBS: after these the buyer goes on, under another agreement (`events.renewal`).
GOES_ON = frozenset({AgreementStatus.RENEWED, AgreementStatus.REPLACED})


# What can happen to an agreement that was signed and has not started.
CALL_OFF = frozenset({Change.CANCEL, Change.TERMINATE})


def check_change(moment: Moment, agreement: Agreement, change: Change) -> AgreementStatus:
    """Return the status after a change, or raise ControlError if it is not legal now."""
    status = TRANSITIONS[agreement.status].get(change)
    if status is None and agreement.status is AgreementStatus.ACTIVE:
        raise conflict("AgreementActive", "the agreement is active: end it first")
    if status is None:
        assert agreement.ends_at is not None, "what is not active has ended"
        raise conflict(
            "AgreementEnded",
            f"the agreement already has an end: {agreement.status}, "
            f"{format_iso(agreement.ends_at)}",
        )
    if agreement.never_began:
        raise conflict("NoLicense", "the agreement never began: there never was a license")
    if agreement.starts_at > moment.at and change not in CALL_OFF:
        raise conflict(
            "AgreementNotStarted", f"the agreement starts at {format_iso(agreement.starts_at)}"
        )
    if change is Change.DEPROVISION and agreement.deprovisioned_at is not None:
        raise conflict(
            "LicenseDeprovisioned",
            f"the license was deprovisioned at {format_iso(agreement.deprovisioned_at)}",
        )
    return status


def start_agreement(moment: Moment, agreement: Agreement) -> None:
    """Begin an agreement: say so, and cancel the farewell to a buyer who has come back.

    Its license follows as `license_updated` is read. A legacy buyer who subscribes again before
    unsubscribe-success gets subscribe-success in its place (`sns.back-in-time`). Moot if the
    agreement was called off before.
    """
    if agreement.status is not AgreementStatus.ACTIVE:
        return
    book = moment.state.agreements
    is_new = agreement.previous_agreement_id is None  # who renews has not left
    if agreement.customer_identifier is not None and is_new:
        for other in book.of_customer(agreement.product_code, agreement.customer_identifier):
            if other.is_unsubscribing:
                book.put(replace(other, is_unsubscribing=False))
    announce_start(moment, moment.keep(replace(agreement, is_awaiting_license=True)))
    match moment.state.readings.license_updated:
        case LicenseUpdated.MINUTE_AFTER:
            due_at = moment.at + LICENSE_DELAY
        case LicenseUpdated.AT_ONCE:
            due_at = moment.at
    moment.state.agenda.put(due_at, DueAction.UPDATE_LICENSE, agreement.agreement_id)


def tell_of_license(moment: Moment, agreement: Agreement) -> None:
    """Say that a new agreement's license is there; moot if it is gone already (INF).

    That is no update of the agreement (INF): a search by update does not show it once more.
    """
    if agreement.deprovisioned_at is None:
        provisioned = replace(agreement, is_awaiting_license=False)
        moment.state.agreements.put(provisioned)
        announce_license(moment, provisioned, "License Updated")


def end_agreement(moment: Moment, agreement: Agreement, status: AgreementStatus) -> Agreement:
    """End an agreement, and enter what follows: the last hour and the license's end.

    License Deprovisioned follows within a minute, while the hour (`end.last-hour`) runs from the
    end on. Where `final_window` is read as `agreement_ended`, that event comes later and closes the
    hour; as `license_deprovisioned`, it opens it. What has not started is called off: nobody has
    heard of it, so nothing is said and nothing follows (`end.before-start`).
    """
    assert status is not AgreementStatus.ACTIVE, "an end is an end"
    if agreement.starts_at > moment.at:
        called_off = replace(agreement, status=status, ends_at=moment.at, closes_at=moment.at)
        return moment.keep(called_off)
    state, name = moment.state, agreement.agreement_id
    match state.readings.final_window:
        case FinalWindow.HOUR_AFTER_END:
            deprovisioned_at = moment.at + DEPROVISION_DELAY
            closes_at = moment.at + FINAL_HOUR
        case FinalWindow.AGREEMENT_ENDED:
            deprovisioned_at = closes_at = moment.at + FINAL_HOUR
        case FinalWindow.LICENSE_DEPROVISIONED:
            deprovisioned_at = moment.at + DEPROVISION_DELAY
            closes_at = deprovisioned_at + FINAL_HOUR
    ended = replace(
        agreement,
        status=status,
        ends_at=moment.at,
        closes_at=closes_at,
        is_unsubscribing=status not in GOES_ON and _is_last(moment, agreement),
    )
    ended = moment.keep(ended)
    announce_end(moment, ended)
    state.agenda.put(deprovisioned_at, DueAction.DEPROVISION_LICENSE, name)
    state.agenda.put(closes_at, DueAction.CLOSE_WINDOW, name)
    return ended


def deprovision_license(moment: Moment, agreement: Agreement) -> None:
    """Take the license away as its time has come; moot if that was done before."""
    if agreement.deprovisioned_at is not None:
        return
    deprovisioned = moment.keep(replace(agreement, deprovisioned_at=moment.at))
    announce_license(moment, deprovisioned, "License Deprovisioned")


def deprovision_now(moment: Moment, agreement: Agreement) -> Agreement:
    """Take an ended agreement's license away before its time.

    As `final_window` is read, that leaves the last hour as it is, closes it at once, or lets it
    begin now.
    """
    check_change(moment, agreement, Change.DEPROVISION)
    assert agreement.closes_at is not None, "only what has ended is deprovisioned"
    match moment.state.readings.final_window:
        case FinalWindow.HOUR_AFTER_END:
            closes_at = closing_at = agreement.closes_at
        case FinalWindow.AGREEMENT_ENDED:
            closes_at, closing_at = moment.at - _INSTANT, moment.at
        case FinalWindow.LICENSE_DEPROVISIONED:
            closes_at = closing_at = moment.at + FINAL_HOUR
    hurried = replace(agreement, closes_at=closes_at)
    deprovision_license(moment, hurried)
    moment.state.agenda.put(closing_at, DueAction.CLOSE_WINDOW, agreement.agreement_id)
    return moment.state.agreements.by_id[agreement.agreement_id]


def close_window(moment: Moment, agreement: Agreement) -> None:
    """Say farewell to a buyer who has left: nothing is taken from now on (`sns.unsubscribe`)."""
    assert agreement.closes_at is not None, "only what has ended has a window that closes"
    if not agreement.is_unsubscribing or agreement.closes_at > moment.at:
        return
    gone = replace(agreement, is_unsubscribing=False)
    moment.state.agreements.put(gone)
    announce_subscription(moment, gone, SubscriptionAction.UNSUBSCRIBE_SUCCESS)


def announce_coming_end(moment: Moment, agreement: Agreement) -> None:
    """Tell the proposer that an agreement will end and renew; moot if it will not.

    AWS sends this for agreements that renew by themselves (`events.ending`).
    """
    if agreement.status is not AgreementStatus.ACTIVE or not agreement.is_renewing:
        return
    assert agreement.expires_at is not None, "only what expires has announced ends"
    announce_ending(moment, agreement, days=(agreement.expires_at - moment.at).days)


def _is_last(moment: Moment, agreement: Agreement) -> bool:
    """Tell whether a legacy buyer has no other running agreement: then they leave the product."""
    customer = agreement.customer_identifier
    if customer is None:
        return False
    return not any(
        other.is_running(now=moment.at) and other.agreement_id != agreement.agreement_id
        for other in moment.state.agreements.of_customer(agreement.product_code, customer)
    )
