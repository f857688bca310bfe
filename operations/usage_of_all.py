"""What all subscriptions used on some days, added up by subscription, and for those together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DAY
from meterhouse.domain.hours import HOUR, format_hour
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.ports.ledger import UsageLedger
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from operations.answers import Answer
from operations.careful_ledger import Noted
from operations.reads import noted_unreadable

SUBSCRIPTIONS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SubscriptionUnits:
    """Units of one dimension of a subscription, or of all, that stand in one place."""

    subscription: str
    dimension: str
    standing: str
    units: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageOfAllAnswer(Answer):
    """What the subscriptions used that are looked at, and `next`, after which the others come."""

    first_day: str
    last_day: str
    subscriptions: int
    lines: tuple[SubscriptionUnits, ...]
    totals: tuple[SubscriptionUnits, ...]
    unsettled: tuple[str, ...]
    next: str | None

    @property
    def rest(self) -> str | None:
        """How to see the rest."""
        if self.next is None:
            return None
        return f"These are not all subscriptions: go on with --after '{self.next}'"

    @property
    def sentences(self) -> Iterator[str]:
        """Say what the lines do not."""
        if self.rest is not None:
            yield f"{self.rest}. The totals are of those that are shown."
        if not self.lines:
            yield "Nothing that they used on these days is frozen."
        if any(one.standing == Standing.CARRIED for one in self.totals):
            yield "Usage that was carried stands twice: where it left, and where it went."
        if self.unsettled:
            yield "Hours that are not settled yet may hold more than is shown."
        yield "Usage of who is no known subscription is not in it: `balance` and `refused` have it."


def read_usage_of_all(
    ledger: UsageLedger,
    shards: int,
    names: Sequence[SubscriptionKey],
    days: tuple[datetime, datetime],
    *,
    after: str | None = None,
    limit: int = SUBSCRIPTIONS_MAX,
    noted: Sequence[Noted] = (),
    each: Callable[[Sequence[SubscriptionKey]], Iterable[SubscriptionKey]] = iter,
) -> UsageOfAllAnswer:
    """Return what subscriptions used from the first to the last of two UTC days, `limit` at most.

    `names` are in order, and `after` is one of them. Of each its sheets are read, and of days that
    are not filed the hours of its shard; `each` may show how far that has come.
    """
    left = [one for one in names if after is None or one > after]
    wanted = left[:limit]
    heads = [*ledger.heads_between(days[0], days[1] + DAY - HOUR)]
    read = ReadUsage(ledger, shards)
    units = defaultdict[tuple[str, str, Standing], Decimal](Decimal)
    totals = defaultdict[tuple[str, Standing], Decimal](Decimal)
    unsettled = set[datetime]()
    for name in each(wanted):
        used = read(name, *days, heads=heads)
        unsettled.update(used.unsettled)
        for line in used.lines:
            units[name, line.dimension, line.standing] += line.units
            totals[line.dimension, line.standing] += line.units
    return UsageOfAllAnswer(
        first_day=days[0].date().isoformat(),
        last_day=days[1].date().isoformat(),
        subscriptions=len(wanted),
        lines=tuple(SubscriptionUnits(*of, some) for of, some in sorted(units.items())),
        totals=tuple(SubscriptionUnits("all", *of, some) for of, some in sorted(totals.items())),
        unsettled=tuple(map(format_hour, sorted(unsettled))),
        next=wanted[-1] if len(left) > limit else None,
        unreadable=tuple(noted_unreadable(noted)),
    )
