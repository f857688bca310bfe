"""Links that are made and ended at the same time, and linking that breaks off: both sides agree."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

import pytest

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import LinkRefusedError, StorageUnavailableError
from tests.unit.use_cases.subscriptions.linking import (
    ACME,
    BOUGHT,
    BOUGHT_AGAIN,
    INITECH,
    MINE,
    NEXT,
    STRANGER_BOUGHT,
    STRANGERS,
    House,
    house_of,
)

STEPS = {"tenants": ("open", "add", "end", "links"), "book": ("add", "link", "open", "keep")}
type Request = Callable[[House], object]


def request(verb: str, tenant: SubscriptionKey, key: SubscriptionKey) -> Request:
    def send(house: House) -> None:
        with suppress(LinkRefusedError):
            getattr(house.linking, verb)(tenant, key)

    return send


link, unlink = partial(request, "link"), partial(request, "unlink")


class Steps:
    """Every call of a house's ports is a step, before which something may happen or after which
    the caller dies.
    """

    def __init__(self, house: House) -> None:
        self.calls = 0
        self.before: dict[int, Callable[[], object]] = {}
        self.dies_after = 0
        for part, names in STEPS.items():
            for name in names:
                port = getattr(house, part)
                setattr(port, name, self._stepped(getattr(port, name)))

    def _stepped(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: object, **named: object) -> object:
            self.calls += 1
            number = self.calls
            self.before.pop(number, lambda: None)()
            answer = method(*args, **named)
            if number == self.dies_after:
                self.dies_after = 0
                raise StorageUnavailableError("simulated")
            return answer

        return call


def prepared(*before: Request) -> House:
    house = house_of(BOUGHT, BOUGHT_AGAIN, STRANGER_BOUGHT)
    for send in before:
        send(house)
    return house


def calls_of(send: Request, *before: Request) -> int:
    house = prepared(*before)
    steps = Steps(house)
    send(house)
    return steps.calls


def agree(house: House) -> None:
    """Hold that states, links and claims tell the same, and nobody pays for two."""
    paying = {
        key: {str(tenant) for tenant in (ACME, INITECH) if key in house.paying(tenant)}
        for key in (MINE, NEXT, STRANGERS)
    }
    told = {key: house.book.states[FolderKey(key)][1].tenant for key in paying}

    assert all(len(tenants) <= 1 for tenants in paying.values()), paying
    assert paying == {key: {f"tenant#{one}"} if one else set() for key, one in told.items()}
    claims = {key: {str(one)} for key, one in house.tenants.claims.items()}
    assert claims == {key: tenants for key, tenants in paying.items() if tenants}
    for tenant in (ACME, INITECH):
        assert len({house.state(key).account_id for key in house.paying(tenant)}) <= 1


CROSSINGS: list[tuple[Request, Request, tuple[Request, ...]]] = [
    (link(ACME, MINE), link(INITECH, MINE), ()),
    (link(ACME, MINE), link(ACME, STRANGERS), ()),
    (link(ACME, MINE), link(ACME, NEXT), ()),
    (link(ACME, MINE), link(ACME, MINE), ()),
    (link(ACME, MINE), unlink(ACME, MINE), (link(ACME, MINE),)),
    (unlink(ACME, MINE), link(ACME, MINE), (link(ACME, MINE),)),
    (unlink(ACME, MINE), link(INITECH, MINE), (link(ACME, MINE),)),
    (link(ACME, STRANGERS), unlink(ACME, MINE), (link(ACME, MINE),)),
    (unlink(ACME, MINE), unlink(ACME, MINE), (link(ACME, MINE),)),
]


@pytest.mark.parametrize(("first", "second", "before"), CROSSINGS)
def test_requests_that_cross_leave_both_sides_of_one_mind(
    first: Request, second: Request, before: tuple[Request, ...]
) -> None:
    for step in range(1, calls_of(first, *before) + 1):
        house = prepared(*before)
        Steps(house).before[step] = partial(second, house)
        first(house)

        agree(house)


@pytest.mark.parametrize(("first", "second", "before"), CROSSINGS)
def test_a_request_that_broke_off_is_made_up_for_when_it_is_sent_again(
    first: Request, second: Request, before: tuple[Request, ...]
) -> None:
    for step in range(1, calls_of(first, *before) + 1):
        house = prepared(*before)
        Steps(house).dies_after = step
        with pytest.raises(StorageUnavailableError):
            first(house)
        second(house)
        first(house)

        agree(house)


def test_of_two_tenants_that_ask_at_once_for_a_subscription_exactly_one_gets_it() -> None:
    for step in range(1, calls_of(link(ACME, MINE)) + 1):
        house = prepared()
        Steps(house).before[step] = partial(link(INITECH, MINE), house)
        link(ACME, MINE)(house)

        assert [MINE] in (house.paying(ACME), house.paying(INITECH)), step
        assert [] in (house.paying(ACME), house.paying(INITECH)), step


def test_of_two_buyers_who_ask_at_once_for_a_tenant_exactly_one_gets_it() -> None:
    for step in range(1, calls_of(link(ACME, MINE)) + 1):
        house = prepared()
        Steps(house).before[step] = partial(link(ACME, STRANGERS), house)
        link(ACME, MINE)(house)

        assert house.paying(ACME) in ([MINE], [STRANGERS]), step


def test_clocks_that_disagree_do_not_bring_back_what_was_unlinked() -> None:
    house = prepared(link(ACME, MINE))
    late = house.clock.now()
    unlink(ACME, MINE)(house)
    house.clock.move_to(late.replace(year=2000))

    link(INITECH, MINE)(house)
    agree(house)
    assert house.paying(INITECH) == [MINE]
    unlink(INITECH, MINE)(house)
    link(ACME, MINE)(house)

    agree(house)
    assert house.paying(ACME) == [MINE]
