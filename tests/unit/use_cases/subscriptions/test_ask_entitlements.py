"""AWS is asked what a subscription holds, and what is new of its answer is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import Fact, FolderKey, Kind
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceOutageError, MarketplaceRefusedError
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements, to_ask
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.entitlements import InMemoryEntitlements
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.builders import PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    LICENSE,
    OTHER_LICENSE,
    created,
    ended,
    licensed,
    registered,
    told,
    when,
)
from tests.unit.domain.subscriptions.lives import BY_ACCOUNT, BY_CUSTOMER, LEGACY, MINE, NAMELESS

KEY = license_key(LICENSE)
EXPIRES_AT = when(5_000)
TEN = Entitlement("calls", Decimal(10), EXPIRES_AT)
TWENTY = Entitlement("calls", Decimal(20), EXPIRES_AT)


@dataclass
class House:
    """AWS's entitlement service, and what is known beside it."""

    service: InMemoryEntitlements = field(default_factory=InMemoryEntitlements)
    book: InMemorySubscriptionBook = field(default_factory=InMemorySubscriptionBook)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(when(100)))
    legacy: frozenset[str] = frozenset()

    @property
    def keep(self) -> KeepSubscriptions:
        products = Products(legacy=self.legacy)
        return KeepSubscriptions(self.book, products, self.clock, InMemoryReport())

    def learn(self, *facts: Fact) -> None:
        for fact in facts:
            self.keep.learn(fact)

    def subscription(self, key: str = KEY) -> Subscription:
        return self.book.subscriptions[SubscriptionKey(key)]

    def ask(self, seconds: float, key: str = KEY) -> Entitlements:
        self.clock.move_to(when(seconds))
        return AskEntitlements(self.service, self.keep, self.clock)(self.subscription(key))

    def facts(self, folder: str = MINE) -> Sequence[Fact]:
        facts = self.book.facts.get(FolderKey(folder), {}).values()
        return [one for one in facts if one.kind is Kind.ENTITLEMENTS]

    def to_ask(self, *, if_news: bool = False) -> list[SubscriptionKey]:
        states = [state for _, state in self.book.states.values()]
        return [one.key for one in to_ask(states, self.clock.now(), if_news=if_news)]


@pytest.fixture
def house() -> House:
    house = House()
    house.learn(created(0), licensed(61))
    house.service.held[KEY] = (TEN,)
    return house


def test_what_aws_says_is_known_from_then_on(house: House) -> None:
    said = house.ask(200)

    assert said == Entitlements(when(200), (TEN,))
    assert house.subscription().entitlements == said


def test_the_same_answer_is_kept_once(house: House) -> None:
    first = house.ask(200)

    assert house.ask(300) == first
    assert len(house.service.asked) == 2
    assert len(house.facts()) == 1


@pytest.mark.parametrize(
    "new",
    [(), (TWENTY,), (TEN, TEN), (replace(TEN, expires_at=None),), (replace(TEN, dimension="b"),)],
    ids=["nothing", "more", "another one", "without expiration", "of another dimension"],
)
def test_a_new_answer_is_kept(house: House, new: tuple[Entitlement, ...]) -> None:
    house.ask(200)
    house.service.held[KEY] = new

    assert house.ask(300) == Entitlements(when(300), new)
    assert house.subscription().entitlements == Entitlements(when(300), new)


def test_yes_is_not_one(house: House) -> None:
    house.service.held[KEY] = (Entitlement("calls", Decimal(1)),)
    house.ask(200)
    house.service.held[KEY] = (Entitlement("calls", value=True),)

    assert house.ask(300).all[0].value is True


def test_what_expired_is_confirmed_once(house: House) -> None:
    house.ask(200)

    assert house.ask(6_000) == Entitlements(when(6_000), (TEN,))
    assert house.ask(7_000) == Entitlements(when(6_000), (TEN,))
    assert len(house.facts()) == 2


