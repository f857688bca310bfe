"""What to do with an hour log: every standing of its head under every fact that matters."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhouse.domain.hours import deadline_of, seal_time_of
from meterhouse.domain.journal.head import (
    BACKLOG_PAUSE,
    QUIET_LOOKS_MAX,
    Account,
    Close,
    Decision,
    File,
    Head,
    LogFacts,
    Postpone,
    decide_log,
)
from meterhouse.domain.records.endings import hold_until
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from tests.unit.domain.builders import HOUR, LOG, MINUTE, NOON_AT

SETTLE, QUIET = 15 * MINUTE, 2 * MINUTE
SEAL_AT = seal_time_of(NOON_AT, SETTLE)
DEADLINE_AT = deadline_of(NOON_AT)
MARGIN_AT = DEADLINE_AT - 2 * HOUR
LAST_CALL_AT = DEADLINE_AT - 5 * MINUTE
SECOND = timedelta(seconds=1)
BUYER = SubscriptionKey("license#l-1")

FACTS = LogFacts(now=SEAL_AT, settle=SETTLE, quiet=QUIET, is_drained=True)
UNDRAINED = replace(FACTS, is_drained=False)
FLUSHED = replace(FACTS, flushed={BUYER})
# Generation 0 is open, and nobody has looked at the log yet.
NEW = Head(LOG, due_at=NOON_AT)
# Generation 0 was closed and dealt with.
DONE = Head(LOG, open=1, done=1, is_settled=True, due_at=NOON_AT)
LATE = replace(DONE, written_at=SEAL_AT + HOUR, written_in=1)
WAITING = replace(DONE, waiting=(BUYER,), holds=2)
# A closer died after it had closed generation 1.
HALF_DONE = replace(DONE, open=2)

CLOSE, NOTHING = Close(), None
BACKLOG = Reason.BACKLOG


def at(moment: datetime, facts: LogFacts = FACTS) -> LogFacts:
    return replace(facts, now=moment)


CASES: dict[str, tuple[Head, LogFacts, Decision | None]] = {
    "an hour that has not settled waits until it has": (
        NEW,
        at(SEAL_AT - SECOND),
        Postpone(SEAL_AT, None),
    ),
    "an hour is closed once it has settled": (NEW, FACTS, CLOSE),
    "an hour that is not due is left alone": (
        replace(NEW, due_at=SEAL_AT + SECOND),
        FACTS,
        NOTHING,
    ),
    "an hour that was accounted for is left alone": (replace(DONE, due_at=None), FACTS, NOTHING),
    "an hour that somebody closes is left to them": (
        replace(NEW, leased_until=SEAL_AT + SECOND),
        FACTS,
        NOTHING,
    ),
    "an hour whose closer died is closed when its lease is over": (
        replace(HALF_DONE, leased_until=SEAL_AT),
        FACTS,
        CLOSE,
    ),
    "an hour waits for messages of its time": (
        NEW,
        UNDRAINED,
        Postpone(SEAL_AT + BACKLOG_PAUSE, BACKLOG),
    ),
    "an hour waits for messages until shortly before its margin": (
        NEW,
        at(MARGIN_AT - SECOND, UNDRAINED),
        Postpone(MARGIN_AT - SECOND + BACKLOG_PAUSE, BACKLOG),
    ),
    "an hour waits for messages no longer than until its margin": (
        NEW,
        at(MARGIN_AT, UNDRAINED),
        CLOSE,
    ),
    "usage in arrears waits for more of it": (
        replace(NEW, written_at=SEAL_AT + HOUR, written_in=0),
        at(SEAL_AT + HOUR + QUIET - SECOND),
        Postpone(SEAL_AT + HOUR + QUIET, None),
    ),
    "usage in arrears is closed when it falls quiet": (
        replace(NEW, written_at=SEAL_AT + HOUR, written_in=0),
        at(SEAL_AT + HOUR + QUIET),
        CLOSE,
    ),
    "usage in arrears waits for more no longer than until its margin": (
        replace(NEW, written_at=MARGIN_AT - SECOND, written_in=0),
        at(MARGIN_AT),
        CLOSE,
    ),
    "late usage waits for more of it": (
        LATE,
        at(SEAL_AT + HOUR + QUIET - SECOND),
        Postpone(SEAL_AT + HOUR + QUIET, None),
    ),
    "late usage is closed when it falls quiet": (LATE, at(SEAL_AT + HOUR + QUIET), CLOSE),
    "late usage waits for messages of its hour": (
        LATE,
        at(SEAL_AT + HOUR + QUIET, UNDRAINED),
        Postpone(SEAL_AT + HOUR + QUIET + BACKLOG_PAUSE, BACKLOG),
    ),
    "late usage of a day ago is closed as well": (
        replace(LATE, written_at=DEADLINE_AT + 5 * HOUR),
        at(DEADLINE_AT + 5 * HOUR + QUIET, UNDRAINED),
        CLOSE,
    ),
    "late usage that was dealt with is only accounted for": (
        replace(LATE, open=2, done=2),
        at(SEAL_AT + HOUR + QUIET),
        Account(),
    ),
    "late usage is told by its generation, not by its time": (
        replace(LATE, written_at=NOON_AT),
        at(SEAL_AT + HOUR + QUIET),
        CLOSE,
    ),
    "what a closer left half done is closed again": (HALF_DONE, FACTS, CLOSE),
    "a segment that was set aside is tried again": (
        replace(DONE, aside=("0#name",)),
        FACTS,
        CLOSE,
    ),
    "an hour with everything in its place is accounted for": (DONE, FACTS, Account()),
    "an hour is accounted for though messages wait": (DONE, UNDRAINED, Account()),
    "an hour that was accounted for is filed when its time has come": (
        replace(DONE, is_balanced=True),
        FACTS,
        File(),
    ),
    "an hour that took late usage after its accounting is closed before it is filed": (
        replace(LATE, is_balanced=True),
        at(SEAL_AT + HOUR + QUIET),
        CLOSE,
    ),
    "usage in arrears that never falls quiet waits no longer than a few looks": (
        replace(NEW, written_at=SEAL_AT + HOUR, written_in=0, holds=QUIET_LOOKS_MAX),
        at(SEAL_AT + HOUR + SECOND),
        CLOSE,
    ),
    "usage in arrears that may yet fall quiet waits for another look": (
        replace(NEW, written_at=SEAL_AT + HOUR, written_in=0, holds=QUIET_LOOKS_MAX - 1),
        at(SEAL_AT + HOUR + SECOND),
        Postpone(SEAL_AT + HOUR + QUIET, None),
    ),
    "a subscription that is unknown is waited for": (
        WAITING,
        FACTS,
        Postpone(hold_until(NOON_AT, 2, SEAL_AT), Reason.SUBSCRIPTION_UNKNOWN),
    ),
    "a subscription that has become known is billed": (
        WAITING,
        replace(FACTS, has_news=True),
        CLOSE,
    ),
    "a subscription that never became known is given up at the deadline": (
        WAITING,
        at(LAST_CALL_AT),
        CLOSE,
    ),
    "a subscription that is unknown waits until the very deadline": (
        WAITING,
        at(LAST_CALL_AT - SECOND),
        Postpone(LAST_CALL_AT, Reason.SUBSCRIPTION_UNKNOWN),
    ),
    "a flush closes an hour that goes on, for its own usage": (
        replace(NEW, due_at=SEAL_AT),
        at(NOON_AT + 10 * MINUTE, FLUSHED),
        Close({BUYER}),
    ),
    "a flush closes an hour again that it closed before": (
        replace(NEW, open=3, done=3, due_at=SEAL_AT),
        at(NOON_AT + 10 * MINUTE, FLUSHED),
        Close({BUYER}),
    ),
    "a flush of some does not wait for messages of others": (
        replace(NEW, due_at=SEAL_AT),
        at(NOON_AT + 10 * MINUTE, replace(FLUSHED, is_drained=False)),
        Close({BUYER}),
    ),
    "a flush closes a settled hour that waits for messages of others, for its own usage": (
        NEW,
        replace(FLUSHED, is_drained=False),
        Close({BUYER}),
    ),
    "a flush leaves an hour alone that has not begun": (
        replace(NEW, due_at=SEAL_AT),
        at(NOON_AT - SECOND, FLUSHED),
        NOTHING,
    ),
    "a flush closes a settled hour that is not due yet, for everybody": (
        replace(NEW, due_at=SEAL_AT + HOUR),
        FLUSHED,
        CLOSE,
    ),
    "a flush closes late usage at once": (
        LATE,
        at(SEAL_AT + HOUR + SECOND, FLUSHED),
        Close({BUYER}),
    ),
    "a flush bills what waited for a registration": (
        replace(WAITING, due_at=SEAL_AT + HOUR),
        replace(FLUSHED, has_news=True),
        CLOSE,
    ),
    "a flush accounts for nothing before its time": (
        replace(DONE, due_at=SEAL_AT + HOUR),
        FLUSHED,
        NOTHING,
    ),
    "a flush leaves an hour to whoever closes it": (
        replace(NEW, leased_until=SEAL_AT + SECOND),
        FLUSHED,
        NOTHING,
    ),
    "an hour that was flushed is closed for the others when it has settled": (
        replace(NEW, open=1, done=1),
        FACTS,
        CLOSE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_done_with_a_log(case: str) -> None:
    head, facts, expected = CASES[case]

    assert decide_log(head, facts) == expected


@pytest.mark.parametrize("settle", [timedelta(0), 15 * MINUTE, 6 * HOUR], ids=str)
def test_an_hour_settles_in_time_before_the_month_closes(settle: timedelta) -> None:
    last_hour = replace(NEW, log=LOG._replace(hour_at=NOON_AT.replace(day=30, hour=23)))
    closing_at = deadline_of(last_hour.log.hour_at) - 2 * HOUR

    assert decide_log(last_hour, replace(FACTS, now=closing_at, settle=settle)) == CLOSE


WAITING = Head(LOG, open=3, done=1, is_settled=True, reason=Reason.LATE_USAGE_WAITS, written_in=2)


@pytest.mark.parametrize(
    ("head", "is_all"),
    [
        (WAITING, True),
        (replace(WAITING, written_in=None), True),
        (replace(WAITING, written_in=3), False),
        (replace(WAITING, leased_until=NOON_AT), False),
        (replace(WAITING, is_settled=False), False),
        (replace(WAITING, reason=Reason.BACKLOG), False),
        (replace(WAITING, reason=None), False),
    ],
    ids=[
        *("as it was closed", "of old", "more came", "being closed", "closed for some"),
        *("a backlog", "on its way"),
    ],
)
def test_late_usage_is_all_that_waits_if_nothing_came_since(head: Head, *, is_all: bool) -> None:
    assert head.has_only_late_usage is is_all
