"""What a contract holds, as the command and the console show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.subscriptions.entitlements import Entitlements, write_entitlement

NEVER_SAID = (
    "AWS never said what its contract holds: it was not asked yet, or did not answer. "
    "`meterhouse sweep` asks it; `meterhouse explain entitlements` says more."
)
NOTHING = "AWS says that its contract holds nothing, as it does of who pays by usage alone."
EXPIRED = "What expired since AWS was asked may have been renewed: `meterhouse sweep` asks again."


@dataclass(frozen=True, slots=True)
class EntitlementRow:
    """What is held of a dimension; `is_expired` tells that AWS was not asked after it expired."""

    dimension: str
    kind: str
    value: Decimal | bool | str
    expires_at: datetime | None
    is_expired: bool


def rows_of(known: Entitlements | None, now: datetime) -> tuple[EntitlementRow, ...]:
    """Return what is held as it stands; AWS's word after an expiration is that it is held still."""
    if known is None:
        return ()
    return tuple(
        EntitlementRow(
            one.dimension,
            str(write_entitlement(one)[1]),
            one.value,
            one.expires_at,
            is_expired=one.expires_at is not None and known.asked_at < one.expires_at <= now,
        )
        for one in known.all
    )


def words_about(
    asked_at: datetime | None, rows: Sequence[EntitlementRow], *, has_ended: bool
) -> str | None:
    """Return what rows do not say of themselves, with the remedy where there is one."""
    if asked_at is None:
        return NEVER_SAID
    if not rows:
        return NOTHING
    return EXPIRED if not has_ended and any(one.is_expired for one in rows) else None
