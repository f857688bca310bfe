"""What is used around a month's end, when it is reported, and in which hour AWS must bill it. Pure.

AWS takes a record for 24 hours, but one of the month before only until 06:00 UTC on the 1st
(UsageRecord$Timestamp in the service model).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from local.seller.marketplace import Subscription
from local.seller.usage import UsageFact, UsageKey
from meterhouse.domain.hours import floor_to_hour

DIMENSION = "api_calls"
# Long enough before the month's end for the buyer's agreement to cover all usage.
SOLD_BEFORE = timedelta(days=1)
# Long enough after a report in arrears for the rest of it to have come.
QUIET_AFTER = timedelta(minutes=5)
# Long enough after the last report for its hour to be over and settled.
SETTLED_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Act:
    """At one moment, as a distance from the month's end, usage of some moments is reported.

    Attributes:
        is_late: whether AWS bills it no more in the hour of its use, but in the present one.

    """

    title: str
    at: timedelta
    used: tuple[tuple[timedelta, str], ...]
    is_late: bool = False


def _hours(hours: int, minutes: int = 0) -> timedelta:
    return timedelta(hours=hours, minutes=minutes)


ACTS = (
    Act(
        "The last evening: usage is reported as it happens",
        -_hours(2, 30),
        ((-_hours(3, 50), "12.5"), (-_hours(3, 10), "7"), (-_hours(2, 40), "0.25")),
    ),
    Act(
        "Ten minutes to midnight, in the month's last hour",
        -_hours(0, 10),
        ((-_hours(1, 20), "3"), (-_hours(0, 40), "1000"), (-_hours(0, 15), "0.000001")),
    ),
    Act(
        "Twenty past midnight: the last hour is settled, the new month has begun",
        _hours(0, 20),
        ((_hours(0, 5), "64"), (_hours(0, 19), "0.5")),
    ),
    Act(
        "Three in the morning: a producer that was cut off reports an hour of the old month",
        _hours(3),
        ((-_hours(5, 30), "41"), (-_hours(5, 20), "0.75")),
    ),
    Act(
        "Half past six, after AWS's cut-off: more of the old month, which AWS takes no more",
        _hours(6, 30),
        ((-_hours(4, 30), "9"), (-_hours(4, 15), "0.125")),
        is_late=True,
    ),
)


@dataclass(frozen=True, slots=True)
class ReportedFact:
    """Something that was used, and the hour in which AWS must bill it."""

    fact: UsageFact
    billed_at: datetime

    @property
    def key(self) -> UsageKey:
        """What AWS must bill it by."""
        return UsageKey(self.fact.subscription.agreement_id, self.fact.dimension, self.billed_at)


def next_month_end(now: datetime) -> datetime:
    """Return the start of the month before which there is still time to sell."""
    later = now.astimezone(UTC) + SOLD_BEFORE
    into_next = later.replace(day=28) + timedelta(days=4)
    return into_next.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def facts_of(act: Act, end_at: datetime, subscription: Subscription) -> Iterator[ReportedFact]:
    """Yield what is reported in one act."""
    for used, quantity in act.used:
        used_at = end_at + used
        fact = UsageFact(
            event_id=f"{used_at:%dT%H:%M}",
            subscription=subscription,
            dimension=DIMENSION,
            quantity=Decimal(quantity),
            used_at=used_at,
        )
        billed = end_at + act.at if act.is_late else used_at
        yield ReportedFact(fact, floor_to_hour(billed))
