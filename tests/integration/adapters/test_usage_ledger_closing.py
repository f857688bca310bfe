"""The contract of closing a log: who may, what is stored of it, and how long others stand back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.journal.head import Head
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.subscriptions.identity import SubscriptionKey, license_key
from meterhouse.ports.ledger import Lease, UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    NOW,
    head_of,
    license_of,
    opened,
    taken,
    taken_over,
)

LATER_AT = NOW + 3 * HOUR + 7 * MICROSECOND
WAITING = tuple(license_key(license_of(number).license_arn) for number in range(3))


def closed(head: Head) -> Head:
    """Return a head as a closer writes it down that did everything there was to do."""
    return replace(
        head,
        done=head.open,
        is_settled=True,
        due_at=LATER_AT,
        reason=Reason.SUBSCRIPTION_UNKNOWN,
        waiting=WAITING,
        holds=3,
        aside=("000000#broken", "000001#naïve ☂"),
        totals=(("metered", Decimal("12.5")), ("held", Decimal("9999999999.999999"))),
    )


@pytest.mark.parametrize("is_settled", [True, False])
def test_who_takes_a_log_closes_its_open_generation(
    ledger: UsageLedger, *, is_settled: bool
) -> None:
    head = replace(opened(ledger, written_at=NOW), is_settled=is_settled)

    assert ledger.take(head, Lease(LOG, "mine"), NOW, LEASED_UNTIL) is True

    assert head_of(ledger) == replace(
        head, open=1, is_settled=is_settled, leased_until=LEASED_UNTIL
    )


def test_a_log_that_somebody_closes_is_not_taken(ledger: UsageLedger) -> None:
    opened(ledger)
    taken(ledger)
    before = head_of(ledger)

    moment = LEASED_UNTIL - MICROSECOND
    assert ledger.take(before, Lease(LOG, "theirs"), moment, LATER_AT) is False

    assert head_of(ledger) == before


def test_a_lease_that_has_run_out_is_taken_over(ledger: UsageLedger) -> None:
    opened(ledger)
    taken(ledger)

    assert ledger.take(head_of(ledger), Lease(LOG, "theirs"), LEASED_UNTIL, LATER_AT) is True

    assert (head_of(ledger).open, head_of(ledger).leased_until) == (2, LATER_AT)


def test_a_log_is_not_taken_by_who_saw_another_generation_open(ledger: UsageLedger) -> None:
    seen = opened(ledger)
    lease = taken(ledger)
    ledger.release(lease, head_of(ledger))
    before = head_of(ledger)

    assert ledger.take(seen, Lease(LOG, "theirs"), LATER_AT, LATER_AT + HOUR) is False
    ahead = replace(seen, open=2)
    assert ledger.take(ahead, Lease(LOG, "theirs"), LATER_AT, LATER_AT + HOUR) is False

    assert head_of(ledger) == before


def test_a_log_that_does_not_exist_is_not_taken(ledger: UsageLedger) -> None:
    assert ledger.take(Head(LOG), Lease(LOG, "mine"), NOW, LEASED_UNTIL) is False

    assert ledger.heads([LOG]) == {}


def test_what_became_of_a_log_is_stored_when_its_lease_is_given_up(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    outcome = closed(head_of(ledger))

    assert ledger.release(lease, outcome) is True

    assert head_of(ledger) == replace(outcome, leased_until=None)


def test_what_is_over_is_taken_out_of_a_head(ledger: UsageLedger) -> None:
    opened(ledger)
    ledger.release(lease := taken(ledger), closed(head_of(ledger)))
    lease = Lease(LOG, "again")
    assert ledger.take(head_of(ledger), lease, LATER_AT, LATER_AT + HOUR)

    assert ledger.release(lease, Head(LOG, done=2, is_settled=True)) is True

    assert head_of(ledger) == Head(LOG, open=2, done=2, is_settled=True)


def test_a_released_log_can_be_taken_at_once(ledger: UsageLedger) -> None:
    opened(ledger)
    ledger.release(taken(ledger), head_of(ledger))

    assert ledger.take(head_of(ledger), Lease(LOG, "theirs"), NOW, LEASED_UNTIL) is True


def test_which_generation_is_open_and_when_usage_came_is_never_released(
    ledger: UsageLedger,
) -> None:
    opened(ledger, written_at=NOW)
    lease = taken(ledger)

    wrong = replace(head_of(ledger), open=7, written_in=5)
    assert ledger.release(lease, wrong) is True

    head = head_of(ledger)
    assert (head.open, head.written_at, head.written_in) == (1, NOW, 0)


@pytest.mark.parametrize("written_at", [None, NOW])
def test_usage_that_came_during_a_closing_keeps_its_due_time(
    ledger: UsageLedger, written_at: object
) -> None:
    opened(ledger, written_at=NOW if written_at else None)
    lease = taken(ledger)
    outcome = closed(head_of(ledger))
    noted_at = NOW + MICROSECOND
    ledger.wake(LOG, 1, LATER_AT + HOUR, noted_at)

    assert ledger.release(lease, outcome) is True

    assert head_of(ledger) == replace(
        outcome, due_at=LATER_AT + HOUR, written_at=noted_at, written_in=1, leased_until=None
    )
    assert [one.due_at for one in ledger.due(now=None, count_max=9)] == [LATER_AT + HOUR]


def test_a_closing_that_leaves_nothing_to_do_leaves_woken_logs_due(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    outcome = replace(closed(head_of(ledger)), due_at=None)
    ledger.wake(LOG, 1, LATER_AT, NOW)

    ledger.release(lease, outcome)

    assert head_of(ledger).due_at == LATER_AT


def test_a_lease_that_was_taken_over_releases_nothing(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    outcome = closed(head_of(ledger))
    taken_over(ledger)
    before = head_of(ledger)

    assert ledger.release(lease, outcome) is False

    assert head_of(ledger) == before


def test_a_lease_that_was_taken_over_releases_nothing_after_usage_came_either(
    ledger: UsageLedger,
) -> None:
    opened(ledger)
    lease = taken(ledger)
    outcome = closed(head_of(ledger))
    taken_over(ledger)
    ledger.wake(LOG, 2, LATER_AT, NOW)
    before = head_of(ledger)

    assert ledger.release(lease, outcome) is False

    assert head_of(ledger) == before


def test_a_log_that_was_released_and_taken_again_is_not_released_by_its_first_lease(
    ledger: UsageLedger,
) -> None:
    opened(ledger)
    first = taken(ledger)
    ledger.release(first, head_of(ledger))
    second = taken_over(ledger)
    ledger.release(second, head_of(ledger))
    before = head_of(ledger)

    assert ledger.release(first, closed(before)) is False

    assert head_of(ledger) == before


def test_a_log_is_put_off(ledger: UsageLedger) -> None:
    before = opened(ledger, written_at=NOW)
    totals = (("pending", Decimal("0.000001")),)
    put_off = replace(before, due_at=LATER_AT, reason=Reason.BACKLOG, holds=2, totals=totals)

    assert ledger.postpone(before, put_off) is True

    assert head_of(ledger) == put_off


def test_putting_off_changes_nothing_else_and_takes_away_what_is_over(ledger: UsageLedger) -> None:
    before = opened(ledger)
    assert ledger.postpone(before, replace(before, reason=Reason.BACKLOG, holds=2)) is True
    put_off = replace(before, due_at=None, done=9, is_settled=True, waiting=WAITING)

    assert ledger.postpone(before, put_off) is True

    assert head_of(ledger) == Head(LOG)
    assert ledger.due(now=None, count_max=9) == []


@pytest.mark.parametrize("written_at", [None, NOW])
def test_a_log_that_was_woken_is_not_put_off(ledger: UsageLedger, written_at: object) -> None:
    seen = opened(ledger, written_at=NOW if written_at else None)
    ledger.wake(LOG, 0, DUE_AT, NOW + MICROSECOND)
    before = head_of(ledger)

    assert ledger.postpone(seen, replace(seen, due_at=LATER_AT)) is False

    assert head_of(ledger) == before


def test_a_log_that_was_closed_since_is_not_put_off(ledger: UsageLedger) -> None:
    seen = opened(ledger)
    ledger.release(taken(ledger), head_of(ledger))
    before = head_of(ledger)

    assert ledger.postpone(seen, replace(seen, due_at=LATER_AT)) is False
    assert ledger.postpone(replace(seen, open=2), replace(seen, open=2, due_at=LATER_AT)) is False

    assert head_of(ledger) == before


def test_a_log_that_somebody_else_put_off_is_not_put_off(ledger: UsageLedger) -> None:
    seen = opened(ledger)
    assert ledger.postpone(seen, replace(seen, due_at=LATER_AT, is_balanced=False)) is True
    before = head_of(ledger)

    assert ledger.postpone(seen, replace(seen, due_at=None, is_balanced=True)) is False

    assert head_of(ledger) == before


@pytest.mark.parametrize("after", [timedelta(0), 10 * HOUR])
def test_a_log_that_somebody_closes_is_not_put_off(ledger: UsageLedger, after: timedelta) -> None:
    """Not even when the lease has run out: whoever takes it over decides."""
    opened(ledger)
    taken(ledger)
    before = head_of(ledger)

    assert ledger.postpone(before, replace(before, due_at=LATER_AT + after)) is False

    assert head_of(ledger) == before


def test_a_log_that_does_not_exist_is_not_put_off(ledger: UsageLedger) -> None:
    assert ledger.postpone(Head(LOG), Head(LOG, due_at=LATER_AT)) is False

    assert ledger.heads([LOG]) == {}


def test_thousands_of_subscriptions_may_wait(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    waiting = tuple(sorted(license_key(license_of(number).license_arn) for number in range(10_000)))

    assert ledger.release(lease, replace(head_of(ledger), waiting=waiting)) is True

    assert head_of(ledger).waiting == waiting


def test_subscriptions_of_every_kind_may_wait(ledger: UsageLedger) -> None:
    opened(ledger)
    lease = taken(ledger)
    waiting = tuple(
        map(SubscriptionKey, ("account#a/b=:_.@c#123", "customer#p#!\"$%&'()*+,-./:;{}~"))
    )

    ledger.release(lease, replace(head_of(ledger), waiting=waiting))

    assert head_of(ledger).waiting == waiting
