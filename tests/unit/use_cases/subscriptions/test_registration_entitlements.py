"""At registration AWS is asked what the buyer's contract holds; nobody is turned away over it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.errors import (
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MeterhouseError,
    StorageUnavailableError,
)
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.register_customer import (
    ENTITLEMENTS_SECONDS_MIN,
    RegisterCustomer,
    Registered,
)
from tests.fakes.entitlements import InMemoryEntitlements
from tests.fakes.meterhouse import Meterhouse
from tests.unit.use_cases.subscriptions.sweeping import folder_of, license_of

TEN = (Entitlement("calls", Decimal(10)),)


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


@pytest.fixture
def service() -> InMemoryEntitlements:
    return InMemoryEntitlements()


@pytest.fixture
def asking(house: Meterhouse, service: InMemoryEntitlements) -> RegisterCustomer:
    """Return the use case as it is where AWS is asked."""
    ask = AskEntitlements(service, house.keeper(), house.clock)
    return replace(house.register_customer(), ask=ask)


def land(house: Meterhouse, register: RegisterCustomer) -> tuple[Registered, FolderKey]:
    agreement = house.subscribe()
    return register.resolve(house.token_of(agreement), trial=False), folder_of(agreement)


def held(house: Meterhouse, folder: FolderKey) -> tuple[Entitlement, ...] | None:
    entitlements = house.subscriptions.states[folder][1].entitlements
    return None if entitlements is None else entitlements.all


def test_what_a_buyers_contract_holds_is_known_when_he_comes(
    house: Meterhouse, service: InMemoryEntitlements, asking: RegisterCustomer
) -> None:
    agreement = house.subscribe()
    service.held[license_of(agreement)] = TEN

    asking.resolve(house.token_of(agreement), trial=False)

    assert held(house, folder_of(agreement)) == TEN
    assert service.asked == [license_of(agreement)]


@pytest.mark.parametrize(
    "trouble",
    [MarketplaceOutageError("simulated"), MarketplaceRefusedError("simulated")],
)
def test_aws_without_an_answer_costs_the_buyer_nothing(
    house: Meterhouse,
    service: InMemoryEntitlements,
    asking: RegisterCustomer,
    trouble: MarketplaceOutageError,
) -> None:
    service.trouble = trouble

    registered, folder = land(house, asking)

    assert registered.reference == "reference-1"
    assert held(house, folder) is None
    assert house.report.metrics["EntitlementsNotRead"] == 1
    confirmed = asking.confirm("reference-1", email="ada@example.com", company="", name="")
    assert confirmed.email == "ada@example.com"


def test_an_answer_that_cannot_be_stored_costs_the_buyer_nothing(
    house: Meterhouse, asking: RegisterCustomer
) -> None:
    class Full(AskEntitlements):
        def __call__(self, *_: object, **__: object) -> MeterhouseError:  # type: ignore[override]
            raise StorageUnavailableError("simulated")

    assert asking.ask is not None
    full = Full(asking.ask.service, asking.ask.keep, asking.ask.clock)

    registered, _ = land(house, replace(asking, ask=full))

    assert registered.reference == "reference-1"
    assert house.report.metrics["EntitlementsNotRead"] == 1


def test_nothing_is_asked_when_it_would_take_the_pages_time(
    house: Meterhouse, service: InMemoryEntitlements, asking: RegisterCustomer
) -> None:
    house.clock.move_to(house.clock.now(), seconds_left=ENTITLEMENTS_SECONDS_MIN - 0.1)

    land(house, asking)

    assert service.asked == []
    assert house.report.metrics["EntitlementsNotRead"] == 1
    house.clock.move_to(house.clock.now(), seconds_left=ENTITLEMENTS_SECONDS_MIN)
    land(house, asking)
    assert len(service.asked) == 1


def test_aws_is_not_asked_where_that_is_not_chosen(house: Meterhouse) -> None:
    _, folder = land(house, house.register_customer())

    assert held(house, folder) is None
    assert house.report.failures == []
