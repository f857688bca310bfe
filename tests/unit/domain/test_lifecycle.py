"""The life of a metering record, as docs/architecture.md draws it."""

import pytest

from meterhouse.domain.lifecycle import LEGAL_STEPS, UNFINISHED, RecordState, is_legal_step

OPEN, SEALED, SUBMITTING, METERED, REJECTED, DISPUTED, EXPIRED, CARRIED = RecordState

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
    (OPEN, SUBMITTING): "sealing and claiming for the first send",
    (OPEN, CARRIED): "sealing after the deadline",
    (OPEN, REJECTED): "sealing after the deadline without a known subscription",
    (SEALED, REJECTED): "a claim that is given up because the subscription has ended",
    (SUBMITTING, CARRIED): "AWS says itself that the deadline has passed",
}


def test_the_table_of_steps_is_the_picture() -> None:
    legal = {(before, after) for before, afters in LEGAL_STEPS.items() for after in afters}

    assert legal == DRAWN | set(JOINED)


def test_every_state_stands_in_the_table() -> None:
    assert set(LEGAL_STEPS) == set(RecordState)


def test_every_state_is_reached_from_the_first() -> None:
    reached = {OPEN}
    for _ in RecordState:
        reached |= {after for before in reached for after in LEGAL_STEPS[before]}

    assert reached == set(RecordState)


@pytest.mark.parametrize("state", [METERED, DISPUTED, EXPIRED, CARRIED])
def test_a_final_state_is_never_left(state: RecordState) -> None:
    assert LEGAL_STEPS[state] == frozenset()
    assert [after for after in RecordState if is_legal_step(state, after)] == [state]


def test_only_an_open_record_takes_pages_so_no_state_leads_back_to_it() -> None:
    assert not [before for before, afters in LEGAL_STEPS.items() if OPEN in afters]


def test_what_is_unfinished_can_still_become_metered() -> None:
    for state in UNFINISHED:
        reached = {state}
        for _ in RecordState:
            reached |= {after for before in reached for after in LEGAL_STEPS[before]}
        assert METERED in reached
    assert {OPEN, SEALED, SUBMITTING} == UNFINISHED


@pytest.mark.parametrize("state", RecordState)
def test_staying_put_is_always_legal(state: RecordState) -> None:
    assert is_legal_step(state, state)
