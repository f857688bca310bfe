"""What to do next with a record whose hour is none of its subscription's."""

from datetime import datetime

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.step_when_due import step_when_due
from tests.unit.domain.builders import record_in, sealed_record
from tests.unit.domain.records.test_step_when_due import (
    CARRIED,
    EXPIRED,
    NEW_RULE,
    NOT_SUBSCRIBED,
    NOW,
    REJECTED,
    SEALED,
    SUBMITTING,
    TOO_LATE_AT,
    Summary,
    summary,
)

UNCOVERED_RECORDS = {
    "a fresh record ends unbilled": (SEALED, None, NOW, ("keep", REJECTED, "before_start")),
    "so does one that AWS held off": (
        SEALED,
        NOT_SUBSCRIBED,
        NOW,
        ("keep", REJECTED, "before_start"),
    ),
    "it is never carried, whatever AWS said": (
        SEALED,
        NEW_RULE,
        TOO_LATE_AT,
        ("keep", REJECTED, "before_start"),
    ),
    "nor if nobody said anything": (SEALED, None, TOO_LATE_AT, ("keep", REJECTED, "before_start")),
    "what an operator redrives is sent": (
        SEALED,
        "redriven",
        NOW,
        ("first send", SUBMITTING, "redriven"),
    ),
    "an operator's word ends with AWS's window": (
        SEALED,
        "redriven",
        TOO_LATE_AT,
        ("keep", REJECTED, "before_start"),
    ),
    "what may have been sent is sent until its answer is known": (
        SUBMITTING,
        None,
        NOW,
        ("send again", SUBMITTING, None),
    ),
}


@pytest.mark.parametrize(
    ("state", "reason", "now", "expected"), UNCOVERED_RECORDS.values(), ids=UNCOVERED_RECORDS
)
def test_a_record_whose_hour_turns_out_to_be_none_of_its_subscriptions(
    state: RecordState, reason: str | None, now: datetime, expected: Summary
) -> None:
    record = record_in(state, reason=reason)

    step = step_when_due(record, now, has_ended=False, uncovered=Reason.BEFORE_START)

    assert summary(step) == expected


def test_a_zero_of_such_an_hour_needs_nobody() -> None:
    zero = record_in(SEALED, sealed_record(0))

    step = step_when_due(zero, NOW, has_ended=True, uncovered=Reason.AFTER_END)

    assert summary(step) == ("keep", CARRIED, "after_end")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, ("keep", EXPIRED, "table_restored")),
        ("redriven", ("send again", SUBMITTING, "redriven")),
    ],
)
def test_what_a_lost_table_may_have_billed_of_such_an_hour_is_not_called_unbilled(
    reason: str | None, expected: Summary
) -> None:
    record = record_in(SEALED, reason=reason)

    step = step_when_due(
        record, NOW, has_ended=False, uncovered=Reason.BEFORE_START, may_be_billed=True
    )

    assert summary(step) == expected
