"""Append, then look: usage counts once it was acknowledged, whoever closes what meanwhile."""

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.use_cases.journal import append_usage
from meterhouse.use_cases.journal.append_usage import ROUNDS_MAX, Beliefs
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.journal.appending import (
    BEFORE,
    IN_ARREARS,
    LOG,
    MINUTE,
    POLICY,
    Stage,
    known_stage,
)
from tests.unit.use_cases.ledgers import on


def test_in_the_ordinary_case_a_drain_writes_its_segment_and_reads_the_head() -> None:
    stage = known_stage()

    assert stage.append("a", "b") == set()

    assert stage.ledger.asked == ["append", "heads"]


def test_many_hours_cost_a_segment_each_and_one_reading_of_heads() -> None:
    logs = tuple(LogKey(NOON, shard) for shard in range(5))
    stage = Stage()
    stage.append("first", logs=logs)
    stage.ledger.asked.clear()

    assert stage.append("a", logs=logs) == set()

    assert stage.ledger.counted == {"append": 5, "heads": 1}


def test_the_first_drain_of_an_hour_opens_it_and_says_when_it_is_due() -> None:
    stage = Stage()

    assert stage.append("a") == set()

    head = stage.ledger.stored_heads[LOG]
    assert stage.ledger.asked == ["append", "heads", "open_log"]
    assert (head.open, head.due_at) == (0, NOON + 75 * MINUTE)
    assert (head.written_at, head.written_in) == (None, None)


def test_an_hour_that_is_opened_in_arrears_remembers_it_and_is_due_when_it_falls_quiet() -> None:
    stage = Stage(IN_ARREARS)

    assert stage.append("a") == set()

    head = stage.ledger.stored_heads[LOG]
    assert (head.written_at, head.written_in) == (IN_ARREARS, 0)
    assert head.due_at == IN_ARREARS + POLICY.quiet


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_generation_that_is_closed_under_the_drain_goes_another_round(moment: str) -> None:
    stage = known_stage()
    setattr(stage.ledger, moment, on("append", stage.close))

    assert stage.append("a") == set()

    counting = {one.generation for one in stage.counting()}
    assert 1 in counting, "what the drain wrote first may be in no manifest"
    assert stage.ledger.counted["append"] == 2
    assert stage.beliefs.of(LOG) == 1


def test_what_another_process_opens_meanwhile_is_looked_at_again() -> None:
    stage = Stage()
    stage.ledger.before = on("open_log", lambda: stage.ledger.open_log(LOG, NOON, None))

    assert stage.append("a") == set()

    assert stage.ledger.stored_heads[LOG].due_at == NOON, "it stands as the other one wrote it"
    assert len(stage.counting()) == 1


def test_a_log_that_is_opened_and_closed_meanwhile_goes_another_round() -> None:
    stage = Stage()

    def open_and_close() -> None:
        stage.ledger.open_log(LOG, NOON, None)
        stage.close()

    stage.ledger.before = on("append", open_and_close)

    assert stage.append("a") == set()
    assert {one.generation for one in stage.counting()} == {1}


@pytest.mark.parametrize("closed", [1, 3])
@pytest.mark.parametrize("belief", [0, 1, 2, 5])
def test_a_wrong_belief_costs_a_write_and_no_usage(closed: int, belief: int) -> None:
    stage = known_stage(closed=closed)
    stage.beliefs = Beliefs({LOG: belief})

    assert stage.append("a") == set()

    assert {one.generation for one in stage.counting()} >= {closed}
    assert stage.ledger.counted["append"] == (1 if belief == closed else 2)
    assert stage.beliefs.of(LOG) == closed


def test_a_belief_in_a_log_that_is_not_there_is_given_up() -> None:
    stage = Stage(beliefs=Beliefs({LOG: 4}))

    assert stage.append("a") == set()

    assert {one.generation for one in stage.counting()} == {0}


