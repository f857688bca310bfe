"""One agreement: how it stands, its bill by hour, what was refused and what was sent."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace_sandbox.console.views.shown import Shown, latest
from marketplace_sandbox.console.views.usage import UsageView, say_status, view_usage
from marketplace_sandbox.core.model.agreements import Agreement
from marketplace_sandbox.core.model.bill import BilledRecord
from marketplace_sandbox.core.model.catalogue import Product
from marketplace_sandbox.core.model.events import EmittedEvent
from marketplace_sandbox.core.model.refusals import Refusal

REFUSALS_SHOWN_MAX = 50
EVENTS_SHOWN_MAX = 50
_MOMENTS = (
    ("Accepted", "accepted_at"),
    ("Starts", "starts_at"),
    ("Expires", "expires_at"),
    ("Ends", "ends_at"),
    ("Usage taken until", "closes_at"),
    ("License deprovisioned", "deprovisioned_at"),
)


@dataclass(frozen=True, slots=True)
class AgreementView:
    """Everything about one agreement; lists have their newest entry first.

    Attributes:
        moments: what happened or will happen when.
        offers: what can replace the agreement's terms, by id.

    """

    agreement: Agreement
    product: Product
    status: str
    is_suspended: bool
    moments: tuple[tuple[str, datetime], ...]
    offers: tuple[tuple[str, str], ...]
    usage: UsageView
    refusals: Shown[Refusal]
    events: Shown[EmittedEvent]


def view_agreement(
    agreement: Agreement,
    product: Product,
    *,
    offers: Sequence[tuple[str, str]],
    bill: Iterable[BilledRecord],
    refusals: Iterable[Refusal],
    events: Sequence[EmittedEvent],
    suspended: Collection[str],
    now: datetime,
) -> AgreementView:
    """Gather what belongs to one agreement; its events are chosen already."""
    agreement_id = agreement.agreement_id
    lines = [line for line in bill if line.agreement.agreement_id == agreement_id]
    own_refusals = [one for one in refusals if _names(one, agreement)]
    moments = ((label, getattr(agreement, name)) for label, name in _MOMENTS)
    return AgreementView(
        agreement=agreement,
        product=product,
        status=say_status(agreement, now=now),
        is_suspended=agreement.customer_aws_account_id in suspended,
        moments=tuple((label, at) for label, at in moments if at is not None),
        offers=tuple(offers),
        usage=view_usage(product, lines),
        refusals=latest(own_refusals, REFUSALS_SHOWN_MAX),
        events=latest(events, EVENTS_SHOWN_MAX),
    )


def _names(refusal: Refusal, agreement: Agreement) -> bool:
    """Whether the refused record named this agreement's buyer; a license says it exactly."""
    if refusal.record is None:
        return False
    license_arn = refusal.record.get("LicenseArn")
    if license_arn is not None:
        return license_arn == agreement.license_arn
    buyers = {agreement.customer_identifier, agreement.customer_aws_account_id}
    named = {refusal.record.get(name) for name in ("CustomerIdentifier", "CustomerAWSAccountId")}
    return bool((buyers & named) - {None})
