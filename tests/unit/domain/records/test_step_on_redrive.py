"""What an operator's word does to a record that was refused, and to any other."""

from datetime import datetime

import pytest

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import UNCOVERED, Reason
from meterhouse.domain.records.record import SealedRecord
from meterhouse.domain.records.step_on_redrive import step_on_redrive
from meterhouse.errors import CommandRefusedError
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, record_in, sealed_record

SEALED, REJECTED, CARRIED = RecordState.SEALED, RecordState.REJECTED, RecordState.CARRIED
TOO_LATE_AT = deadline_of(NOON_AT) - 5 * MINUTE
STRANGERS = sealed_record(identity=None, product_code="")


@pytest.mark.parametrize(
    ("sealed", "now", "state"),
    [
        (sealed_record(), NOON_AT + 2 * HOUR, SEALED),
        (sealed_record(), TOO_LATE_AT - MINUTE, SEALED),
        (sealed_record(), TOO_LATE_AT, CARRIED),
        # Nobody knows under which identity it was frozen, so that it can be billed anew only.
        (STRANGERS, NOON_AT + 2 * HOUR, CARRIED),
        (STRANGERS, TOO_LATE_AT, CARRIED),
    ],
)
def test_a_rejected_record_is_sent_again_or_carried(
    sealed: SealedRecord, now: datetime, state: RecordState
) -> None:
    after = step_on_redrive(record_in(REJECTED, sealed, reason="Invalid"), now)

    assert (after.state, after.reason, after.due_at) == (state, "redriven", now)


@pytest.mark.parametrize("state", sorted(set(RecordState) - {REJECTED}))
def test_what_may_have_been_billed_is_never_redriven(state: RecordState) -> None:
    with pytest.raises(CommandRefusedError, match=state.value):
        step_on_redrive(record_in(state), NOON_AT + 2 * HOUR)


@pytest.mark.parametrize("uncovered", sorted(UNCOVERED))
def test_what_is_not_covered_is_sent_inside_awss_window_and_never_carried(
    uncovered: Reason,
) -> None:
    rejected = record_in(REJECTED, reason=uncovered)

    after = step_on_redrive(rejected, TOO_LATE_AT - MINUTE, uncovered=uncovered)

    assert (after.state, after.reason) == (SEALED, "redriven")
    for record in (rejected, record_in(REJECTED, STRANGERS)):
        with pytest.raises(CommandRefusedError) as caught:
            step_on_redrive(record, TOO_LATE_AT, uncovered=uncovered)
        assert caught.value.answer == uncovered.value
        assert "outside AWS metering" in str(caught.value)
