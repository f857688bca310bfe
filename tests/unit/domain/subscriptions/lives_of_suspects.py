"""Lives of buyers whose records AWS refuses though their subscription runs."""

from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    SubscriptionKey,
)
from meterhouse.domain.subscriptions.own_facts import metering_answer
from meterhouse.domain.subscriptions.state import Flag, Phase
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.suspicion import Suspicion
from tests.unit.domain.builders import ACCOUNT, PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    CUSTOMER,
    created,
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
    Life,
)

SUSPECTED = (Flag.SUSPENSION_SUSPECTED,)
NAMED_BY_ACCOUNT = LegacyAccountIdentity(PRODUCT_CODE, ACCOUNT)
NAMED_BY_CUSTOMER = LegacyCustomerIdentity(PRODUCT_CODE, CUSTOMER)


def _answered(seconds: float, *, is_raised: bool, identity: BilledIdentity) -> Fact:
    subscription = Subscription(SubscriptionKey("-"), PRODUCT_CODE, identity)
    return metering_answer(Suspicion(subscription, when(seconds), is_raised=is_raised))


def refused(seconds: float, identity: BilledIdentity = BILLED) -> Fact:
    """Return that AWS refused a record."""
    return _answered(seconds, is_raised=True, identity=identity)


def accepted(seconds: float, identity: BilledIdentity = BILLED) -> Fact:
    """Return that AWS took a record again."""
    return _answered(seconds, is_raised=False, identity=identity)


SUSPECTS = {
    "refusals make a suspension suspected and take no access": Life(
        [created(0), licensed(61), registered(82), refused(100), accepted(200), refused(300)],
        HOUR,
        {
            MINE: {
                "phase": Phase.ACTIVE,
                "flags": SUSPECTED,
                "has_access": True,
                "identity": BILLED,
            }
        },
    ),
    "a record that is taken clears it, also one of the same moment": Life(
        [licensed(61), refused(100), accepted(300), refused(300)],
        HOUR,
        {MINE: {"flags": (), "has_access": True}},
    ),
    "an end that is told late explains a refusal": Life(
        [licensed(61), refused(7_000), ended(7_000)],
        7_100,
        {MINE: {"phase": Phase.ENDING, "flags": ()}},
    ),
    "an end does not explain a refusal before it": Life(
        [licensed(61), refused(6_999), ended(7_000)],
        7_100,
        {MINE: {"phase": Phase.ENDING, "flags": SUSPECTED}},
    ),
    "a start that lies ahead explains a refusal": Life(
        [created(0, startTime=when(9_000).isoformat()), licensed(61), refused(100)],
        9_100,
        {MINE: {"phase": Phase.ACTIVE, "flags": ()}},
    ),
    "a legacy buyer is suspected under each of his names": Life(
        [LEGACY, told("subscribe-success", 10), refused(100, NAMED_BY_CUSTOMER)],
        HOUR,
        {BY_CUSTOMER: {"flags": SUSPECTED}, BY_ACCOUNT: {"flags": SUSPECTED, "has_access": True}},
        legacy=True,
    ),
    "a legacy buyer's account is suspected by the answers to either name": Life(
        [
            LEGACY,
            refused(100, NAMED_BY_CUSTOMER),
            accepted(200, NAMED_BY_ACCOUNT),
            refused(300, NAMED_BY_ACCOUNT),
            accepted(400, NAMED_BY_ACCOUNT),
        ],
        HOUR,
        {BY_CUSTOMER: {"flags": SUSPECTED}, BY_ACCOUNT: {"flags": ()}},
        legacy=True,
    ),
}
