"""Our clock is not AWS's: what AWS says is dated by AWS, and is right whatever ours shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase, State
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.books import check_books
from tests.fakes.meterhouse import NOON, Meterhouse
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.unit.domain.subscriptions.aws_tells import (
    created,
    deprovisioned,
    ended,
    licensed,
    registered,
    when,
)
from tests.unit.use_cases.billing.leaving import MINUTE, run_until, used_at

SKEWS = (-3_600, -600, -5, 5, 600, 3_600)
ENDS = 20_000
LATER = 50_000


def life(skew: int) -> dict[int, Fact]:
    """Return what is told of a buyer, and when; only a visit is dated by our clock."""
    return {
        0: created(),
        20: registered(20 + skew),
        60: licensed(60),
        ENDS: ended(ENDS),
        ENDS + 31: deprovisioned(ENDS + 31),
    }


def state_at(seconds: int, skew: int) -> State:
    """Return a license's state, kept by processes whose clocks are wrong until then."""
    book, clock = InMemorySubscriptionBook(), VirtualClock(when(0))
    keep = KeepSubscriptions(book, Products(), clock, InMemoryReport())
    for told_at, fact in life(skew).items():
        if told_at <= seconds:
            clock.move_to(when(told_at + skew))
            keep.learn(fact)
    keep.refresh(when(seconds))
    clock.move_to(when(seconds))
    keep.refresh(when(seconds))
    (state,) = (one for key, (_, one) in book.states.items() if key.startswith("license#"))
    # When the buyer came is what our clock says, and may be the last that is known.
    return replace(state, registered_at=None, phase_at=when(0))


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("seconds", [10_000, LATER])
def test_a_state_is_the_same_once_a_right_clock_has_looked(seconds: int, skew: int) -> None:
    assert state_at(seconds, skew) == state_at(seconds, 0)


def test_it_is_what_aws_says() -> None:
    state = state_at(LATER, skew=-600)

    assert (state.phase, state.starts_at) == (Phase.ENDED, when(0))
    assert (state.ended_at, state.has_access) == (when(ENDS), False)


@pytest.mark.parametrize("skew", [-10 * MINUTE, -5 * MINUTE, 5 * MINUTE, 10 * MINUTE], ids=str)
def test_all_that_was_used_is_billed_although_aws_dates_the_end_otherwise(skew: timedelta) -> None:
    house = Meterhouse()
    house.clock.move_to(NOON + 30 * MINUTE)
    buyer = house.buyer()
    used_at(house, buyer, NOON + 20 * MINUTE, quantity=3)
    now = NOON + 40 * MINUTE
    house.clock.move_to(now)
    house.marketplace.end_agreement(buyer.agreement_id)
    key = house.key(buyer).subscription
    house.subscriptions.end(key, now + skew, timedelta(hours=1))

    run_until(house, now + 50 * MINUTE)

    assert sum(house.billed(buyer).values()) == 3
    assert house.reconcile().pending == 0
    check_books(house)
