"""What to do next with a frozen record: every state under every fact that matters."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.endings import hold_until
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.domain.records.step_when_due import LEASE, Claim, Keep, step_when_due
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, record_in, sealed_record

DEADLINE_AT = deadline_of(NOON_AT)
TOO_LATE_AT = DEADLINE_AT - 5 * MINUTE
NOW = NOON_AT + 75 * MINUTE

SEALED, SUBMITTING = RecordState.SEALED, RecordState.SUBMITTING
CARRIED, REJECTED, EXPIRED = RecordState.CARRIED, RecordState.REJECTED, RecordState.EXPIRED
NOT_SUBSCRIBED, NEW_RULE = "CustomerNotSubscribed", "refused:NewException"

Summary = tuple[str, RecordState, str | None]


def summary(step: Claim | Keep | None) -> Summary:
    """Return the kind of step, the state that it leads to, and the reason."""
    assert step is not None
    kind = "keep"
    if isinstance(step, Claim):
        kind = "first send" if step.surely_unsent else "send again"
    return kind, step.status.state, step.status.reason


def status_after(record: MeteringRecord, now: datetime = NOW) -> RecordStatus:
    step = step_when_due(record, now, has_ended=False)
    assert step is not None
    return step.status


SEALED_RECORDS = {
    "a fresh record is sent": (None, NOW, False, ("first send", SUBMITTING, None)),
    "a fresh record is sent as long as a run can still send it": (
        None,
        TOO_LATE_AT - MINUTE,
        False,
        ("first send", SUBMITTING, None),
    ),
    "a record that was surely never sent is carried when its time is over": (
        None,
        TOO_LATE_AT,
        False,
        ("keep", CARRIED, "deadline"),
    ),
    "what was used before an agreement ended is sent as well": (
        None,
        NOW,
        True,
        ("first send", SUBMITTING, None),
    ),
    "what nobody sent in time is carried, even if the agreement ended": (
        None,
        TOO_LATE_AT,
        True,
        ("keep", CARRIED, "deadline"),
    ),
    "a record that a run had no time for is carried when its time is over": (
        "run_ended",
        TOO_LATE_AT,
        False,
        ("keep", CARRIED, "deadline"),
    ),
    "what AWS refused with a code that nobody knows is tried again": (
        NEW_RULE,
        NOW,
        False,
        ("first send", SUBMITTING, NEW_RULE),
    ),
    "what AWS refused with such a code is tried again after the agreement ended, too": (
        NEW_RULE,
        NOW,
        True,
        ("first send", SUBMITTING, NEW_RULE),
    ),
    "what AWS refused with such a code until its time was over is rejected": (
        NEW_RULE,
        TOO_LATE_AT,
        False,
        ("keep", REJECTED, NEW_RULE),
    ),
    "a record without a subscription at AWS is tried again": (
        NOT_SUBSCRIBED,
        NOW,
        False,
        ("first send", SUBMITTING, NOT_SUBSCRIBED),
    ),
    "a record without a subscription at AWS is rejected when its agreement ended": (
        NOT_SUBSCRIBED,
        NOW,
        True,
        ("keep", REJECTED, NOT_SUBSCRIBED),
    ),
    "a record without a subscription at AWS until its time was over is rejected": (
        NOT_SUBSCRIBED,
        TOO_LATE_AT,
        False,
        ("keep", REJECTED, NOT_SUBSCRIBED),
    ),
}


@pytest.mark.parametrize(
    ("reason", "now", "has_ended", "expected"), SEALED_RECORDS.values(), ids=SEALED_RECORDS
)
def test_a_sealed_record(
    reason: str | None, now: datetime, expected: Summary, *, has_ended: bool
) -> None:
    record = record_in(SEALED, reason=reason)

    assert summary(step_when_due(record, now, has_ended=has_ended)) == expected


SUBMITTING_RECORDS = {
    "what may have been sent is sent again": (None, NOW, ("send again", SUBMITTING, None)),
    "it is sent again until its deadline, for it may be billed already": (
        None,
        TOO_LATE_AT,
        ("send again", SUBMITTING, None),
    ),
    "at its deadline it expires": (None, DEADLINE_AT, ("keep", EXPIRED, "deadline")),
    "at its deadline it expires for the reason that it had": (
        "missing_in_answer",
        DEADLINE_AT,
        ("keep", EXPIRED, "missing_in_answer"),
    ),
    "what AWS once refused is sent again all the same": (
        NOT_SUBSCRIBED,
        NOW,
        ("send again", SUBMITTING, NOT_SUBSCRIBED),
    ),
}


@pytest.mark.parametrize(
    ("reason", "now", "expected"), SUBMITTING_RECORDS.values(), ids=SUBMITTING_RECORDS
)
@pytest.mark.parametrize("has_ended", [False, True])
def test_a_record_whose_answer_is_unknown_is_never_carried_only_sent_again_or_expired(
    reason: str | None, now: datetime, expected: Summary, *, has_ended: bool
) -> None:
    record = record_in(SUBMITTING, reason=reason)

    assert summary(step_when_due(record, now, has_ended=has_ended)) == expected


@pytest.mark.parametrize("state", sorted(set(RecordState) - UNFINISHED))
@pytest.mark.parametrize("now", [NOW, DEADLINE_AT + HOUR])
@pytest.mark.parametrize("has_ended", [False, True])
def test_a_finished_record_is_left_alone(
    state: RecordState, now: datetime, *, has_ended: bool
) -> None:
    assert step_when_due(record_in(state), now, has_ended=has_ended) is None


@pytest.mark.parametrize("state", [SEALED, SUBMITTING])
def test_a_claim_counts_the_send_and_lasts_as_long_as_a_lease(state: RecordState) -> None:
    record = record_in(state, holds=2, reason="why")

    after = status_after(record)

    assert after == replace(
        record.status, state=SUBMITTING, due_at=NOW + LEASE, sends=record.status.sends + 1
    )
    assert (after.holds, after.reason) == (2, "why")


def test_a_lease_outlasts_the_longest_function() -> None:
    assert timedelta(seconds=240) < LEASE


@pytest.mark.parametrize(
    ("state", "now", "after"),
    [(SEALED, TOO_LATE_AT, CARRIED), (SUBMITTING, DEADLINE_AT, CARRIED)],
)
def test_a_zero_that_was_not_told_in_time_needs_nobody(
    state: RecordState, now: datetime, after: RecordState
) -> None:
    status = status_after(record_in(state, sealed_record(0)), now)

    assert (status.state, status.due_at) == (after, None)


def test_a_zero_for_a_buyer_who_left_is_not_tried_until_the_deadline() -> None:
    zero = record_in(SEALED, sealed_record(0), reason=NOT_SUBSCRIBED)

    status = status_after(zero)

    assert (status.state, status.due_at) == (CARRIED, None)


def test_a_record_that_is_carried_is_due_until_its_usage_has_arrived() -> None:
    status = status_after(record_in(SEALED), TOO_LATE_AT)

    assert (status.state, status.due_at) == (CARRIED, TOO_LATE_AT)


def test_what_is_held_is_looked_at_in_growing_pauses_up_to_an_hour() -> None:
    pauses = [hold_until(NOON_AT, holds, NOW) - NOW for holds in range(8)]

    assert pauses == [minutes * MINUTE for minutes in (5, 10, 20, 40, 60, 60, 60, 60)]


@pytest.mark.parametrize("minutes_left", [6, 12, 40])
def test_what_is_held_is_looked_at_once_more_before_it_is_too_late(minutes_left: int) -> None:
    now = DEADLINE_AT - minutes_left * MINUTE

    due_at = hold_until(NOON_AT, 9, now)

    assert now < due_at <= max(TOO_LATE_AT, now + timedelta(seconds=1))


@pytest.mark.parametrize("holds", [0, 4, 5, 6, 50])
@pytest.mark.parametrize("minutes_left", [300, 75, 61, 60, 40, 20, 16])
def test_the_last_look_before_the_deadline_comes_while_a_run_can_still_send(
    holds: int, minutes_left: int
) -> None:
    now = DEADLINE_AT - minutes_left * MINUTE
    looks = []
    while now < TOO_LATE_AT:
        now = hold_until(NOON_AT, holds, now)
        looks.append(now)

    in_time = [look for look in looks if look < TOO_LATE_AT]
    assert TOO_LATE_AT - 10 * MINUTE in in_time
    assert looks[-1] == TOO_LATE_AT, "and it ends when it can end no other way"
