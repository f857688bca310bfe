"""The contract of tenants, held by the fake and by the table alike."""

from dataclasses import replace

from meterhouse.domain.subscriptions.facts import FolderKey
from meterhouse.domain.subscriptions.own_facts import tenant_facts
from meterhouse.domain.subscriptions.tenants import TenantLink, unlinked
from meterhouse.ports.tenants import Kept, OpenTenant
from tests.integration.adapters.shelves import MINUTE, NOW, Shelf
from tests.unit.domain.subscriptions.aws_tells import (
    AGREEMENT,
    RENEWED,
    created,
    ended,
    licensed,
    registered,
    when,
)
from tests.unit.use_cases.subscriptions.linking import (
    ACME,
    BOUGHT,
    BY_ACCOUNT,
    INITECH,
    MINE,
    NEXT,
    RENEWAL,
    STRANGERS,
    STRANGERS_ARN,
)

LINK = TenantLink(MINE, NOW)
THIRD_AGREEMENT = "agmt-5third00000000000000000000"


def test_a_tenant_that_nobody_spoke_of_has_no_links(shelf: Shelf) -> None:
    assert shelf.tenants.open(ACME) == OpenTenant(ACME)
    assert shelf.tenants.links([ACME, INITECH]) == {}


def test_a_link_is_read_as_it_was_made_and_as_it_ended(shelf: Shelf) -> None:
    assert shelf.tenants.add(OpenTenant(ACME), LINK) is Kept.WRITTEN
    opened = shelf.tenants.open(ACME)
    assert opened == OpenTenant(ACME, (LINK,), 1)
    assert shelf.tenants.links([ACME, ACME, INITECH]) == {ACME: (LINK,)}

    ended_links = unlinked(opened.links, LINK, NOW + MINUTE)
    assert shelf.tenants.end(opened, LINK, ended_links) is Kept.WRITTEN

    over = replace(LINK, unlinked_at=NOW + MINUTE)
    assert shelf.tenants.open(ACME) == OpenTenant(ACME, (over,), 2)
    assert shelf.tenants.links([ACME]) == {ACME: (over,)}


def test_a_tenant_is_changed_over_the_one_that_was_read_and_over_no_other(shelf: Shelf) -> None:
    shelf.tenants.add(OpenTenant(ACME), LINK)
    opened = shelf.tenants.open(ACME)
    shelf.tenants.add(opened, TenantLink(NEXT, NOW))

    assert shelf.tenants.add(OpenTenant(ACME), TenantLink(STRANGERS, NOW)) is Kept.OVERTAKEN
    assert shelf.tenants.add(opened, TenantLink(STRANGERS, NOW)) is Kept.OVERTAKEN
    assert shelf.tenants.end(opened, LINK, ()) is Kept.OVERTAKEN

    # Nor was the subscription taken by what was not written.
    other = shelf.tenants.open(INITECH)
    assert shelf.tenants.add(other, TenantLink(STRANGERS, NOW)) is Kept.WRITTEN


def test_a_subscription_is_one_tenants_until_its_link_ends(shelf: Shelf) -> None:
    shelf.tenants.add(OpenTenant(ACME), LINK)

    assert shelf.tenants.add(OpenTenant(INITECH), LINK) is Kept.CLAIMED
    assert shelf.tenants.open(INITECH) == OpenTenant(INITECH)

    shelf.tenants.end(shelf.tenants.open(ACME), LINK, ())
    assert shelf.tenants.add(OpenTenant(INITECH), LINK) is Kept.WRITTEN


def test_another_name_of_a_subscription_is_asked_for_and_not_taken(shelf: Shelf) -> None:
    shelf.tenants.add(OpenTenant(ACME), TenantLink(BY_ACCOUNT, NOW))

    assert shelf.tenants.add(OpenTenant(INITECH), LINK, {MINE, BY_ACCOUNT}) is Kept.CLAIMED
    assert shelf.tenants.add(shelf.tenants.open(ACME), LINK, {BY_ACCOUNT}) is Kept.WRITTEN

    opened = shelf.tenants.open(ACME)
    shelf.tenants.end(opened, opened.links[0], opened.links[1:])
    assert shelf.tenants.add(OpenTenant(INITECH), TenantLink(BY_ACCOUNT, NOW)) is Kept.WRITTEN


