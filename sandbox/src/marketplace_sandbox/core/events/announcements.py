"""What AWS tells the seller at each turn of an agreement: which messages, by which channels."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from marketplace_sandbox.core.events.event_documents import (
    Detail,
    EventSubject,
    Role,
    advisory_detail,
    amended_detail,
    created_detail,
    ended_detail,
    ending_detail,
    envelope,
    license_detail,
)
from marketplace_sandbox.core.events.sns_documents import (
    ENTITLEMENT_UPDATED,
    SubscriptionAction,
    entitlement_message,
    subscription_message,
)
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.catalogue import Delivery
from marketplace_sandbox.core.model.events import Channel, EmittedEvent
from marketplace_sandbox.core.model.moment import Moment
from marketplace_sandbox.core.model.offers import CONTRACTS

_UUID_BYTES = 16
_UUID_VERSION = 4


class WriteDetail(Protocol):
    """Writes an event's detail of its subject."""

    def __call__(self, subject: EventSubject, /, *, request_id: str) -> Detail:
        """Write it."""
        ...


def emit(
    moment: Moment,
    agreement: Agreement,
    channel: Channel,
    *,
    name: str,
    write: Callable[[str, str], Mapping[str, object]],
) -> None:
    """Append one fact to what AWS sent; `write` makes the document of an event and a request id."""
    digest = hashlib.sha256(moment.entropy()).digest()
    event_id, request_id = _uuid(digest[:_UUID_BYTES]), _uuid(digest[_UUID_BYTES:])
    moment.state.events_emitted += 1
    moment.state.events.append(
        EmittedEvent(
            sequence=moment.state.events_emitted,
            event_id=event_id,
            at=moment.at,
            channel=channel,
            name=name,
            product_code=agreement.product_code,
            agreement_id=agreement.agreement_id,
            document=write(event_id, request_id),
        )
    )


def announce_start(moment: Moment, agreement: Agreement) -> None:
    """Say that an agreement begins: on its start date, not when signed (`sns.future-start`).

    Its license is told of later.
    """
    subject = subject_of(moment, agreement)
    tell_bus(moment, subject, f"Purchase Agreement Created - {subject.role}", created_detail)
    announce_subscription(moment, agreement, SubscriptionAction.SUBSCRIBE_SUCCESS)
    announce_entitlements(moment, agreement)


def announce_amendment(moment: Moment, agreement: Agreement, *, has_new_terms: bool) -> None:
    """Say that an agreement has other terms; its license stays, with what is new in it.

    Whoever switches the renewal on or off changes no license (INF).
    """
    subject = subject_of(moment, agreement)
    tell_bus(moment, subject, f"Purchase Agreement Amended - {subject.role}", amended_detail)
    if has_new_terms:
        announce_license(moment, agreement, "License Updated")
    announce_entitlements(moment, agreement)


def announce_end(moment: Moment, agreement: Agreement) -> None:
    """Say that an agreement ended, and by SNS that the last hour runs if the buyer leaves."""
    subject = subject_of(moment, agreement)
    tell_bus(moment, subject, f"Purchase Agreement Ended - {subject.role}", ended_detail)
    if agreement.is_unsubscribing:
        announce_subscription(moment, agreement, SubscriptionAction.UNSUBSCRIBE_PENDING)
    announce_entitlements(moment, agreement)


def announce_ending(moment: Moment, agreement: Agreement, *, days: int) -> None:
    """Say that an agreement will end in so many days, to its proposer alone (`events.ending`)."""
    subject = subject_of(moment, agreement)
    if subject.role is not Role.PROPOSER:
        return
    tell_bus(
        moment,
        subject,
        f"Purchase Agreement Ending - {Role.PROPOSER}",
        partial(ending_detail, days=days),
    )


def announce_advisory(moment: Moment, agreement: Agreement, *, is_resolved: bool) -> None:
    """Say that something is wrong with the buyer's account, or no more (`events.advisory`)."""
    subject = subject_of(moment, agreement)
    tell_bus(
        moment,
        subject,
        f"Purchase Agreement Advisory {'Resolved' if is_resolved else 'Issued'}"
        f" - {Role.MANUFACTURER}",
        partial(advisory_detail, is_resolved=is_resolved, at=moment.at),
    )


def announce_license(moment: Moment, agreement: Agreement, what: str) -> None:
    """Say `License Updated` or `License Deprovisioned`, which manufacturers alone hear.

    Products that are no SaaS have licenses under contract pricing only (DOC
    container-eventbridge-integration: events of agreements "that have an associated license").
    """
    subject = subject_of(moment, agreement)
    product = subject.product
    if product.delivery is not Delivery.SAAS and product.pricing not in CONTRACTS:
        return
    tell_bus(moment, subject, f"{what} - {Role.MANUFACTURER}", license_detail)


def announce_subscription(moment: Moment, agreement: Agreement, action: SubscriptionAction) -> None:
    """Send a message of the subscription topic, to legacy customers alone (`sns.legacy-only`)."""
    if agreement.customer_identifier is None:
        return
    product = moment.state.products[agreement.product_code]
    message = subscription_message(agreement, product, action)
    emit(
        moment,
        agreement,
        Channel.SNS_SUBSCRIPTION,
        name=str(action),
        write=lambda *_: message,
    )


def announce_failed_payment(moment: Moment, agreement: Agreement) -> None:
    """Say that no agreement begins; EventBridge has no event for it (`sns.subscribe-fail`)."""
    announce_subscription(moment, agreement, SubscriptionAction.SUBSCRIBE_FAIL)


def announce_entitlements(moment: Moment, agreement: Agreement) -> None:
    """Send entitlement-updated, at each turn of a contract (`sns.entitlement-updated`).

    Only legacy customers of contract products have the topic (`sns.legacy-only`).
    """
    product = moment.state.products[agreement.product_code]
    if agreement.customer_identifier is None or product.pricing not in CONTRACTS:
        return
    message = entitlement_message(agreement)
    emit(
        moment,
        agreement,
        Channel.SNS_ENTITLEMENT,
        name=ENTITLEMENT_UPDATED,
        write=lambda *_: message,
    )


def tell_bus(
    moment: Moment,
    subject: EventSubject,
    name: str,
    write: WriteDetail,
    *,
    names_resource: bool = True,
) -> None:
    """Send an event, of a listing with SNS topics as well (`events.of-legacy-listings`).

    `names_resource` says whether the agreement stands among the event's resources.
    """
    emit(
        moment,
        subject.agreement,
        Channel.EVENTBRIDGE,
        name=name,
        write=lambda event_id, request_id: envelope(
            subject,
            name,
            write(subject, request_id=request_id),
            event_id=event_id,
            at=moment.at,
            names_resource=names_resource,
        ),
    )


def subject_of(moment: Moment, agreement: Agreement) -> EventSubject:
    """Return what an event is about, with the readings that hold now."""
    state = moment.state
    return EventSubject(
        agreement=agreement,
        product=state.products[agreement.product_code],
        seller_account_id=state.seller_account_id,
        license_reading=state.readings.event_license_arn,
        offer_reading=state.readings.ended_offer,
    )


def _uuid(digest: bytes) -> str:
    return str(uuid.UUID(bytes=digest, version=_UUID_VERSION))
