"""The life of a metering record, as docs/architecture.md draws it."""

import pytest

from meterhouse.domain.records.lifecycle import (
    FIRST_STATES,
    LEGAL_STEPS,
    UNFINISHED,
    RecordState,
    is_legal_step,
)

SEALED, SUBMITTING, METERED, REJECTED, DISPUTED, EXPIRED, INCLUDED, CARRIED = RecordState

# How usage that has no record yet comes to have one.
BORN = {
    SUBMITTING: "frozen and claimed for the first send",
    SEALED: "frozen, and held as a spike for a person to look at",
    INCLUDED: "frozen, and its buyer's contract includes all of it",
    CARRIED: "frozen after the deadline",
    REJECTED: "frozen after the deadline without a known subscription",
    EXPIRED: "frozen after the deadline, and maybe sent from a table that is lost",
}
# Every arrow of the picture, and the arrows that join two of its steps in one write.
DRAWN = {
    (SEALED, SUBMITTING),
    (SUBMITTING, SEALED),
    (SUBMITTING, METERED),
    (SUBMITTING, REJECTED),
    (SUBMITTING, DISPUTED),
    (SUBMITTING, EXPIRED),
    (SEALED, CARRIED),
    (REJECTED, SEALED),
    (REJECTED, CARRIED),
}
JOINED = {
    (
        SEALED,
        REJECTED,
    ): "a claim that is given up because the subscription has ended, or a rejected spike",
    (SUBMITTING, CARRIED): "AWS says itself that the deadline has passed",
    (SEALED, EXPIRED): "a table that is lost may have sent it, and the deadline has passed",
}


def test_the_table_of_steps_is_the_picture() -> None:
    legal = {(before, after) for before, afters in LEGAL_STEPS.items() for after in afters}

    assert legal == DRAWN | set(JOINED)


def test_every_state_stands_in_the_table() -> None:
    assert set(LEGAL_STEPS) == set(RecordState)


def test_records_come_into_being_in_the_states_of_the_picture() -> None:
    assert set(BORN) == FIRST_STATES


def test_every_state_is_reached_from_the_first() -> None:
    reached = set(FIRST_STATES)
    for _ in RecordState:
        reached |= {after for before in reached for after in LEGAL_STEPS[before]}

    assert reached == set(RecordState)


@pytest.mark.parametrize("state", [METERED, DISPUTED, EXPIRED, INCLUDED, CARRIED])
def test_a_final_state_is_never_left(state: RecordState) -> None:
    assert LEGAL_STEPS[state] == frozenset()
    assert [after for after in RecordState if is_legal_step(state, after)] == [state]


def test_what_is_unfinished_can_still_become_metered() -> None:
    for state in UNFINISHED:
        reached = {state}
        for _ in RecordState:
            reached |= {after for before in reached for after in LEGAL_STEPS[before]}
        assert METERED in reached
    assert {SEALED, SUBMITTING} == UNFINISHED


@pytest.mark.parametrize("state", RecordState)
def test_staying_put_is_always_legal(state: RecordState) -> None:
    assert is_legal_step(state, state)
