"""Lives of subscriptions that pay for tenants."""

from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.own_facts import tenant_facts
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.domain.subscriptions.tenants import TenantLink
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    CUSTOMER,
    LICENSE,
    OTHER_LICENSE,
    RENEWED,
    created,
    ended,
    licensed,
    registered,
    told,
    when,
)
from tests.unit.domain.subscriptions.lives import (
    BY_ACCOUNT,
    BY_CUSTOMER,
    HOUR,
    MINE,
    NEXT,
    RENEWAL,
    Life,
)


def _linked(tenant: str, seconds: float, until: float | None = None, key: str = MINE) -> list[Fact]:
    over_at = None if until is None else when(until)
    return tenant_facts(key, tenant, TenantLink(key, when(seconds), over_at))  # type: ignore[arg-type]


TENANTS = {
    "a subscription pays for the tenant that was linked": Life(
        [licensed(61), *_linked("acme", 500)], HOUR, {MINE: {"tenant": "acme"}}
    ),
    "what was unlinked pays for nobody": Life(
        [licensed(61), *_linked("acme", 500, 900)], HOUR, {MINE: {"tenant": None}}
    ),
    "another tenant follows, though its clock was late": Life(
        [licensed(61), *_linked("acme", 500, 900), *_linked("initech", 700)],
        HOUR,
        {MINE: {"tenant": "initech"}},
    ),
    "a tenant comes back": Life(
        [
            licensed(61),
            *_linked("acme", 500, 900),
            *_linked("initech", 950, 970),
            *_linked("acme", 980),
        ],
        HOUR,
        {MINE: {"tenant": "acme"}},
    ),
    "an account keeps its tenant when AWS names its license": Life(
        [registered(20, license_arn=None), licensed(61), *_linked("acme", 500, key=BY_ACCOUNT)],
        HOUR,
        {BY_ACCOUNT: {"tenant": "acme", "alias_of": MINE}},
    ),
    "an account says what its customer pays for": Life(
        [
            registered(20, license_arn=None, customer_identifier=CUSTOMER),
            told("subscribe-success", 10),
            *_linked("acme", 500, key=BY_CUSTOMER),
        ],
        HOUR,
        {BY_ACCOUNT: {"tenant": "acme"}, BY_CUSTOMER: {"tenant": "acme"}},
        legacy=True,
    ),
    "a renewed subscription knows the licenses of its successor": Life(
        [
            created(0),
            licensed(61),
            created(7_000, **RENEWAL),
            licensed(7_061, OTHER_LICENSE, id=RENEWED),
            ended(7_001, "RENEWED"),
        ],
        7_100,
        {
            MINE: {"successor": RENEWED, "successor_licenses": (NEXT,), "phase": Phase.ENDING},
            NEXT: {"successor": None, "successor_licenses": (), "phase": Phase.ACTIVE},
        },
    ),
    "a successor whose license is not told yet has none": Life(
        [licensed(61, LICENSE, id=AGREEMENT), created(7_000, **RENEWAL)],
        7_100,
        {MINE: {"successor": RENEWED, "successor_licenses": ()}},
    ),
}
