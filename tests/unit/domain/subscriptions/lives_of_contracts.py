"""Lives of buyers of whose contracts AWS says what they hold."""

from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.identity import BilledIdentity
from meterhouse.domain.subscriptions.own_facts import entitlements_fact
from meterhouse.domain.subscriptions.state import Phase
from tests.unit.domain.subscriptions.aws_tells import (
    created,
    deprovisioned,
    ended,
    licensed,
    registered,
    told,
    when,
)
from tests.unit.domain.subscriptions.lives import (
    BILLED,
    BY_ACCOUNT,
    BY_CUSTOMER,
    HOUR,
    LEGACY,
    MINE,
    NAMELESS,
    Life,
)
from tests.unit.domain.subscriptions.lives_of_suspects import NAMED_BY_ACCOUNT, NAMED_BY_CUSTOMER

TEN = (Entitlement("calls", Decimal(10), when(0) + timedelta(days=365)),)
OTHERS = (
    Entitlement("calls", Decimal("20.5")),
    Entitlement("support", value=True),
    Entitlement("tier", "gold"),
)


def held(seconds: float, *all_held: Entitlement, identity: BilledIdentity = BILLED) -> Fact:
    """Return what AWS said so many seconds after noon."""
    return entitlements_fact(identity, Entitlements(when(seconds), all_held))


CONTRACTS = {
    "AWS's last answer counts, whatever it says": Life(
        [licensed(61), held(70, *TEN), held(90), held(100, *OTHERS)],
        HOUR,
        {MINE: {"phase": Phase.ACTIVE, "entitlements": Entitlements(when(100), OTHERS)}},
    ),
    "a contract that runs and holds nothing holds nothing": Life(
        [licensed(61), held(70, *TEN), held(90)],
        HOUR,
        {MINE: {"entitlements": Entitlements(when(90))}},
    ),
    "AWS never said": Life([licensed(61), registered(82)], HOUR, {MINE: {"entitlements": None}}),
    "what AWS says at and after the end is no answer for the time before": Life(
        [created(0), licensed(61), held(70, *TEN), ended(7_000), held(7_000), held(7_100)],
        7_200,
        {MINE: {"phase": Phase.ENDING, "entitlements": Entitlements(when(70), TEN)}},
    ),
    "of what AWS said after the end alone the first counts": Life(
        [licensed(61), ended(7_000), held(7_001, *TEN), held(7_200)],
        7_300,
        {MINE: {"entitlements": Entitlements(when(7_001), TEN)}},
    ),
    "a license that is there again has what AWS says since": Life(
        [licensed(61), held(70, *TEN), deprovisioned(7_000), held(7_100), licensed(7_200)],
        7_300,
        {MINE: {"phase": Phase.ACTIVE, "entitlements": Entitlements(when(7_100))}},
    ),
    "before the start AWS gives no answer": Life(
        [created(0, startTime=when(9_000).isoformat()), licensed(61), held(70)],
        9_100,
        {MINE: {"phase": Phase.ACTIVE, "entitlements": None}},
    ),
    "an account that waited for its license holds what the license does": Life(
        [NAMELESS, licensed(61), held(70, *TEN)],
        HOUR,
        {
            BY_ACCOUNT: {"alias_of": MINE, "entitlements": Entitlements(when(70), TEN)},
            MINE: {"entitlements": Entitlements(when(70), TEN)},
        },
    ),
    "a legacy buyer's account holds what AWS last said of either name": Life(
        [
            LEGACY,
            told("subscribe-success", 10),
            held(100, *TEN, identity=NAMED_BY_CUSTOMER),
            held(200, *OTHERS, identity=NAMED_BY_ACCOUNT),
        ],
        HOUR,
        {
            BY_CUSTOMER: {"entitlements": Entitlements(when(100), TEN)},
            BY_ACCOUNT: {"entitlements": Entitlements(when(200), OTHERS)},
        },
        legacy=True,
    ),
    "an account without a customer's name holds what AWS says of it": Life(
        [NAMELESS, held(200, *OTHERS, identity=NAMED_BY_ACCOUNT)],
        HOUR,
        {BY_ACCOUNT: {"entitlements": Entitlements(when(200), OTHERS)}},
        legacy=True,
    ),
}
