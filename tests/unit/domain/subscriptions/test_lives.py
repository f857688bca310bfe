"""Whatever the order in which the facts of a life come, one state comes of them.

Each life is played through `KeepSubscriptions` in every order of its facts, and with each fact told
twice.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from math import factorial

import pytest

from meterhouse.domain.subscriptions.facts import Fact, FolderKey
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import State
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.fakes.world import InMemoryReport, InMemorySubscriptionBook, VirtualClock
from tests.thoroughness import chosen
from tests.unit.domain.builders import PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import when
from tests.unit.domain.subscriptions.lives import LIVES, Life
from tests.unit.domain.subscriptions.lives_of_contracts import CONTRACTS
from tests.unit.domain.subscriptions.lives_of_suspects import SUSPECTS
from tests.unit.domain.subscriptions.lives_of_tenants import TENANTS

ALL = LIVES | SUSPECTS | TENANTS | CONTRACTS


def play(life: Life, facts: Sequence[Fact]) -> dict[FolderKey, State]:
    book = InMemorySubscriptionBook()
    play_into(book, life, facts)
    return {key: state for key, (_, state) in book.states.items()}


def play_into(book: InMemorySubscriptionBook, life: Life, facts: Sequence[Fact]) -> None:
    products = Products(legacy=frozenset({PRODUCT_CODE} if life.legacy else ()))
    clock = VirtualClock(when(life.at))
    keep = KeepSubscriptions(book, products, clock, InMemoryReport())
    for one in facts:
        keep.learn(one)


@pytest.mark.parametrize("life", ALL.values(), ids=ALL)
def test_a_life_comes_to_what_is_expected(life: Life) -> None:
    states = play(life, life.facts)

    for folder, expected in life.expected.items():
        if expected is None:
            assert folder not in states
        else:
            found = states[folder]
            assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize("life", ALL.values(), ids=ALL)
def test_every_order_of_the_facts_comes_to_one_state(life: Life) -> None:
    expected = play(life, life.facts)

    assert len(life.facts) <= 7
    orders = permutations(life.facts)
    for facts in chosen(orders, one_in=1 + factorial(len(life.facts)) // 120):
        assert play(life, facts) == expected


@pytest.mark.parametrize("life", ALL.values(), ids=ALL)
def test_a_repetition_changes_nothing(life: Life) -> None:
    twice = [*life.facts, *life.facts]

    assert play(life, twice) == play(life, life.facts)
    # Nor does one that came at another time, as a registration may.
    again = [replace(one, at=one.at) for one in life.facts]
    assert play(life, [*life.facts, *reversed(again)]) == play(life, life.facts)
