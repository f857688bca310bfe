"""The contract of the entitlement service, held by the fake and, over the sandbox, by the SDK."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import pytest
from botocore.config import Config
from marketplace_sandbox.testing import (
    Agreement,
    Dimension,
    DimensionKind,
    Grant,
    InProcessMarketplace,
    MeteringMode,
    NewAgreement,
    ValueType,
    serve_beside,
)

from meterhouse.adapters.entitlements import ENTITLEMENTS_CONFIG, EntitlementsApi
from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import (
    BilledIdentity,
    LegacyAccountIdentity,
    LegacyCustomerIdentity,
    LicenseIdentity,
    SubscriptionKey,
    billed_key,
)
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceRefusedError
from meterhouse.ports.entitlements import EntitlementService
from tests.fakes.entitlements import InMemoryEntitlements
from tests.integration.adapters.scripted_server import entitlement_client
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN, NOON_AT

type Granted = Mapping[str, Decimal | bool | str]

GRANTED: Granted = {"tier": "gold", "support": True, "share": Decimal("0.5"), "calls": Decimal(5)}
ALL = (
    ("calls", Decimal(5)),
    ("share", Decimal("0.5")),
    ("support", True),
    ("tier", "gold"),
)
_TYPES = {
    "calls": ValueType.INTEGER,
    "share": ValueType.DOUBLE,
    "support": ValueType.BOOLEAN,
    "tier": ValueType.STRING,
}


class World(Protocol):
    """An entitlement service, and who can make contracts there."""

    @property
    def service(self) -> EntitlementService:
        """The one that is tried."""

    def sign(self, granted: Granted) -> list[Subscription]:
        """Let somebody sign, who is known to AWS by each of the identities that are returned."""


@dataclass
class InMemory:
    """The fake."""

    service: InMemoryEntitlements = field(default_factory=InMemoryEntitlements)
    signed: int = 0

    def sign(self, granted: Granted) -> list[Subscription]:
        self.signed += 1
        identity = LicenseIdentity(ACCOUNT, f"{LICENSE_ARN}{self.signed}")
        held = tuple(Entitlement(name, value) for name, value in granted.items())
        self.service.held[billed_key(identity)] = held
        return [subscription_of("contract", identity)]


@dataclass
class InSandbox:
    """The SDK over the sandbox."""

    service: EntitlementService
    marketplace: InProcessMarketplace
    code: str

    def sign(self, granted: Granted) -> list[Subscription]:
        grants = tuple(Grant(name, _granted(value)) for name, value in granted.items())
        new = NewAgreement(self.code, grants=grants)
        agreement = self.marketplace.desks.agreements.subscribe(new)
        return [subscription_of(self.code, one) for one in identities_of(agreement)]


def subscription_of(code: str, identity: BilledIdentity) -> Subscription:
    return Subscription(SubscriptionKey("-"), code, identity)


def identities_of(agreement: Agreement) -> Iterator[BilledIdentity]:
    account, code = agreement.customer_aws_account_id, agreement.product_code
    if agreement.license_arn is not None:
        yield LicenseIdentity(account, agreement.license_arn)
        return
    assert agreement.customer_identifier is not None
    yield LegacyCustomerIdentity(code, agreement.customer_identifier)
    yield LegacyAccountIdentity(code, account)


def _granted(value: Decimal | bool | str) -> int | float | bool | str:  # noqa: FBT001 - a value
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


@pytest.fixture(params=["in memory", MeteringMode.LICENSE, MeteringMode.LEGACY])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "in memory":
        yield InMemory()
        return
    marketplace = InProcessMarketplace(clock=lambda: NOON_AT)
    dimensions = [
        Dimension(name, DimensionKind.ENTITLED, value_type=_TYPES[name]) for name in _TYPES
    ]
    marketplace.create_product(code="contract", mode=request.param, dimensions=dimensions)
    # A busy machine may take its time.
    patient = ENTITLEMENTS_CONFIG.merge(Config(read_timeout=30))
    with serve_beside(marketplace) as url:
        service = EntitlementsApi(entitlement_client(url, patient))
        yield InSandbox(service, marketplace, "contract")


def test_all_that_somebody_holds_is_told_by_dimension(world: World) -> None:
    world.sign({"calls": Decimal(7)})

    for subscription in world.sign(GRANTED):
        held = world.service.entitlements_of(subscription)
        assert tuple((one.dimension, one.value) for one in held) == ALL


def test_who_holds_nothing_holds_nothing(world: World) -> None:
    world.sign(GRANTED)

    for subscription in world.sign({}):
        assert world.service.entitlements_of(subscription) == ()


def test_the_sandbox_hides_a_contract_behind_pages_without_one() -> None:
    marketplace = InProcessMarketplace(clock=lambda: NOON_AT)
    calls = Dimension("calls", DimensionKind.ENTITLED)
    marketplace.create_product(code="contract", dimensions=[calls])
    with serve_beside(marketplace) as url:
        service = EntitlementsApi(entitlement_client(url, ENTITLEMENTS_CONFIG))
        world = InSandbox(service, marketplace, "contract")
        for number in range(60):
            (last,) = world.sign({"calls": Decimal(number)})

        (held,) = service.entitlements_of(last)
        asked = len(marketplace.calls())

        assert held.value == Decimal(59)
        assert held.expires_at is not None
        assert held.expires_at > NOON_AT
        assert asked == 3
        with pytest.raises(MarketplaceRefusedError, match="InvalidParameterException"):
            service.entitlements_of(subscription_of("unknown", last.identity))
