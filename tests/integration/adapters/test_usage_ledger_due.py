"""The contract of what is due: logs and batches with something left to do, the oldest first."""

from dataclasses import replace
from datetime import datetime

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import AwsCode, Reason
from meterhouse.domain.records.record import BatchKey, MeteringRecord, RecordStatus
from meterhouse.ports.ledger import Due, UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    MINUTE,
    NOON_AT,
    batch,
    carry,
    finished,
    frozen,
    head_of,
    opened,
    sealed,
    segment,
    submitting,
    taken,
)


def due(ledger: UsageLedger, now: datetime | None = None, count_max: int = 100) -> list[Due]:
    return ledger.due(now=now, count_max=count_max)


def log_of(number: int) -> LogKey:
    return LogKey(NOON_AT + number // 10 * HOUR, number % 10)


def test_nothing_is_due_in_the_beginning(ledger: UsageLedger) -> None:
    assert due(ledger) == []


def test_a_log_is_due_from_its_moment_on(ledger: UsageLedger) -> None:
    opened(ledger)

    assert due(ledger, DUE_AT - MICROSECOND) == []
    assert due(ledger, DUE_AT) == [Due(DUE_AT, LOG)]
    assert due(ledger, DUE_AT + HOUR) == [Due(DUE_AT, LOG)]
    assert due(ledger) == [Due(DUE_AT, LOG)]


def test_the_oldest_comes_first_and_the_rest_is_left_out(ledger: UsageLedger) -> None:
    order = [3, 1, 4, 0, 2]
    for number in order:
        ledger.open_log(log_of(number), DUE_AT + number * MICROSECOND, None)

    found = due(ledger, DUE_AT + 3 * MICROSECOND, 3)

    assert found == [Due(DUE_AT + number * MICROSECOND, log_of(number)) for number in range(3)]
    assert due(ledger, None, 2) == found[:2]
    assert len(due(ledger)) == 5
    assert due(ledger, None, 0) == []


def test_a_log_and_its_batches_are_due_apart(ledger: UsageLedger) -> None:
    opened(ledger)
    early, late = LEASED_UNTIL - HOUR, LEASED_UNTIL
    ledger.freeze(taken(ledger), [batch("b", due_at=late), batch("a", due_at=early)])

    assert due(ledger) == [
        Due(early, BatchKey(LOG, "a")),
        Due(DUE_AT, LOG),
        Due(late, BatchKey(LOG, "b")),
    ]


def test_taking_a_log_leaves_it_due(ledger: UsageLedger) -> None:
    """Whoever died with the lease is followed by the next one."""
    opened(ledger)
    taken(ledger)

    assert due(ledger) == [Due(DUE_AT, LOG)]


def test_a_log_with_nothing_left_to_do_is_not_due_until_it_is_woken(ledger: UsageLedger) -> None:
    opened(ledger)
    ledger.release(taken(ledger), replace(head_of(ledger), due_at=None))

    assert due(ledger) == []
    ledger.wake(LOG, 1, DUE_AT + HOUR, DUE_AT)
    assert due(ledger) == [Due(DUE_AT + HOUR, LOG)]


def test_a_log_that_is_put_off_is_due_later(ledger: UsageLedger) -> None:
    head = opened(ledger)

    ledger.postpone(head, replace(head, due_at=DUE_AT + MINUTE))

    assert due(ledger) == [Due(DUE_AT + MINUTE, LOG)]


def test_a_batch_is_due_when_the_first_of_its_records_is(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a", sealed(1), sealed(2), sealed(3))
    head = head_of(ledger)
    assert head.due_at == DUE_AT
    soon, later = DUE_AT + MINUTE, DUE_AT + HOUR

    ledger.store(
        written.with_statuses(
            {
                0: RecordStatus(RecordState.METERED, None, Reason.OWN_DUPLICATE, 1),
                1: submitting(later),
                2: RecordStatus(RecordState.SEALED, soon, Reason.UNPROCESSED),
            }
        )
    )

    assert due(ledger) == [Due(DUE_AT, LOG), Due(soon, written.key)]


def test_a_finished_batch_is_due_no_more(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a")
    ledger.store(finished(written))

    assert due(ledger) == [Due(DUE_AT, LOG)]


def test_a_batch_that_is_taken_up_again_is_due_again(ledger: UsageLedger) -> None:
    written = frozen(ledger, "a")
    rejected = written.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("why"))})
    ledger.store(rejected)

    ledger.store(
        rejected.with_statuses(
            {0: RecordStatus(RecordState.SEALED, DUE_AT + HOUR, Reason.REDRIVEN)}
        )
    )

    assert due(ledger)[1:] == [Due(DUE_AT + HOUR, written.key)]


