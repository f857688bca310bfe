"""The contract of the states that the seller's API reads, held by the fake and the table alike."""

from dataclasses import replace

import pytest

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.own_facts import registration
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.state import Phase
from meterhouse.ports.subscriptions import StatePage
from tests.integration.adapters.shelves import KEY, LICENSED, NOW, Shelf, register
from tests.unit.domain.builders import ACCOUNT, LICENSE_ARN
from tests.unit.domain.subscriptions.aws_tells import created, ended, licensed

LICENSES = [f"{LICENSE_ARN[:-2]}{number:02}" for number in range(7)]


def folders(page: StatePage) -> list[str]:
    return [one.folder for one in page.states]


def register_seven(shelf: Shelf) -> set[str]:
    """Register seven subscriptions of one account."""
    keys = [
        register(shelf, replace(LICENSED, license_arn=one, agreement_id=None)) for one in LICENSES
    ]
    return {str(key) for (key,) in keys}


def test_a_subscription_is_read_as_it_stands(shelf: Shelf) -> None:
    assert shelf.states.read(KEY) is None

    register(shelf)
    shelf.learn(licensed(1), ended(2))

    state = shelf.states.read(KEY)
    assert state is not None
    assert state.subscription is not None
    assert (state.subscription.key, state.ended_at) == (KEY, ended(2).at)


def test_what_is_another_products_is_nobodys_here(shelf: Shelf) -> None:
    shelf.learn(created(0), licensed(1))
    assert shelf.states.read(KEY) is not None
    keep = replace(shelf.keep(), products=Products(frozenset({"another"})))
    keep.learn(licensed(2))

    assert shelf.states.read(KEY) is None
    assert not [one for phase in Phase for one in shelf.states.in_phase(phase, count_max=9).states]


@pytest.mark.parametrize("by", ["phase", "account"])
@pytest.mark.parametrize("count_max", [2, 3, 7, 8])
def test_pages_have_each_subscription_once(shelf: Shelf, by: str, count_max: int) -> None:
    known = register_seven(shelf)

    def page(after: tuple[str, ...] | None) -> StatePage:
        if by == "phase":
            return shelf.states.in_phase(Phase.ACTIVE, count_max=count_max, after=after)
        return shelf.states.of_account(ACCOUNT, count_max=count_max, after=after)

    found = [one := page(None)]
    while one.after is not None:
        found.append(one := page(one.after))

    assert max(len(one.states) for one in found) == min(count_max, 7)
    assert sorted(folder for one in found for folder in folders(one)) == sorted(known)


def test_a_list_has_its_own_phase_and_its_own_account_alone(shelf: Shelf) -> None:
    register(shelf)
    elsewhere = replace(
        LICENSED, license_arn=LICENSES[0], customer_aws_account_id="9" * 12, agreement_id=None
    )
    (other,) = register(shelf, elsewhere)
    shelf.learn(licensed(1), ended(2))

    assert folders(shelf.states.of_account(ACCOUNT, count_max=9)) == [KEY]
    assert folders(shelf.states.in_phase(Phase.ACTIVE, count_max=9)) == [other]


def test_a_page_that_begins_where_another_list_goes_on_stays_in_its_own(shelf: Shelf) -> None:
    known = register_seven(shelf)

    made_up = shelf.states.of_account("9" * 12, count_max=9, after=(min(known),))

    assert folders(made_up) == []


def test_a_key_that_nobody_has_is_no_subscription(shelf: Shelf) -> None:
    shelf.learn(registration(LICENSED, NOW, trial=False))

    assert shelf.states.read(SubscriptionKey("license#l-nobody")) is None
