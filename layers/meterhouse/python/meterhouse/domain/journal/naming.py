"""Naming: which subscription pays for the usage that one hour has of a tenant. Pure.

What is decided is written down before anything is frozen, and never changes: every fold of the hour
reads it, so that an event is billed to one subscription, whatever becomes known later.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from meterhouse.domain.hours import HOUR, is_sendable
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.coverage import why_uncovered
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.domain.subscriptions.tenants import TenantLink

# A final flush names the usage of the present, and clocks differ; what comes after it may belong to
# a subscription that nobody has told of yet.
_CLOCKS_DIFFER = timedelta(minutes=1)
_EVER_AT = datetime.min.replace(tzinfo=UTC)


class NamedSpan(NamedTuple):
    """A part of one hour, in whole seconds, of which it is settled who pays for a tenant's usage.

    Attributes:
        tenant: whose usage it is.
        first_at: the first second.
        until_at: the first second after it.
        subscription: who pays; None if nobody ever will.
        generation: in whose closing that was settled. For the record of `subscription` usage of the
            span comes no sooner than that.

    """

    tenant: SubscriptionKey
    first_at: datetime
    until_at: datetime
    subscription: SubscriptionKey | None
    generation: int


class Names:
    """The named spans of one hour log, by tenant; no two of one tenant overlap."""

    def __init__(self, spans: Iterable[NamedSpan] = ()) -> None:
        self._spans: dict[SubscriptionKey, list[NamedSpan]] = {}
        for span in sorted(spans, key=lambda one: (one.tenant, one.first_at)):
            self._spans.setdefault(span.tenant, []).append(span)
        self._firsts = {
            tenant: [span.first_at for span in spans] for tenant, spans in self._spans.items()
        }

    def __repr__(self) -> str:
        return f"Names({[span for spans in self._spans.values() for span in spans]})"

    def at(self, tenant: SubscriptionKey, moment: datetime) -> NamedSpan | None:
        """Return the span that holds a second, or None while nothing is settled of that."""
        place = bisect_right(self._firsts.get(tenant, ()), moment) - 1
        if place < 0:
            return None
        span = self._spans[tenant][place]
        return span if moment < span.until_at else None

    def payer_of(self, meter: MeterKey, moment: datetime) -> MeterKey:
        """Return the meter on which usage of a second counts: that of who pays, or its own."""
        span = self.at(meter.subscription, moment)
        payer = None if span is None else span.subscription
        return meter if payer is None else MeterKey(payer, meter.dimension)

    def gaps(
        self, tenant: SubscriptionKey, first_at: datetime, until_at: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the parts between two moments of which nothing is settled."""
        for span in self._spans.get(tenant, ()):
            if first_at < span.first_at:
                yield first_at, min(span.first_at, until_at)
            first_at = max(first_at, span.until_at)
            if first_at >= until_at:
                return
        if first_at < until_at:
            yield first_at, until_at

    def with_spans(self, spans: Collection[NamedSpan]) -> "Names":
        """Return these names and more."""
        if not spans:
            return self
        return Names([*spans, *(one for known in self._spans.values() for one in known)])


@dataclass(frozen=True, slots=True)
class NamingFacts:
    """What naming rests on.

    Attributes:
        hour_at: the hour.
        now: UTC.
        generation: the one whose closing settles it.
        links: which subscriptions pay for which tenants.
        known: the subscriptions among them that are known.
        only: if given, nothing is settled but what these pay for up to the present.

    """

    hour_at: datetime
    now: datetime
    generation: int
    links: Mapping[SubscriptionKey, tuple[TenantLink, ...]]
    known: Mapping[SubscriptionKey, Subscription]
    only: AbstractSet[SubscriptionKey] = frozenset()


