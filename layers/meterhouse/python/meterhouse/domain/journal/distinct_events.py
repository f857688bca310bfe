"""The distinct events of one log, in the order in which segments hold them."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from operator import eq, itemgetter, ne

from meterhouse.domain.subscriptions.identity import TENANT_PREFIX, is_tenant
from meterhouse.domain.usage.events import UsageEvent


def distinct(events: Iterable[UsageEvent]) -> list[UsageEvent]:
    """Return the events of one log in a segment's order, without those that are wholly repeated.

    Of a tenant's event each second in which it came counts, for they may have different payers.
    """
    by_id = sorted(events, key=_id)
    ids = [*map(_id, by_id)]
    if not any(map(eq, ids, islice(ids, 1, None))):
        # No id comes twice, so nothing is repeated, and meters and ids are all that orders.
        return _tenants_by_second(sorted(by_id, key=_home))
    ordered = sorted(by_id, key=_order)
    contents: list[object] = [*map(_repeatable, ordered)]
    for place in range(_tenants_begin(ordered), len(ordered)):
        contents[place] = contents[place], _second_of(ordered[place])
    is_new = [True, *map(ne, contents, islice(contents, 1, None))]
    return _tenants_by_second([event for event, new in zip(ordered, is_new, strict=False) if new])


_id, _home = itemgetter(0), itemgetter(1)
_order, _repeatable = itemgetter(1, 0, 2, 4, 3), itemgetter(1, 0, 2, 4)


def _tenants_by_second(events: list[UsageEvent]) -> list[UsageEvent]:
    """Let tenants' events of one meter and second stand together; their keys are the last ones."""
    place = _tenants_begin(events)
    tenants = sorted(events[place:], key=lambda event: (event.home, _second_of(event)))
    return events[:place] + tenants if tenants else events


def _tenants_begin(events: list[UsageEvent]) -> int:
    """Return where tenants' events begin among events in the order of their meters."""
    if not events or not is_tenant(events[-1].home.subscription):
        return len(events)
    return bisect_left(events, TENANT_PREFIX, key=lambda event: event.home.subscription)


def _second_of(event: UsageEvent) -> datetime:
    return event.occurred_at.replace(microsecond=0)
