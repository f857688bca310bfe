"""After an event that can change a contract AWS is asked what it holds: at once, or again."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.track_agreements import ASK_SECONDS_MIN, TrackAgreements
from tests.fakes.entitlements import InMemoryEntitlements
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.builders import PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    CUSTOMER,
    LICENSE,
    OTHER_LICENSE,
    event,
    notification,
    when,
)
from tests.unit.domain.subscriptions.lives import BY_CUSTOMER

MINE, OTHER = license_key(LICENSE), license_key(OTHER_LICENSE)
TEN = (Entitlement("calls", Decimal(10)),)
TWENTY = (Entitlement("calls", Decimal(20)),)


class House:
    """Everything that `track_agreements` works with where it asks."""

    def __init__(self, *legacy: str, is_asking: bool = True) -> None:
        self.clock = VirtualClock(when(7_100), seconds_left=60)
        self.service = InMemoryEntitlements({MINE: TEN, OTHER: TEN})
        self.book, self.report = InMemorySubscriptionBook(), InMemoryReport()
        products = Products(legacy=frozenset(legacy))
        keep = KeepSubscriptions(self.book, products, self.clock, self.report)
        ask = AskEntitlements(self.service, keep, self.clock) if is_asking else None
        self.runs = 0
        self.track_agreements = TrackAgreements(keep, self._start_run, self.report, ask)

    def track(self, *documents: object) -> list[str]:
        bodies = {str(number): json.dumps(one) for number, one in enumerate(documents)}
        return self.track_agreements(bodies)

    def _start_run(self, ending: object) -> None:
        assert ending
        assert self.service.asked == [], "an end comes first"
        self.runs += 1

    def held(self, key: SubscriptionKey = MINE) -> tuple[Entitlement, ...] | None:
        entitlements = self.book.states[FolderKey(key)][1].entitlements
        return None if entitlements is None else entitlements.all


def updated(seconds: float = 61, license_arn: str = LICENSE, **agreement: str) -> object:
    name = "License Updated - Manufacturer"
    return event(name, seconds, license_arn=license_arn, **agreement)


def agreement(what: str, seconds: float = 100, **more: str) -> object:
    return event(f"Purchase Agreement {what} - Proposer", seconds, **more)


def test_a_license_that_is_updated_is_asked_for() -> None:
    house = House()

    assert house.track(updated()) == []

    assert house.held() == TEN
    assert house.service.asked == [MINE]


@pytest.mark.parametrize("what", ["Amended", "Created"])
def test_an_agreement_that_changes_has_its_license_asked_for(what: str) -> None:
    house = House()
    house.track(updated())
    house.service.held[MINE] = TWENTY

    assert house.track(agreement(what)) == []

    assert house.held() == TWENTY


@pytest.mark.parametrize("what", ["Ending", "Advisory Issued", "Ended"])
def test_what_changes_no_contract_asks_for_nothing(what: str) -> None:
    house = House(is_asking=False)
    house.track(updated())
    asking = House()
    asking.book.states = house.book.states
    asking.book.facts = house.book.facts
    asking.book.reads = house.book.reads

    assert asking.track(agreement(what)) == []

    assert asking.service.asked == []


@pytest.mark.parametrize(
    ("action", "topic"),
    [("subscribe-success", "subscription"), ("entitlement-updated", "entitlement")],
)
def test_a_legacy_buyer_is_asked_for(action: str, topic: str) -> None:
    house = House(PRODUCT_CODE)
    customer = SubscriptionKey(BY_CUSTOMER)
    house.service.held[customer] = TWENTY

    assert house.track(notification(action, 10, topic=topic)) == []

    assert CUSTOMER in customer
    assert house.held(customer) == TWENTY


def test_who_has_ended_in_the_meantime_is_not_asked_for_and_the_run_starts_first() -> None:
    house = House()
    other = updated(license_arn=OTHER_LICENSE, id="agmt-2")

    assert house.track(agreement("Ended", 7_000, status="CANCELLED"), updated(), other) == []

    assert house.runs == 1
    assert house.service.asked == [OTHER]


def test_each_is_asked_for_once_whatever_a_batch_tells_of_him() -> None:
    house = House()

    assert house.track(agreement("Created", 0), updated(), updated(62), agreement("Amended")) == []

    assert house.service.asked == [MINE]


@pytest.mark.parametrize(
    ("trouble", "kept"),
    [
        (MarketplaceThrottledError("simulated"), ["0"]),
        (MarketplaceOutageError("simulated"), ["0"]),
        (MarketplaceRefusedError("simulated"), []),
    ],
)
def test_only_what_passes_by_itself_brings_the_message_back(
    trouble: MarketplaceError, kept: list[str]
) -> None:
    house = House()
    house.service.troubles = {MINE: trouble}
    other = updated(license_arn=OTHER_LICENSE, id="agmt-2")

    assert house.track(updated(), other) == kept

    assert house.held() is None
    assert house.held(OTHER) == TEN
    assert house.report.metrics["EntitlementsNotRead"] == 1
    (told,) = [fields for name, fields in house.report.events if name == "entitlements_not_read"]
    assert told == {"subscription": MINE, "error": "simulated"}
    house.service.troubles = {}
    assert house.track(updated()) == []
    assert house.held() == TEN


def test_without_time_the_message_comes_back() -> None:
    house = House()
    house.clock.move_to(house.clock.now(), seconds_left=ASK_SECONDS_MIN - 0.1)

    assert house.track(updated()) == ["0"]

    assert house.service.asked == []
    house.clock.move_to(house.clock.now() + timedelta(seconds=1), seconds_left=ASK_SECONDS_MIN)
    assert house.track(updated()) == []
    assert house.held() == TEN


def test_aws_is_not_asked_where_that_is_not_chosen() -> None:
    house = House(is_asking=False)

    assert house.track(updated()) == []

    assert house.held() is None