def test_a_batch_with_usage_that_ended_unbilled_is_refused_and_not_due(
    ledger: UsageLedger,
) -> None:
    written = frozen(ledger, "a", sealed(1), sealed(2))
    assert ledger.refused(count_max=9) == []
    half = written.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("why"))})
    ledger.store(half)
    # What is due comes first: somebody works on it.
    assert (ledger.refused(count_max=9), len(due(ledger))) == ([], 2)

    ledger.store(
        half.with_statuses({1: RecordStatus(RecordState.METERED, None, Reason.OWN_DUPLICATE, 1)})
    )

    assert ledger.refused(count_max=9) == [written.key]
    assert due(ledger) == [Due(DUE_AT, LOG)]


def test_a_batch_whose_refused_usage_is_taken_up_again_is_refused_no_more(
    ledger: UsageLedger,
) -> None:
    written = frozen(ledger, "a")
    rejected = written.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("why"))})
    ledger.store(rejected)
    redriven = rejected.with_statuses(
        {0: RecordStatus(RecordState.SEALED, DUE_AT, Reason.REDRIVEN)}
    )
    ledger.store(redriven)
    assert (ledger.refused(count_max=9), len(due(ledger))) == ([], 2)

    ledger.store(redriven.with_statuses({0: RecordStatus(RecordState.CARRIED, None)}))

    assert ledger.refused(count_max=9) == []
    assert due(ledger) == [Due(DUE_AT, LOG)]


def test_a_batch_may_be_refused_from_the_beginning(ledger: UsageLedger) -> None:
    opened(ledger)
    unknown = RecordStatus(RecordState.REJECTED, None, Reason.SUBSCRIPTION_UNKNOWN)
    written = replace(batch("a"), records=(MeteringRecord(sealed(), unknown),))

    ledger.freeze(taken(ledger), [written])

    assert ledger.refused(count_max=9) == [written.key]


def test_refused_usage_is_listed_by_hour_and_the_rest_is_left_out(ledger: UsageLedger) -> None:
    logs = [LogKey(NOON_AT + hour * HOUR, 0) for hour in range(4)]
    for log in reversed(logs):
        written = frozen(ledger, "a", log=log)
        ledger.store(
            written.with_statuses({0: RecordStatus(RecordState.REJECTED, None, AwsCode("why"))})
        )

    assert [key.log for key in ledger.refused(count_max=9)] == logs
    assert [key.log for key in ledger.refused(count_max=2)] == logs[:2]
    assert ledger.refused(count_max=0) == []


def test_what_only_stands_in_a_log_is_never_due(ledger: UsageLedger) -> None:
    ledger.append(LOG, segment(0, 1))
    ledger.write_manifest(LOG, 0, frozenset())
    ledger.write_carry(carry())

    assert due(ledger) == []


def test_many_are_due(ledger: UsageLedger) -> None:
    for number in range(300):
        ledger.open_log(log_of(number), DUE_AT + number * MINUTE, None)

    assert [one.key for one in due(ledger, None, 1_000)] == [log_of(n) for n in range(300)]
