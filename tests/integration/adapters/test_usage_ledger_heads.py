"""The contract of the heads of logs: how they come into being, are listed and are woken."""

from dataclasses import replace

import pytest

from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey
from meterhouse.ports.ledger import UsageLedger
from tests.integration.adapters.ledger_steps import (
    DUE_AT,
    HOUR,
    LEASED_UNTIL,
    LOG,
    MICROSECOND,
    MINUTE,
    NOON_AT,
    NOW,
    head_of,
    opened,
    taken,
)

LATER_AT = NOW + 3 * HOUR + 7 * MICROSECOND


def test_what_does_not_exist_has_no_head(ledger: UsageLedger) -> None:
    opened(ledger)

    assert ledger.heads([LogKey(NOON_AT, 1), LogKey(NOON_AT + HOUR, 0)]) == {}
    assert ledger.heads([]) == {}


@pytest.mark.parametrize("written_at", [None, NOW])
def test_a_log_opens_with_generation_0(ledger: UsageLedger, written_at: object) -> None:
    assert ledger.open_log(LOG, DUE_AT, NOW if written_at else None) is True

    assert head_of(ledger) == Head(
        LOG,
        due_at=DUE_AT,
        written_at=NOW if written_at else None,
        written_in=0 if written_at else None,
    )


def test_a_log_that_is_there_is_not_opened_again(ledger: UsageLedger) -> None:
    opened(ledger)
    taken(ledger)
    before = head_of(ledger)

    assert ledger.open_log(LOG, LATER_AT, NOW) is False

    assert head_of(ledger) == before


def test_one_head_may_be_asked_for_twice(ledger: UsageLedger) -> None:
    head = opened(ledger)

    assert ledger.heads([LOG, LOG]) == {LOG: head}


def test_more_heads_than_one_request_names_are_read(ledger: UsageLedger) -> None:
    logs = [LogKey(NOON_AT + hour * HOUR, shard) for hour in range(3) for shard in range(50)]
    for log in logs:
        ledger.open_log(log, DUE_AT, None)

    assert ledger.heads(logs).keys() == set(logs)


def test_heads_are_listed_by_hour_and_shard_with_both_ends(ledger: UsageLedger) -> None:
    logs = [LogKey(NOON_AT + hour * HOUR, shard) for hour in range(5) for shard in (0, 9, 10)]
    for log in reversed(logs):
        ledger.open_log(log, DUE_AT, None)

    listed = ledger.heads_between(NOON_AT + HOUR, NOON_AT + 3 * HOUR)

    assert [head.log for head in listed] == logs[3:12]


def test_an_hour_that_began_before_the_first_moment_is_not_listed(ledger: UsageLedger) -> None:
    opened(ledger)

    assert list(ledger.heads_between(NOON_AT + MICROSECOND, NOON_AT + HOUR)) == []
    assert list(ledger.heads_between(NOON_AT - HOUR, NOON_AT - MICROSECOND)) == []
    assert [head.log for head in ledger.heads_between(NOON_AT, NOON_AT + MINUTE)] == [LOG]


def test_a_log_is_woken_while_the_generation_is_open(ledger: UsageLedger) -> None:
    before = opened(ledger)

    assert ledger.wake(LOG, 0, LATER_AT, NOW) is True

    assert head_of(ledger) == replace(before, due_at=LATER_AT, written_at=NOW, written_in=0)


@pytest.mark.parametrize("generation", [0, 2])
def test_a_log_is_not_woken_for_another_generation(ledger: UsageLedger, generation: int) -> None:
    opened(ledger)
    taken(ledger)
    before = head_of(ledger)

    assert ledger.wake(LOG, generation, LATER_AT, NOW) is False

    assert head_of(ledger) == before


def test_a_log_that_does_not_exist_is_not_woken(ledger: UsageLedger) -> None:
    assert ledger.wake(LOG, 0, LATER_AT, NOW) is False

    assert ledger.heads([LOG]) == {}


def test_a_log_is_woken_while_somebody_closes_it(ledger: UsageLedger) -> None:
    opened(ledger)
    taken(ledger)

    assert ledger.wake(LOG, 1, LATER_AT, NOW) is True

    head = head_of(ledger)
    assert (head.due_at, head.written_in, head.leased_until) == (LATER_AT, 1, LEASED_UNTIL)
