"""What the seller may say of his tenants, and what he is answered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.announcing import News
from meterhouse.domain.subscriptions.facts import FolderKey, Kind
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.subscriptions.tenants import LINKS_MAX
from meterhouse.errors import LinkRefusedError
from tests.unit.domain.builders import PRODUCT_CODE
from tests.unit.domain.subscriptions.aws_tells import (
    created,
    ended,
    licensed,
    registered,
    told,
    when,
)
from tests.unit.use_cases.subscriptions.linking import (
    ACME,
    BOUGHT,
    BOUGHT_AGAIN,
    BY_ACCOUNT,
    BY_CUSTOMER,
    INITECH,
    MINE,
    NEXT,
    RENEWAL,
    STRANGER_BOUGHT,
    STRANGERS,
    House,
    house_of,
)

HOUR = timedelta(hours=1)
LEGACY = Products(legacy=frozenset({PRODUCT_CODE}))


def test_a_linked_subscription_pays_for_the_tenant_and_says_so() -> None:
    house = house_of(BOUGHT)

    link = house.linking.link(ACME, MINE)

    assert (link.subscription, link.linked_at) == (MINE, house.clock.now())
    assert house.paying(ACME) == [MINE]
    told_of = house.book.changes[-1].announcements[-1]
    assert (told_of.news, told_of.detail["subscription"]) == (
        News.CHANGED,
        {**told_of.detail["subscription"], "tenant": "acme"},  # type: ignore[dict-item]
    )


def test_the_same_link_again_is_the_same() -> None:
    house = house_of(BOUGHT)
    first = house.linking.link(ACME, MINE)
    changes = len(house.book.changes)

    house.clock.pause(HOUR.total_seconds())

    assert house.linking.link(ACME, MINE) == first
    assert len(house.book.changes) == changes


def test_an_unlinked_subscription_pays_no_more_and_is_free_for_another_tenant() -> None:
    house = house_of(BOUGHT)
    house.linking.link(ACME, MINE)
    house.clock.pause(HOUR.total_seconds())

    ended_link = house.linking.unlink(ACME, MINE)
    house.clock.pause(HOUR.total_seconds())
    assert house.linking.unlink(ACME, MINE) == ended_link
    house.linking.link(INITECH, MINE)

    assert ended_link.unlinked_at == house.clock.now() - HOUR
    assert (house.paying(ACME), house.paying(INITECH)) == ([], [MINE])
    assert house.tenant_of(MINE) == "initech"


def test_what_was_unlinked_may_be_linked_again() -> None:
    house = house_of(BOUGHT)
    house.linking.link(ACME, MINE)
    house.linking.unlink(ACME, MINE)

    house.linking.link(ACME, MINE)

    assert house.paying(ACME) == [MINE]
    assert house.tenant_of(MINE) == "acme"
    kinds = [one.kind for one in sorted(house.book.facts[MINE].values(), key=lambda one: one.at)]  # type: ignore[index]
    assert kinds == [Kind.LINKED, Kind.UNLINKED, Kind.LINKED]


def test_a_tenant_has_several_subscriptions_of_one_buyer() -> None:
    house = house_of(BOUGHT, BOUGHT_AGAIN)

    house.linking.link(ACME, MINE)
    house.linking.link(ACME, NEXT)

    assert house.paying(ACME) == [MINE, NEXT]


def test_a_tenant_of_another_buyer_is_taken_until_it_is_unlinked() -> None:
    house = house_of(BOUGHT, STRANGER_BOUGHT)
    house.linking.link(ACME, MINE)

    assert house.refusal(ACME, STRANGERS) == "tenant_taken"
    assert house.tenant_of(STRANGERS) is None

    house.linking.unlink(ACME, MINE)
    house.linking.link(ACME, STRANGERS)
    assert house.paying(ACME) == [STRANGERS]


def test_a_subscription_has_one_tenant_at_a_time() -> None:
    house = house_of(BOUGHT)
    house.linking.link(ACME, MINE)

    assert house.refusal(INITECH, MINE) == "subscription_linked"
    assert (house.paying(ACME), house.paying(INITECH)) == ([MINE], [])


def test_no_refusal_tells_of_the_other() -> None:
    house = house_of(BOUGHT, STRANGER_BOUGHT)
    house.linking.link(ACME, MINE)

    for tenant, key in ((ACME, STRANGERS), (INITECH, MINE)):
        with pytest.raises(LinkRefusedError) as refused:
            house.linking.link(tenant, key)
        assert not {"acme", *MINE.split("#")[1:]} & {*str(refused.value).split()}


@pytest.mark.parametrize("key", ["license#l-unknown", "agreement#agmt-1", "tenant#acme", "sweep#"])
def test_nobody_can_be_linked_whom_we_do_not_know(key: str) -> None:
    house = house_of([created(0)])

    assert house.refusal(ACME, SubscriptionKey(key)) == "subscription_unknown"


def test_what_is_not_ours_cannot_be_linked() -> None:
    house = house_of(BOUGHT, products=Products(ours=frozenset({"another"})))
    house.products = Products()
    house.learn(*BOUGHT_AGAIN)
    house.products = Products(ours=frozenset({"prod-another"}))

    assert house.refusal(ACME, MINE) == "subscription_unknown"
    assert house.refusal(ACME, NEXT) == "subscription_unknown"


def test_what_was_never_linked_cannot_be_unlinked() -> None:
    house = house_of(BOUGHT)

    with pytest.raises(LinkRefusedError) as refused:
        house.linking.unlink(ACME, MINE)

    assert refused.value.code == "not_linked"
    assert house.tenants.tenants == {}


def test_a_license_that_cannot_be_billed_yet_can_be_linked() -> None:
    house = house_of([licensed(61, startTime="2099-01-01T00:00:00Z")])

    house.linking.link(ACME, MINE)

    assert house.tenant_of(MINE) == "acme"


def test_an_account_is_another_name_of_its_customer() -> None:
    house = house_of(
        [
            registered(20, license_arn=None, customer_identifier="ifAPi5AcF3"),
            told("subscribe-success", 10),
        ],
        products=LEGACY,
    )

    link = house.linking.link(ACME, BY_ACCOUNT)

    assert link.subscription == BY_CUSTOMER
    assert house.refusal(INITECH, BY_CUSTOMER) == "subscription_linked"
    assert house.linking.link(ACME, BY_CUSTOMER) == link
    assert house.tenant_of(BY_ACCOUNT) == house.tenant_of(BY_CUSTOMER) == "acme"


def house_that_linked_before_the_license_was_named() -> House:
    house = house_of([registered(20, license_arn=None)])
    house.linking.link(ACME, BY_ACCOUNT)
    house.learn(licensed(61))
    return house


def test_a_link_from_before_the_license_was_named_counts_for_the_license() -> None:
    house = house_that_linked_before_the_license_was_named()

    assert house.state(BY_ACCOUNT).alias_of == FolderKey(MINE)
    assert house.paying(ACME) == [MINE]
    assert house.refusal(INITECH, MINE) == "subscription_linked"

    house.linking.link(ACME, MINE)
    assert house.tenant_of(MINE) == "acme"
    house.linking.unlink(ACME, MINE)
    assert (house.paying(ACME), house.tenant_of(MINE), house.tenant_of(BY_ACCOUNT)) == (
        [],
        None,
        None,
    )


def test_a_renewal_goes_on_by_itself_and_can_be_unlinked_alone() -> None:
    house = house_of(BOUGHT, RENEWAL)
    house.linking.link(ACME, MINE)
    assert sorted(house.paying(ACME)) == [NEXT, MINE]

    house.linking.unlink(ACME, NEXT)

    assert house.paying(ACME) == [MINE]


def test_a_renewal_that_is_linked_goes_on_as_it_did_and_says_so() -> None:
    house = house_of(BOUGHT, RENEWAL)
    house.linking.link(ACME, MINE)
    before = house.tenants.links([ACME])

    link = house.linking.link(ACME, NEXT)

    assert (link.subscription, link.linked_at) == (NEXT, when(7_000))
    assert house.tenants.links([ACME]) == before
    assert house.tenant_of(NEXT) == "acme"
    assert house.refusal(INITECH, NEXT) == "subscription_linked"

    house.linking.unlink(ACME, NEXT)
    house.linking.link(ACME, NEXT)
    assert house.paying(ACME) == [MINE, NEXT]


def test_a_renewal_may_be_linked_elsewhere() -> None:
    house = house_of(BOUGHT, RENEWAL)
    house.linking.link(ACME, MINE)

    house.linking.link(INITECH, NEXT)

    assert (house.paying(ACME), house.paying(INITECH)) == ([MINE], [NEXT])


def test_links_do_not_grow_without_end() -> None:
    house = house_of(BOUGHT)
    house.linking.link(ACME, MINE)
    house.linking.unlink(ACME, MINE)
    opened = house.tenants.open(ACME)
    house.tenants.tenants[ACME] = replace(opened, links=opened.links * LINKS_MAX)

    assert house.refusal(ACME, MINE) == "tenant_full"


def test_an_end_leaves_the_link() -> None:
    house = house_of(BOUGHT)
    house.linking.link(ACME, MINE)

    house.learn(ended(7_000))

    assert house.paying(ACME) == [MINE]
    assert house.tenant_of(MINE) == "acme"
