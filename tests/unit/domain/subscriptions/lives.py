"""Lives of buyers: their facts, and what these come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.identity import (
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    legacy_account_key,
    legacy_customer_key,
    license_key,
)
from meterhouse.domain.subscriptions.own_facts import own_fact
from meterhouse.domain.subscriptions.state import Flag, Phase
from tests.unit.domain.builders import ACCOUNT, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    CUSTOMER,
    LICENSE,
    OTHER_LICENSE,
    RENEWED,
    created,
    deprovisioned,
    ended,
    event,
    fact,
    licensed,
    registered,
    told,
    when,
)

HOUR = 3_600
MINE = FolderKey(license_key(LICENSE))
NEXT = FolderKey(license_key(OTHER_LICENSE))
BY_CUSTOMER = FolderKey(legacy_customer_key(PRODUCT_CODE, CUSTOMER))
BY_ACCOUNT = FolderKey(legacy_account_key(PRODUCT_CODE, ACCOUNT))
BILLED = LicenseIdentity(ACCOUNT, LICENSE)
OLDER = {"license_arn": OTHER_LICENSE, "id": "agmt-3older"}
RENEWAL = {"id": RENEWED, "intent": "RENEW", "previousAgreementId": AGREEMENT}
NAMELESS = registered(20, license_arn=None)
LEGACY = registered(20, license_arn=None, customer_identifier=CUSTOMER)


@dataclass(frozen=True, slots=True)
class Life:
    """The facts of a life, and what is expected some time after noon, by folder."""

    facts: Sequence[Fact]
    at: float
    expected: Mapping[FolderKey, Mapping[str, Any] | None]
    legacy: bool = False


def _advisory(seconds: float, what: str) -> Fact:
    return fact(event(f"Purchase Agreement Advisory {what} - Manufacturer", seconds))


LIVES = {
    "an early event waits for the registration": Life(
        [created(0), licensed(61), registered(82, agreement_id=AGREEMENT)],
        HOUR,
        {
            MINE: {
                "phase": Phase.ACTIVE,
                "has_access": True,
                "identity": BILLED,
                "registered_at": when(82),
                "starts_at": when(0),
                "account_id": ACCOUNT,
                "agreement_id": AGREEMENT,
            }
        },
    ),
    "an agreement without a license waits": Life(
        [created(0)],
        HOUR,
        {
            FolderKey(f"agreement#{AGREEMENT}"): {"phase": Phase.PENDING, "has_access": False},
            MINE: None,
        },
    ),
    "who cancels has an hour": Life(
        [created(0), licensed(61), registered(82), ended(7_000), deprovisioned(7_031)],
        7_100,
        {
            MINE: {
                "phase": Phase.ENDING,
                "has_access": False,
                "ended_at": when(7_000),
                "closes_at": when(7_031 + HOUR),
                "status": "CANCELLED",
            }
        },
    ),
    "a license that is taken away without another word ends, too": Life(
        [created(0), licensed(61), deprovisioned(7_031)],
        7_031 + HOUR,
        {MINE: {"phase": Phase.ENDED, "ended_at": when(7_031), "has_access": False}},
    ),
    "a license that comes back goes on": Life(
        [created(0), licensed(61), deprovisioned(500), licensed(900)],
        HOUR,
        {MINE: {"phase": Phase.ACTIVE, "ended_at": None, "has_access": True}},
    ),
    "what ended stays so, whatever else is told": Life(
        [created(0), licensed(61), licensed(8_000), ended(7_000)],
        7_100,
        {MINE: {"phase": Phase.ENDING, "ended_at": when(7_000)}},
    ),
    "a renewal goes on under another license": Life(
        [
            created(0),
            licensed(61),
            registered(82),
            created(7_000, **RENEWAL),
            licensed(7_061, OTHER_LICENSE, id=RENEWED),
            ended(7_001, "RENEWED"),
            deprovisioned(7_032),
        ],
        7_100,
        {
            MINE: {
                "phase": Phase.ENDING,
                "has_access": True,
                "successor": RENEWED,
                "ended_at": when(7_001),
            },
            NEXT: {
                "phase": Phase.ACTIVE,
                "previous_agreement_id": AGREEMENT,
                "starts_at": when(7_000),
            },
        },
    ),
    "a renewal may go on under the same license": Life(
        [
            created(0),
            licensed(61),
            created(7_000, **RENEWAL),
            licensed(7_061, id=RENEWED),
            ended(7_001, "RENEWED"),
        ],
        7_100,
        {
            MINE: {
                "phase": Phase.ACTIVE,
                "has_access": True,
                "starts_at": when(0),
                "ended_at": None,
            }
        },
    ),
    "access ends with the last agreement of a line": Life(
        [
            created(0),
            licensed(61),
            ended(7_000, "RENEWED"),
            created(7_000, **RENEWAL),
            licensed(7_061, OTHER_LICENSE, id=RENEWED),
            ended(20_000, id=RENEWED),
        ],
        20_100,
        {
            MINE: {"phase": Phase.SUPERSEDED, "has_access": False},
            NEXT: {"phase": Phase.ENDING, "has_access": False},
        },
    ),
    "a start that lies ahead": Life(
        [created(0, startTime=when(9_000).isoformat()), licensed(61), registered(82)],
        HOUR,
        {MINE: {"phase": Phase.SCHEDULED, "phase_at": when(9_000), "has_access": False}},
    ),
    "who is resolved without a license waits for it": Life(
        [NAMELESS, created(0)],
        HOUR,
        {BY_ACCOUNT: {"phase": Phase.PENDING, "identity": None, "has_access": False}},
    ),
    "a license that comes later is meant, and not one that had ended": Life(
        [
            NAMELESS,
            licensed(61),
            licensed(-9_000, **OLDER),
            ended(-5_000, id="agmt-3older"),
        ],
        HOUR,
        {
            BY_ACCOUNT: {"phase": Phase.ACTIVE, "identity": BILLED, "registered_at": when(20)},
            MINE: {"identity": BILLED},
        },
    ),
    "of two licenses the agreement's own is meant": Life(
        [
            registered(20, license_arn=None, agreement_id=AGREEMENT),
            licensed(61),
            licensed(-9_000, **OLDER),
        ],
        HOUR,
        {BY_ACCOUNT: {"identity": BILLED}},
    ),
    "an advisory is a flag until it is resolved": Life(
        [
            licensed(61),
            _advisory(100, "Issued"),
            _advisory(200, "Resolved"),
            _advisory(300, "Issued"),
        ],
        HOUR,
        {MINE: {"phase": Phase.ACTIVE, "flags": (Flag.ADVISORY,), "has_access": True}},
    ),
    "a legacy customer leaves": Life(
        [LEGACY, told("subscribe-success", 10), told("unsubscribe-pending", 7_000)],
        7_100,
        {
            BY_CUSTOMER: {
                "phase": Phase.ENDING,
                "identity": LegacyCustomerIdentity(PRODUCT_CODE, CUSTOMER),
                "closes_at": when(7_000 + HOUR),
            },
            BY_ACCOUNT: {
                "phase": Phase.ENDING,
                "identity": LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT),
            },
        },
        legacy=True,
    ),
    "a legacy customer comes back before he has left": Life(
        [
            told("subscribe-success", 10),
            told("unsubscribe-pending", 7_000),
            told("subscribe-success", 7_500),
            told("entitlement-updated", 7_501, topic="entitlement"),
        ],
        7_600,
        {BY_CUSTOMER: {"phase": Phase.ACTIVE, "ended_at": None}},
        legacy=True,
    ),
    "a legacy customer comes back in the very moment in which he leaves": Life(
        [
            told("subscribe-success", 10),
            told("unsubscribe-pending", 7_000),
            told("subscribe-success", 7_000),
        ],
        7_600,
        {BY_CUSTOMER: {"phase": Phase.ACTIVE, "ended_at": None}},
        legacy=True,
    ),
    "a payment that failed": Life(
        [LEGACY, told("subscribe-fail", 30)],
        HOUR,
        {BY_CUSTOMER: {"phase": Phase.PENDING, "has_access": False}},
        legacy=True,
    ),
    "what the sweep finds ended, nobody had told": Life(
        [
            licensed(61),
            own_fact(
                "api",
                Kind.DESCRIBED,
                when(90_000),
                agreement_id=AGREEMENT,
                status="EXPIRED",
                ends_at=when(7_000),
            ),
        ],
        7_100,
        {MINE: {"phase": Phase.ENDING, "ended_at": when(7_000), "status": "EXPIRED"}},
    ),
    "the license of a legacy listing is nobody's": Life(
        [created(0), licensed(61), registered(82, license_arn=None)],
        HOUR,
        {
            MINE: None,
            BY_ACCOUNT: {
                "phase": Phase.ACTIVE,
                "identity": LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT),
            },
        },
        legacy=True,
    ),
    "an agreement with two licenses": Life(
        [licensed(61), licensed(500, OTHER_LICENSE)],
        HOUR,
        {
            MINE: {"phase": Phase.ACTIVE, "flags": (Flag.OTHER_LICENSE,)},
            NEXT: {"phase": Phase.ACTIVE, "flags": (Flag.OTHER_LICENSE,)},
        },
    ),
}
