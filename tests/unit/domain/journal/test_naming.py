"""Who pays for a tenant's usage: by links, by the times of subscriptions, and once for good."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal.naming import (
    NamedSpan,
    Names,
    NamingFacts,
    name_spans,
    payer_at,
)
from meterhouse.domain.subscriptions.identity import (
    LicenseIdentity,
    SubscriptionKey,
    license_key,
    tenant_key,
)
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.tenants import TenantLink
from tests.unit.domain.builders import ACCOUNT, HOUR, MINUTE, NOON_AT, PRODUCT_CODE

ACME = tenant_key("acme")
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
HALF_PAST = NOON_AT + 30 * MINUTE
OLD, NEW = (license_key(f"arn:aws:license-manager::1:license:l-{name}") for name in ("old", "new"))


def subscription(
    key: str = OLD, starts_at: datetime | None = None, ended_at: datetime | None = None
) -> Subscription:
    identity = LicenseIdentity(ACCOUNT, f"arn:aws:license-manager::1:license:{key[8:]}")
    return Subscription(
        license_key(identity.license_arn),
        PRODUCT_CODE,
        identity,
        starts_at=starts_at,
        ended_at=ended_at,
    )


def link(
    key: str = OLD, linked_at: datetime = NOON_AT - DAY, unlinked_at: datetime | None = None
) -> TenantLink:
    return TenantLink(subscription(key).key, linked_at, unlinked_at)


def payer(moment: datetime, links: list[TenantLink], *known: Subscription) -> str | None:
    return payer_at(moment, links, {one.key: one for one in known}, NOON_AT)


def facts_of(
    links: list[TenantLink],
    *known: Subscription,
    now: datetime = NOON_AT + 2 * HOUR,
    only: frozenset[str] = frozenset(),
) -> NamingFacts:
    return NamingFacts(
        hour_at=NOON_AT,
        now=now,
        generation=3,
        links={ACME: tuple(links)},
        known={one.key: one for one in known},
        only=frozenset(one for one in (OLD, NEW) if one in only),
    )


def spans(*parts: tuple[datetime, datetime, SubscriptionKey | None]) -> list[NamedSpan]:
    return [NamedSpan(ACME, first, until, payer, 3) for first, until, payer in parts]


RENEWED = [subscription(OLD, NOON_AT - DAY, HALF_PAST), subscription(NEW, HALF_PAST)]
RENEWAL = [link(OLD), link(NEW, HALF_PAST)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(HALF_PAST - SECOND, OLD, id="before a renewal the old license pays"),
        pytest.param(HALF_PAST, NEW, id="from its second on the new one does"),
        pytest.param(HALF_PAST + SECOND, NEW, id="and after it"),
    ],
)
def test_usage_belongs_to_the_license_of_its_time(moment: datetime, expected: str) -> None:
    assert payer(moment, RENEWAL, *RENEWED) == expected


def test_usage_from_before_the_link_is_paid_for_as_far_as_the_subscription_covers_it() -> None:
    assert payer(NOON_AT, [link(OLD, NOON_AT + DAY)], subscription(OLD)) == OLD
    begun = subscription(OLD, NOON_AT + HOUR)
    assert payer(NOON_AT, [link(OLD, NOON_AT + DAY)], begun) is None


def test_nobody_pays_whose_subscription_is_not_known_or_who_is_unlinked_by_then() -> None:
    assert payer(NOON_AT, [link(OLD)]) is None
    assert payer(NOON_AT, [link(OLD, unlinked_at=NOON_AT)], subscription(OLD)) is None
    late = [link(OLD, unlinked_at=NOON_AT + SECOND)]
    assert payer(NOON_AT, late, subscription(OLD)) == OLD


@pytest.mark.parametrize(
    "ending", [subscription(OLD, ended_at=HALF_PAST), subscription(OLD, starts_at=HALF_PAST)]
)
def test_an_hour_that_the_subscriptions_time_touches_is_paid_for_whole(
    ending: Subscription,
) -> None:
    assert payer(NOON_AT, [link(OLD)], ending) == OLD
    assert payer(NOON_AT + 59 * MINUTE, [link(OLD)], ending) == OLD


def test_who_was_linked_then_pays_also_if_another_who_began_later_is_linked_since() -> None:
    links = [link(OLD, unlinked_at=HALF_PAST), link(NEW, HALF_PAST)]
    known = [subscription(OLD, NOON_AT - DAY), subscription(NEW, NOON_AT - HOUR)]

    assert payer(HALF_PAST - SECOND, links, *known) == OLD
    assert payer(HALF_PAST, links, *known) == NEW


def test_before_any_link_the_first_one_pays() -> None:
    links = [link(OLD, NOON_AT + HOUR, NOON_AT + 2 * HOUR), link(NEW, NOON_AT + 3 * HOUR)]
    known = [subscription(OLD), subscription(NEW, NOON_AT - HOUR)]

    assert payer(NOON_AT, links, *known) == OLD


def test_of_two_that_were_linked_at_once_the_one_that_began_last_pays() -> None:
    known = [subscription(OLD, NOON_AT - DAY), subscription(NEW, NOON_AT - HOUR)]

    assert payer(NOON_AT, [link(NEW), link(OLD)], *known) == NEW
    assert payer(NOON_AT, [link(OLD), link(NEW)], *known) == NEW


def test_an_hour_is_cut_where_another_begins_to_pay() -> None:
    found = name_spans(Names(), [ACME], facts_of(RENEWAL, *RENEWED))

    assert found == spans((NOON_AT, HALF_PAST, OLD), (HALF_PAST, NOON_AT + HOUR, NEW))


def test_what_is_settled_stays_and_only_gaps_are_named() -> None:
    settled = spans((NOON_AT + 20 * MINUTE, NOON_AT + 40 * MINUTE, OLD))
    names = Names(settled)

    found = name_spans(names, [ACME], facts_of(RENEWAL, *RENEWED))

    assert found == spans(
        (NOON_AT, NOON_AT + 20 * MINUTE, OLD), (NOON_AT + 40 * MINUTE, NOON_AT + HOUR, NEW)
    )
    both = names.with_spans(found)
    assert both.at(ACME, HALF_PAST) == settled[0]
    assert name_spans(both, [ACME], facts_of([])) == []


def test_what_nobody_covers_stays_open_until_the_deadline_and_is_nobodys_then() -> None:
    links = [link(OLD, unlinked_at=HALF_PAST)]
    in_time = name_spans(Names(), [ACME], facts_of(links, subscription(OLD)))
    assert in_time == spans((NOON_AT, HALF_PAST, OLD))

    late = facts_of(links, subscription(OLD), now=NOON_AT + DAY)

    assert name_spans(Names(in_time), [ACME], late) == spans((HALF_PAST, NOON_AT + HOUR, None))


def test_a_final_flush_settles_the_present_and_nobody_elses_usage() -> None:
    now = HALF_PAST + 10 * SECOND
    flush = facts_of(RENEWAL, *RENEWED, now=now, only=frozenset({OLD}))
    assert name_spans(Names(), [ACME], flush) == spans((NOON_AT, HALF_PAST, OLD))

    unheard_of = facts_of([link(OLD)], RENEWED[0], now=now, only=frozenset({OLD}))
    [span] = name_spans(Names(), [ACME], unheard_of)
    assert (span.subscription, span.until_at) == (OLD, now + MINUTE)

    late = facts_of([], now=NOON_AT + DAY, only=frozenset({OLD}))
    assert name_spans(Names(), [ACME], late) == []


_MOMENTS = st.integers(-90, 90).map(lambda minutes: NOON_AT + minutes * MINUTE)
_LINKS = st.lists(
    st.builds(link, st.sampled_from([OLD, NEW]), _MOMENTS, st.none() | _MOMENTS), max_size=4
)


@given(_LINKS, st.none() | _MOMENTS, st.none() | _MOMENTS, st.integers(0, 59))
def test_each_second_of_a_span_has_the_payer_of_that_second(
    links: list[TenantLink], ended_at: datetime | None, starts_at: datetime | None, minute: int
) -> None:
    known = [subscription(OLD, None, ended_at), subscription(NEW, starts_at)]
    moment = NOON_AT + minute * MINUTE

    found = Names(name_spans(Names(), [ACME], facts_of(links, *known)))

    span = found.at(ACME, moment)
    assert (span and span.subscription) == payer(moment, links, *known)