def name_spans(
    names: Names, tenants: Iterable[SubscriptionKey], facts: NamingFacts
) -> list[NamedSpan]:
    """Return what can be settled of tenants' usage beyond the names that are written down.

    What no subscription covers stays open, because a link or a renewal may become known, until AWS
    takes no more of the hour. Then it is nobody's for good.
    """
    until_at = facts.hour_at + HOUR
    is_last = not facts.only and not is_sendable(facts.hour_at, facts.now)
    if facts.only:
        until_at = min(until_at, _second(facts.now) + _CLOCKS_DIFFER)
    found: list[NamedSpan] = []
    for tenant in tenants:
        links = facts.links.get(tenant, ())
        for gap in names.gaps(tenant, facts.hour_at, until_at):
            for first_at, end_at in _cut(gap, links, facts.known):
                payer = payer_at(first_at, links, facts.known, facts.hour_at)
                is_settled = payer is not None and (not facts.only or payer in facts.only)
                if is_settled or (payer is None and is_last):
                    found.append(NamedSpan(tenant, first_at, end_at, payer, facts.generation))
    return [*_joined(found)]


def payer_at(
    moment: datetime,
    links: Iterable[TenantLink],
    known: Mapping[SubscriptionKey, Subscription],
    hour_at: datetime,
) -> SubscriptionKey | None:
    """Return the subscription that pays for a tenant's usage of a moment, a whole second.

    That is one that is linked, not unlinked by then, and covers the moment; if none does, one whose
    time touches the hour, for AWS bills by the hour, and clocks differ. Of several it is the one
    that was linked last by then, else the one that was linked first after it; and of those the
    one that began last.
    """
    linked = [
        (link, known[link.subscription])
        for link in links
        if link.subscription in known
        and (link.unlinked_at is None or moment < _second(link.unlinked_at))
    ]
    covering = [one for one in linked if _covers(one[1], moment)]
    if not covering:
        covering = [
            one for one in linked if why_uncovered(one[1], hour_at, is_carried=False) is None
        ]
    if not covering:
        return None
    link, _ = max(covering, key=lambda one: _rank(one[0], one[1], moment))
    return link.subscription


def _covers(subscription: Subscription, moment: datetime) -> bool:
    starts_at, ended_at = subscription.starts_at, subscription.ended_at
    is_begun = starts_at is None or _second(starts_at) <= moment
    return is_begun and (ended_at is None or moment < _second(ended_at))


def _rank(
    link: TenantLink, subscription: Subscription, moment: datetime
) -> tuple[bool, timedelta, datetime, SubscriptionKey]:
    since = moment - _second(link.linked_at)
    # The shorter time between the link and the moment, before or after, ranks higher.
    nearness = -abs(since)
    return since >= timedelta(0), nearness, subscription.starts_at or _EVER_AT, link.subscription


def _cut(
    gap: tuple[datetime, datetime],
    links: Iterable[TenantLink],
    known: Mapping[SubscriptionKey, Subscription],
) -> Iterator[tuple[datetime, datetime]]:
    """Cut a gap where another subscription may begin to pay, or to pay no more."""
    first_at, until_at = gap
    cuts = {first_at, until_at}
    for link in links:
        moments = [link.linked_at, link.unlinked_at]
        if (subscription := known.get(link.subscription)) is not None:
            moments += [subscription.starts_at, subscription.ended_at]
        seconds = (_second(moment) for moment in moments if moment is not None)
        cuts.update(second for second in seconds if first_at < second < until_at)
    ordered = sorted(cuts)
    yield from pairwise(ordered)


def _joined(spans: Iterable[NamedSpan]) -> Iterator[NamedSpan]:
    """Join neighbours of one tenant that the same subscription pays for."""
    before: NamedSpan | None = None
    for span in spans:
        if before is None:
            before = span
        elif (before.tenant, before.until_at, before.subscription) == (
            span.tenant,
            span.first_at,
            span.subscription,
        ):
            before = before._replace(until_at=span.until_at)
        else:
            yield before
            before = span
    if before is not None:
        yield before


def _second(moment: datetime) -> datetime:
    """Return the whole second of a moment; events' times are known to that."""
    return moment.replace(microsecond=0)
