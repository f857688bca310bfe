"""Who may claim a record: nobody before its lease is over, and a flush before its time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhouse.domain.decisions import Leave, Send, decide
from meterhouse.domain.lifecycle import RecordState
from tests.unit.domain.builders import MINUTE, NOON_AT, frozen_usage, page_of, record_in
from tests.unit.domain.test_decisions import KNOWN, SEAL_AT, change_of

OPEN, SUBMITTING = RecordState.OPEN, RecordState.SUBMITTING


@pytest.mark.parametrize("flush", [False, True])
def test_what_another_run_may_be_sending_is_left_until_its_lease_is_over(flush: bool) -> None:  # noqa: FBT001 - both
    facts = replace(KNOWN, flush=flush)
    record = record_in(SUBMITTING, units=9, frozen=frozen_usage(9))
    leased = replace(record, leased_until=facts.now + timedelta(seconds=1))

    assert isinstance(decide(leased, facts), Leave)
    assert isinstance(decide(replace(leased, leased_until=facts.now), facts), Send)


def test_what_a_flush_claims_before_its_time_is_due_at_once_if_the_run_dies() -> None:
    now = NOON_AT + 10 * MINUTE
    facts = replace(KNOWN, now=now, flush=True)
    record = record_in(OPEN, page_of(("e1", 1)), due_at=SEAL_AT)

    after = change_of(decide(record, facts)).record

    assert (after.state, after.due_at) == (SUBMITTING, now)