def test_after_some_rounds_the_messages_go_back() -> None:
    stage = known_stage()
    stage.ledger.after = on("append", stage.close, times=100)

    assert stage.append("a") == {LOG}

    assert stage.ledger.counted["append"] == ROUNDS_MAX


def test_a_log_that_takes_part_in_no_more_rounds_is_written_once() -> None:
    stage = Stage()
    stage.append("first", logs=(LOG, BEFORE))
    stage.ledger.asked.clear()
    stage.ledger.after = on("append", stage.close)

    assert stage.append("a", logs=(LOG, BEFORE)) == set()

    assert stage.ledger.counted["append"] == 3


def test_a_drain_without_time_writes_nothing_and_keeps_its_messages() -> None:
    stage = Stage(seconds_left=append_usage.WRITE_SECONDS_MIN - 1)

    assert stage.append("a", logs=(LOG, BEFORE)) == {LOG, BEFORE}

    assert set(stage.ledger.asked) <= {"heads"}


def test_an_hour_that_is_open_and_due_is_not_woken() -> None:
    stage = known_stage()
    before = stage.ledger.stored_heads[LOG]

    stage.append("a")

    assert stage.ledger.stored_heads[LOG] == before


@pytest.mark.parametrize("is_settled", [True, False], ids=["settled", "due no more"])
def test_an_hour_at_which_nobody_would_look_is_woken(*, is_settled: bool) -> None:
    stage = known_stage()
    stage.close(is_settled=is_settled)
    stage.beliefs.learn(LOG, 1)
    assert stage.ledger.stored_heads[LOG].due_at is None

    stage.append("a")

    head = stage.ledger.stored_heads[LOG]
    assert stage.ledger.counted["wake"] == 1
    assert head.due_at == NOON + 75 * MINUTE
    assert (head.written_at, head.written_in) == (stage.now, 1)


@pytest.mark.parametrize("is_settled", [False, True])
def test_usage_in_arrears_puts_the_closing_off_until_it_falls_quiet(*, is_settled: bool) -> None:
    stage = known_stage()
    if is_settled:
        stage.close()
    stage.now = IN_ARREARS

    assert stage.append("a") == set()

    head = stage.ledger.stored_heads[LOG]
    assert (head.written_at, head.written_in) == (IN_ARREARS, head.open)
    # What stands in the index already is not changed: when it is due it is put off.
    assert head.due_at == (IN_ARREARS + POLICY.quiet if is_settled else IN_ARREARS)


def test_a_generation_that_is_closed_before_it_is_woken_goes_another_round() -> None:
    stage = known_stage(IN_ARREARS)
    stage.ledger.before = on("wake", stage.close)

    assert stage.append("a") == set()

    head = stage.ledger.stored_heads[LOG]
    assert (head.open, head.written_in) == (1, 1)
    assert 1 in {one.generation for one in stage.counting()}


def test_an_hour_that_is_probably_closed_is_asked_for_its_generation_first() -> None:
    stage = known_stage(IN_ARREARS, closed=3)
    stage.beliefs = Beliefs()

    assert stage.append("a") == set()

    assert stage.ledger.asked == ["heads", "append", "heads", "wake"]


def test_what_is_known_of_logs_is_bounded() -> None:
    beliefs = Beliefs()
    for number in range(append_usage._BELIEFS_MAX + 10):
        beliefs.learn(LogKey(NOON + number * HOUR, 0), 1)

    beliefs.bound()

    assert len(beliefs.generations) <= append_usage._BELIEFS_MAX


def test_a_drain_with_more_logs_than_are_remembered_gets_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(append_usage, "_BELIEFS_MAX", 2)
    house = Meterhouse()
    buyer = house.buyer()
    hours = [(NOON - ago * HOUR).isoformat() for ago in range(3)]
    house.drain(*(house.event(buyer, "first", time=time) for time in hours))

    assert house.drain(*(house.event(buyer, "again", time=time) for time in hours)) == []
