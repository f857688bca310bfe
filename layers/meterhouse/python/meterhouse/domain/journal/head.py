"""The head of an hour log, and what is to be done with the log: a pure function of facts."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.hours import (
    SEAL_MARGIN,
    SEND_MARGIN,
    deadline_of,
    quiet_time_of,
    seal_time_of,
)
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.coverage import why_stranger
from meterhouse.domain.records.endings import hold_until
from meterhouse.domain.records.reasons import Reason, Why
from meterhouse.domain.subscriptions.identity import SubscriptionKey

BACKLOG_PAUSE = timedelta(minutes=5)
# Some customers' usage always comes in arrears while others' waits; a closing that comes too early
# carries at most what a meter reported in two parts.
QUIET_LOOKS_MAX = 6


@dataclass(frozen=True, slots=True)
class Head:
    """What is known about an hour log besides its segments.

    Attributes:
        open: the generation that takes segments; those before it are closed.
        done: of the closed generations, how many have been dealt with: frozen or carried.
        is_settled: the last closing was of the whole hour, and not of a final flush only.
        due_at: when to look at the log next; None once nothing remains to be done.
        written_at: when usage last came that was late or in arrears.
        written_in: the generation to which that usage was appended.
        leased_until: until when somebody closes it.
        reason: why it waits.
        waiting: subscriptions that must become known before their usage can be frozen.
        holds: how often in a row it was put off; makes the pauses grow.
        segments: how many its last closing read.
        aside: segments that could not be read and are in no manifest, as `<generation>#<name>`.
        totals: units by where they stand, as of the last accounting.
        is_balanced: every unit had its place then, and nothing changed since.

    """

    log: LogKey
    open: int = 0
    done: int = 0
    is_settled: bool = False
    due_at: datetime | None = None
    written_at: datetime | None = None
    written_in: int | None = None
    leased_until: datetime | None = None
    reason: Why | None = None
    waiting: tuple[SubscriptionKey, ...] = ()
    holds: int = 0
    segments: int = 0
    aside: tuple[str, ...] = ()
    totals: tuple[tuple[str, Decimal], ...] = ()
    is_balanced: bool = False

    @property
    def has_new_usage(self) -> bool:
        """Tell whether there may be usage that nobody has dealt with."""
        if not self.is_settled or self.done < self.open or self.aside:
            return True
        # Generations are compared, not times: clocks of two processes may differ.
        return self.written_in is not None and self.written_in >= self.done

    @property
    def has_only_late_usage(self) -> bool:
        """Tell whether nothing waits but late usage for its hour's record, as of the last closing.

        Unlike that record it is in no hurry: it leaves once AWS takes no more for the hour.
        """
        is_new = self.written_in is not None and self.written_in >= self.open
        # A flush closes for some, and what it was due for stays.
        is_open = is_new or not self.is_settled or self.leased_until is not None
        return self.reason is Reason.LATE_USAGE_WAITS and not is_open


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What a decision about a log rests on, besides its head.

    Attributes:
        now: UTC.
        settle: how long after an hour's end it stays open.
        quiet: how long after its last usage an hour in arrears stays open.
        is_drained: no message that was sent within the hour's time waits in the queue.
        has_news: a subscription that the log waits for is known by now.
        flushed: whose usage of the hour must be billed now, whether it is over or not.

    """

    now: datetime
    settle: timedelta
    quiet: timedelta
    is_drained: bool
    has_news: bool = False
    flushed: AbstractSet[SubscriptionKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Close:
    """Close the log, and freeze what can be frozen: the usage of `only` these, or of everybody."""

    only: AbstractSet[SubscriptionKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Postpone:
    """Look again at `due_at`."""

    due_at: datetime
    reason: Why | None


@dataclass(frozen=True, slots=True)
class Account:
    """Everything was dealt with: see that every unit has its place."""


@dataclass(frozen=True, slots=True)
class File:
    """It was accounted for: enter it into the sheets of its day."""


Decision = Close | Postpone | Account | File


def decide_log(head: Head, facts: LogFacts) -> Decision | None:
    """Return what to do with a log now, or None for nothing."""
    now, hour_at = facts.now, head.log.hour_at
    is_due = head.due_at is not None and head.due_at <= now
    is_leased = head.leased_until is not None and head.leased_until > now
    if is_leased or not (is_due or facts.flushed):
        return None
    if head.has_only_late_usage and not is_due:
        return None  # It has its own pauses: a flush of anybody would read the hour at every run.
    settled_at = settled_time(head, facts.settle, facts.quiet)
    decision: Decision | None
    if now < settled_at:
        decision = _decide_early(facts, hour_at, settled_at)
    elif head.has_new_usage or head.waiting:
        decision = _decide_settled(head, facts)
    else:
        decision = File() if head.is_balanced else Account()
    # A flush looks at every hour; those that are not due are only closed.
    return decision if is_due or isinstance(decision, Close) else None


def settled_time(head: Head, settle: timedelta, quiet: timedelta) -> datetime:
    """Return when an hour takes no more usage as a matter of course.

    `settle` is how long after its end it stays open, `quiet` how long after its last usage one in
    arrears does.
    """
    seal_at = seal_time_of(head.log.hour_at, settle)
    if not quiet or head.written_at is None or head.holds >= QUIET_LOOKS_MAX:
        return seal_at
    return max(seal_at, quiet_time_of(head.log.hour_at, head.written_at, quiet))


def _decide_settled(head: Head, facts: LogFacts) -> Close | Postpone:
    """Decide about an hour that is over, and holds something to freeze or to carry."""
    now, hour_at = facts.now, head.log.hour_at
    deadline_at = deadline_of(hour_at)
    if not facts.is_drained and now < deadline_at - SEAL_MARGIN:
        # Who is flushed need not wait for messages of others.
        if facts.flushed:
            return Close(facts.flushed)
        return Postpone(now + BACKLOG_PAUSE, Reason.BACKLOG)
    if head.has_new_usage or facts.has_news or now >= deadline_at - SEND_MARGIN:
        return Close()
    return Postpone(hold_until(hour_at, head.holds, now), why_stranger(head.waiting))


def _decide_early(
    facts: LogFacts, hour_at: datetime, settled_at: datetime
) -> Close | Postpone | None:
    """Decide about an hour that still takes usage: only a final flush closes it."""
    if not facts.flushed:
        return Postpone(settled_at, None)
    return Close(facts.flushed) if hour_at <= facts.now else None
