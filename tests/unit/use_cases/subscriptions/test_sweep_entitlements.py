"""The sweep asks what those contracts hold of which something is to be learned, within quotas."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.subscription import ResolvedCustomer, Subscription
from meterhouse.errors import (
    MarketplaceError,
    MarketplaceOutageError,
    MarketplaceRefusedError,
    MarketplaceThrottledError,
)
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.sweep_agreements import SweepAgreements, SweepAnswer
from meterhouse.use_cases.subscriptions.sweep_entitlements import SECONDS_KEPT, SweepEntitlements
from tests.fakes.entitlements import InMemoryEntitlements
from tests.unit.domain.subscriptions.aws_tells import ended
from tests.unit.use_cases.subscriptions.sweeping import (
    SweptHouse,
    busiest_second,
    license_of,
    told_of,
)

OTHER = "borealis"


class Timed(InMemoryEntitlements):
    """Notes when it was asked."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.now = now
        self.asked_at: list[datetime] = []

    def entitlements_of(self, subscription: Subscription) -> tuple[Entitlement, ...]:
        self.asked_at.append(self.now())
        return super().entitlements_of(subscription)


class House(SweptHouse):
    """A deployment that asks for entitlements after it swept."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.aws.create_product(code=OTHER, title="Borealis")
        self.service = Timed(self.clock.now)

    def sweep(
        self, *, from_beginning: bool = False, seconds_left: float = 600.0, begins: float = 60.0
    ) -> SweepAnswer:
        self.clock.move_to(self.clock.now() + timedelta(seconds=begins), seconds_left=seconds_left)
        ask = AskEntitlements(self.service, self.keep, self.clock)
        entitlements = SweepEntitlements(ask, self.book.living, self.clock, self.report)
        sweep = SweepAgreements(
            self.agreements,
            self.book,
            self.keep,
            self._start_run,
            self.clock,
            self.report,
            entitlements,
        )
        return sweep(from_beginning=from_beginning)

    def adopt(self, count: int = 1, code: str = "atlas") -> list[Agreement]:
        """Let buyers accept who come to the page, too."""
        sold = self.sell(count, code)
        for one in sold:
            self.keep.learn(self._visit(one))
            self.service.held[license_of(one)] = (Entitlement("calls", Decimal(10)),)
        return sold

    def _visit(self, one: Agreement) -> Fact:
        customer = ResolvedCustomer(
            one.product_code,
            one.customer_aws_account_id,
            license_arn=one.license_arn,
            agreement_id=one.agreement_id,
        )
        return registration(customer, self.clock.now(), trial=False)

    def asked(self) -> list[SubscriptionKey]:
        """Return who was asked for since the last time."""
        asked, self.service.asked = self.service.asked, []
        return asked


@pytest.fixture
def house() -> House:
    return House()


def test_who_was_never_asked_for_is_asked_for_once(house: House) -> None:
    sold = house.adopt(3)

    answer = house.sweep()

    assert answer.entitlements_left == 0
    assert sorted(house.asked()) == sorted(map(license_of, sold))
    held = house.state(sold[0]).entitlements
    assert held is not None
    assert held.quantity_of("calls") == 10
    house.sweep()
    assert house.asked() == []


def test_whose_agreement_changed_is_asked_for_once(house: House) -> None:
    changed, _ = house.adopt(2)
    house.sweep()
    house.asked()
    house.clock.pause(60)
    house.aws.desks.agreements.amend(changed.agreement_id, prices=())

    house.sweep(begins=2_000)

    assert house.asked() == [license_of(changed)]
    house.sweep()
    assert house.asked() == []


def test_what_expired_is_asked_for_once(house: House) -> None:
    expiring, _ = house.adopt(2)
    until = house.clock.now() + timedelta(days=30)
    house.service.held[license_of(expiring)] = (Entitlement("calls", Decimal(10), until),)
    house.sweep()
    house.asked()
    house.wait(31)

    house.sweep()

    assert house.asked() == [license_of(expiring)]
    house.sweep()
    assert house.asked() == []


def test_who_has_ended_is_not_asked_for(house: House) -> None:
    [gone] = house.adopt()
    house.keep.learn(ended(0, id=gone.agreement_id))
    house.aws.end_agreement(gone.agreement_id)

    house.sweep()

    assert house.asked() == []


def test_who_has_two_names_is_asked_for_once(house: House) -> None:
    [sold] = house.sell()
    customer = ResolvedCustomer(sold.product_code, sold.customer_aws_account_id)
    house.keep.learn(registration(customer, house.clock.now(), trial=False))
    for fact in told_of(sold):
        house.keep.learn(fact)
    assert len(house.book.subscriptions) == 2

    house.sweep()

    assert house.asked() == [license_of(sold)]


def test_whom_only_the_agreement_api_told_of_cannot_be_asked_for(house: House) -> None:
    house.sell()

    assert house.sweep().entitlements_left == 0

    assert house.asked() == []


def test_at_most_half_of_awss_quota_is_used(house: House) -> None:
    house.adopt(40)

    house.sweep()

    assert len(house.service.asked_at) == 40
    assert busiest_second(house.service.asked_at) <= 10


@pytest.mark.parametrize("trouble", [MarketplaceThrottledError("no"), MarketplaceOutageError("no")])
def test_what_passes_by_itself_ends_the_asking_and_not_the_sweep(
    house: House, trouble: MarketplaceError
) -> None:
    sold = house.adopt(2) + house.adopt(1, OTHER)
    house.service.trouble = trouble

    answer = house.sweep()

    assert (answer.left, answer.entitlements_left) == (None, 3)
    assert len(house.asked()) == 1
    assert house.report.metrics["EntitlementsNotRead"] == 1
    assert house.report.metrics["SweepsFinished"] == 1
    assert house.logged("entitlements_left") == [{"count": 3}]
    house.service.trouble = None
    house.sweep()
    assert sorted(house.asked()) == sorted(map(license_of, sold))


def test_a_refusal_ends_the_asking_for_that_product_alone(house: House) -> None:
    refused, others = house.adopt(2), house.adopt(2, OTHER)
    denied = MarketplaceRefusedError("InvalidParameterException")
    house.service.troubles = {license_of(one): denied for one in refused}

    answer = house.sweep()

    assert answer.entitlements_left == 2
    asked = house.asked()
    assert {*asked} >= {*map(license_of, others)}
    assert len(asked) == 3


def test_without_time_those_that_are_left_are_asked_for_next_time(house: House) -> None:
    sold = house.adopt(3)

    answer = house.sweep(seconds_left=SECONDS_KEPT + 0.55)
    first = house.asked()
    house.sweep()

    assert answer.entitlements_left == 3 - len(first)
    assert 0 < len(first) < 3
    assert sorted(first + house.asked()) == sorted(map(license_of, sold))
