"""Changes of states, one for each kind of news, and what is said of them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from meterhouse.domain.subscriptions.announcing import Change, News
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import (
    LicenseIdentity,
    legacy_account_key,
    license_key,
)
from meterhouse.domain.subscriptions.state import Flag, Phase, State
from tests.unit.domain.builders import ACCOUNT, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import AGREEMENT, LICENSE, RENEWED, when

CHANGED_AT = when(100)
MINE = FolderKey(license_key(LICENSE))
NAMELESS = FolderKey(legacy_account_key(PRODUCT_CODE, ACCOUNT))
BILLED = LicenseIdentity(ACCOUNT, LICENSE)

ACTIVE = State(
    folder=MINE,
    facts=4,
    phase=Phase.ACTIVE,
    phase_at=when(82),
    has_access=True,
    identity=BILLED,
    product_code=PRODUCT_CODE,
    product_id="prod-atlas00000001",
    account_id=ACCOUNT,
    agreement_id=AGREEMENT,
    offer_id="offer-atlas0000001",
    status="ACTIVE",
    starts_at=when(0),
    registered_at=when(82),
)
UNREGISTERED = replace(ACTIVE, registered_at=None)
FAILED = replace(ACTIVE, phase=Phase.PENDING, has_access=False, flags=(Flag.PAYMENT_FAILED,))
ENDING = replace(
    ACTIVE,
    phase=Phase.ENDING,
    has_access=False,
    status="CANCELLED",
    ended_at=when(7_000),
    closes_at=when(10_600),
)
ENDED = replace(ENDING, phase=Phase.ENDED)
RENEWING = replace(ENDING, status="RENEWED", has_access=True, successor=RENEWED)
SUPERSEDED = replace(RENEWING, phase=Phase.SUPERSEDED)
AGREED = replace(UNREGISTERED, phase=Phase.SCHEDULED, has_access=False, starts_at=when(86_400))
SUSPENDED = replace(ACTIVE, has_access=False, flags=(Flag.SUSPENDED,))
EXTENDED = replace(ACTIVE, ends_at=when(31_536_000), tenant="acme")
SEATS = Entitlement("seats", Decimal(25), when(31_536_000))
HOLDING = replace(ACTIVE, entitlements=Entitlements(when(83), (SEATS,)))
# An amendment: something of each kind that AWS knows.
AMENDED = replace(
    ACTIVE,
    entitlements=Entitlements(
        when(5_000),
        (
            Entitlement("edition", "gold", when(31_536_000)),
            replace(SEATS, value=Decimal("40.5")),
            Entitlement("sso", value=True),
        ),
    ),
)
WAITING = State(
    folder=NAMELESS,
    facts=1,
    phase=Phase.PENDING,
    phase_at=when(20),
    has_access=False,
    product_code=PRODUCT_CODE,
    account_id=ACCOUNT,
    registered_at=when(20),
)
NAMED = replace(ACTIVE, folder=NAMELESS, alias_of=MINE, registered_at=when(20))
FOREIGN = replace(UNREGISTERED, phase=Phase.PENDING, has_access=False, identity=None)

# For each kind of news the states between which it happens.
CHANGES: dict[News, tuple[State | None, State]] = {
    News.REGISTERED: (UNREGISTERED, ACTIVE),
    News.SCHEDULED: (None, AGREED),
    News.PENDING: (replace(FAILED, phase=Phase.ACTIVE, has_access=True), FAILED),
    News.ACTIVATED: (None, UNREGISTERED),
    News.ENDING: (ACTIVE, ENDING),
    News.ENDED: (ENDING, ENDED),
    News.SUPERSEDED: (RENEWING, SUPERSEDED),
    News.FLAGGED: (ACTIVE, SUSPENDED),
    News.UNFLAGGED: (SUSPENDED, ACTIVE),
    News.ENTITLEMENTS_CHANGED: (HOLDING, AMENDED),
    News.CHANGED: (ACTIVE, EXTENDED),
    News.RENAMED: (WAITING, NAMED),
    News.WITHDRAWN: (UNREGISTERED, FOREIGN),
    News.CURRENT: (ACTIVE, ACTIVE),
}


def change(
    before: State | None, after: State, sequence: int = 2, *, record_id: str = "100"
) -> Change:
    """Return a change of a state; one in which nothing is new was asked for."""
    at = CHANGED_AT + timedelta(seconds=sequence)
    return Change(record_id, before, after, sequence, at, is_asked_for=before == after)


def as_told(said: object) -> dict[str, Any]:
    """Return what is told of a subscription as who heard it keeps it, whenever AWS was asked.

    That it was asked again is told with the next change alone, and so is that nothing is held.
    """
    assert isinstance(said, dict)
    entitlements = said["entitlements"]
    return {**said, "entitlements": entitlements["all"] if entitlements else []}
