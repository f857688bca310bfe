"""EventBridge events of AWS Marketplace agreements, read as facts.

https://docs.aws.amazon.com/marketplace/latest/userguide/notifications-eventbridge.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from meterhouse.domain.subscriptions.facts import Fact, Kind, checked
from meterhouse.errors import UnreadableError

SOURCE = "aws.agreement-marketplace"
# In which of its roles a seller hears of it says nothing about what happened.
_ROLES = (" - Proposer", " - Manufacturer", " - Acceptor")
_KINDS = {
    "Purchase Agreement Created": Kind.CREATED,
    "Purchase Agreement Amended": Kind.AMENDED,
    "Purchase Agreement Ended": Kind.ENDED,
    "License Updated": Kind.LICENSE_UPDATED,
    "License Deprovisioned": Kind.LICENSE_DEPROVISIONED,
    "Purchase Agreement Advisory Issued": Kind.ADVISORY_ISSUED,
    "Purchase Agreement Advisory Resolved": Kind.ADVISORY_RESOLVED,
    "Purchase Agreement Ending": Kind.ENDING_SOON,
    "Purchase Agreement Renewal Terms Finalized": Kind.RENEWAL,
    "Purchase Agreement Renewal Upcoming": Kind.RENEWAL,
}
_FAMILIES = {
    "Agreement Cancellation Request ": Kind.CANCELLATION_REQUEST,
    "Purchase Agreement Billing Adjustment ": Kind.BILLING_ADJUSTMENT,
    "Spend Threshold ": Kind.SPEND_THRESHOLD,
}
# Without it nothing can be done with an event of these kinds.
_NEEDED = {
    Kind.CREATED: ("agreement_id", "account_id"),
    Kind.AMENDED: ("agreement_id",),
    Kind.ENDED: ("agreement_id",),
    Kind.LICENSE_UPDATED: ("agreement_id", "license_arn", "account_id"),
    Kind.LICENSE_DEPROVISIONED: ("agreement_id", "license_arn"),
}
# So AWS writes the end of what runs until somebody cancels it.
OPEN_END_YEAR = 9999
_EVENT_ID_LENGTH_MAX = 128
_INVALID = "fact_invalid"


def read_event(event: Mapping[str, object], document: str) -> Fact:
    """Read an event; `document` is its text. Raises UnreadableError for what is none of AWS's."""
    if event.get("source") != SOURCE:
        raise UnreadableError(_INVALID, f"its source is not {SOURCE}")
    event_id, detail_type = event.get("id"), event.get("detail-type")
    if not (isinstance(event_id, str) and 0 < len(event_id) <= _EVENT_ID_LENGTH_MAX):
        raise UnreadableError(_INVALID, "it has no id")
    if not (isinstance(detail_type, str) and isinstance(event.get("detail"), Mapping)):
        raise UnreadableError(_INVALID, "it has no detail-type, or no detail")
    at = _time(event, "time")
    if at is None:
        raise UnreadableError(_INVALID, "it has no time")
    detail = _part(event, "detail")
    agreement, product = _part(detail, "agreement"), _part(detail, "product")
    kind = kind_of(detail_type)
    fact = Fact(
        fact_id=f"event#{event_id}",
        kind=kind,
        at=at,
        document=document,
        agreement_id=_text(agreement, "id"),
        previous_agreement_id=_text(agreement, "previousAgreementId"),
        license_arn=_text(_part(detail, "license"), "arn", "id"),
        product_code=_text(product, "code"),
        product_id=_text(product, "id") or _text(agreement, "productId"),
        account_id=_text(_part(detail, "acceptor"), "accountId") or _text(agreement, "acceptorId"),
        offer_id=_text(_part(detail, "offer"), "id") or _text(agreement, "offerId"),
        status=_text(agreement, "status"),
        starts_at=_time(agreement, "startTime"),
        ends_at=_time(agreement, "endTime"),
        auto_renewal=_flag(agreement, "autoRenewalEnabled"),
    )
    lacking = [name for name in _NEEDED.get(kind, ()) if getattr(fact, name) is None]
    if lacking:
        raise UnreadableError(_INVALID, f"{detail_type} without {' and '.join(lacking)}"[:200])
    return checked(fact)


def kind_of(detail_type: str) -> Kind:
    """Return what an event's detail-type says, whoever is told."""
    name = detail_type
    for role in _ROLES:
        name = name.removesuffix(role)
    family = next((kind for start, kind in _FAMILIES.items() if name.startswith(start)), None)
    return _KINDS.get(name) or family or Kind.UNKNOWN


def read_instant(text: str) -> datetime | None:
    """Return the UTC moment of a time as AWS writes it, or None for an end that is open.

    Raises UnreadableError.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return None if moment.year == OPEN_END_YEAR else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UnreadableError(_INVALID, f"{text!a} is no time of AWS's"[:200])


def _part(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    if value is not None and not isinstance(value, Mapping):
        raise UnreadableError(_INVALID, f"{name} is not an object")
    return value or {}


def _text(document: Mapping[str, object], *names: str) -> str | None:
    for name in names:
        value = document.get(name)
        if value is not None and not isinstance(value, str):
            raise UnreadableError(_INVALID, f"{name} is not a text")
        if value:
            return value
    return None


def _time(document: Mapping[str, object], name: str) -> datetime | None:
    text = _text(document, name)
    return None if text is None else read_instant(text)


def _flag(document: Mapping[str, object], name: str) -> bool | None:
    value = document.get(name)
    return value if isinstance(value, bool) else None