def test_the_end_of_what_goes_on_by_itself_frees_nothing(shelf: Shelf) -> None:
    shelf.tenants.add(OpenTenant(INITECH), TenantLink(NEXT, NOW))
    over = TenantLink(NEXT, NOW, NOW + MINUTE)

    assert shelf.tenants.end(OpenTenant(ACME), TenantLink(NEXT, NOW), (over,)) is Kept.WRITTEN
    assert shelf.tenants.open(ACME).links == (over,)
    assert shelf.tenants.add(shelf.tenants.open(ACME), TenantLink(NEXT, NOW)) is Kept.CLAIMED


def test_facts_and_states_of_a_subscription_do_not_mind_its_tenant(shelf: Shelf) -> None:
    shelf.learn(*BOUGHT)
    before = shelf.folders.open(FolderKey(MINE))

    shelf.tenants.add(OpenTenant(ACME), LINK)

    assert shelf.folders.open(FolderKey(MINE)) == before


def test_what_a_seller_said_of_a_tenant_is_read_as_it_was_said(shelf: Shelf) -> None:
    facts = tenant_facts(MINE, "acme", TenantLink(MINE, NOW, NOW + MINUTE))
    shelf.learn(*BOUGHT, *facts[:1])
    opened = shelf.folders.open(FolderKey(MINE))

    assert facts[0] in opened.folder.facts
    assert opened.state is not None
    assert opened.state.tenant == "acme"


def test_renewals_go_on_by_themselves_from_their_start(shelf: Shelf) -> None:
    shelf.learn(
        *BOUGHT,
        *RENEWAL,
        created(9_000, id=THIRD_AGREEMENT, intent="RENEW", previousAgreementId=RENEWED),
        licensed(9_061, STRANGERS_ARN, id=THIRD_AGREEMENT),
        ended(9_001, "RENEWED", id=RENEWED),
    )
    shelf.tenants.add(OpenTenant(ACME), LINK)

    assert shelf.tenants.links([ACME]) == {
        ACME: (LINK, TenantLink(NEXT, when(7_000)), TenantLink(STRANGERS, when(9_000)))
    }


def test_a_renewal_from_after_the_end_of_a_link_is_nobodys(shelf: Shelf) -> None:
    shelf.learn(*BOUGHT, *RENEWAL)
    shelf.tenants.add(OpenTenant(ACME), LINK)
    opened = shelf.tenants.open(ACME)

    shelf.tenants.end(opened, LINK, unlinked(opened.links, LINK, when(6_000)))

    assert shelf.tenants.links([ACME]) == {ACME: (TenantLink(MINE, NOW, when(6_000)),)}


def test_agreements_that_name_each_other_in_a_ring_are_read_once(shelf: Shelf) -> None:
    shelf.learn(
        *BOUGHT, *RENEWAL, created(8_000, id=AGREEMENT, intent="RENEW", previousAgreementId=RENEWED)
    )
    shelf.tenants.add(OpenTenant(ACME), LINK)

    subscriptions = [one.subscription for one in shelf.tenants.links([ACME])[ACME]]
    assert subscriptions == [MINE, NEXT]


def test_a_link_from_before_the_license_was_named_counts_for_the_license(shelf: Shelf) -> None:
    shelf.learn(registered(20, license_arn=None))
    shelf.tenants.add(OpenTenant(ACME), TenantLink(BY_ACCOUNT, NOW))
    shelf.learn(*BOUGHT, *RENEWAL)

    found = shelf.tenants.links([ACME])[ACME]

    assert [one.subscription for one in found] == [MINE, NEXT]