def test_who_has_ended_keeps_what_he_had_and_is_not_asked_for(house: House) -> None:
    house.ask(200)
    house.service.held.clear()
    house.learn(ended(6_000))

    assert house.ask(6_100) == Entitlements(when(200), (TEN,))
    assert len(house.service.asked) == 1


def test_who_has_ended_is_asked_for_if_aws_never_answered(house: House) -> None:
    house.learn(ended(6_000))

    assert house.ask(6_100) == Entitlements(when(6_100), (TEN,))
    house.service.held.clear()
    assert house.ask(6_200) == Entitlements(when(6_100), (TEN,))


def test_an_end_that_is_told_later_brings_back_what_was_held(house: House) -> None:
    house.ask(200)
    house.service.held.clear()
    assert house.ask(6_100) == Entitlements(when(6_100))
    house.learn(ended(6_000))

    assert house.subscription().entitlements == Entitlements(when(200), (TEN,))


def test_without_an_answer_nothing_is_stored(house: House) -> None:
    house.service.trouble = MarketplaceOutageError("simulated")

    with pytest.raises(MarketplaceOutageError):
        house.ask(200)

    assert house.facts() == []
    assert house.subscription().entitlements is None


@pytest.mark.parametrize("code", ["", "prod-atlas"], ids=["none", "the product's id"])
def test_without_a_products_code_aws_cannot_be_asked(house: House, code: str) -> None:
    nameless = replace(house.subscription(), product_code=code)
    house.book.subscriptions[KEY] = nameless

    with pytest.raises(MarketplaceRefusedError, match="code"):
        house.ask(200)

    assert house.service.asked == []


def test_what_the_license_of_an_account_holds_the_account_holds() -> None:
    house = House()
    house.learn(NAMELESS, licensed(61))
    house.service.held[KEY] = (TEN,)

    assert house.ask(200, BY_ACCOUNT) == Entitlements(when(200), (TEN,))
    assert house.subscription(BY_ACCOUNT).entitlements == Entitlements(when(200), (TEN,))
    assert house.subscription(MINE).entitlements == Entitlements(when(200), (TEN,))
    assert house.service.asked == [KEY]


def test_each_name_of_a_legacy_buyer_can_be_asked_for() -> None:
    house = House(legacy=frozenset({PRODUCT_CODE}))
    house.learn(LEGACY)
    house.service.held = {SubscriptionKey(BY_CUSTOMER): (TEN,), SubscriptionKey(BY_ACCOUNT): ()}

    assert house.ask(200, BY_CUSTOMER) == Entitlements(when(200), (TEN,))
    assert house.subscription(BY_ACCOUNT).entitlements == Entitlements(when(200), (TEN,))
    assert house.ask(300, BY_ACCOUNT) == Entitlements(when(300))
    assert house.subscription(BY_CUSTOMER).entitlements == Entitlements(when(200), (TEN,))


def test_every_subscription_that_runs_is_asked_for_once(house: House) -> None:
    house.learn(registered(70), licensed(62, OTHER_LICENSE, id="agmt-2"))

    assert {*house.to_ask()} == {KEY, license_key(OTHER_LICENSE)}


def test_a_legacy_buyer_is_asked_for_by_one_of_his_names() -> None:
    house = House(legacy=frozenset({PRODUCT_CODE}))
    house.learn(LEGACY, told("subscribe-success", 10))

    assert house.to_ask() == [SubscriptionKey(BY_CUSTOMER)]


@pytest.mark.parametrize(
    "fact",
    [
        ended(90),
        created(1, startTime=when(9_000).isoformat()),
    ],
    ids=["who has ended", "who begins later"],
)
def test_who_holds_nothing_now_is_not_asked_for(house: House, fact: Fact) -> None:
    house.learn(fact)

    assert house.to_ask() == []


def test_only_what_is_not_known_or_has_expired_is_asked_for(house: House) -> None:
    assert house.to_ask(if_news=True) == [KEY]
    house.ask(200)
    assert house.to_ask(if_news=True) == []
    assert house.to_ask() == [KEY]
    house.clock.move_to(EXPIRES_AT + timedelta(seconds=1))
    assert house.to_ask(if_news=True) == [KEY]
