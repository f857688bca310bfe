"""Whatever fails, every unit is billed once or stands in a visible state.

`make simulate SEED=7 HISTORIES=1` replays one history; docs/simulation.md tells more.
"""

import os

import pytest

from tests.simulation.play import play
from tests.simulation.runs import Outcome, run_in_parallel, spiky_count

HISTORIES = int(os.environ.get("HISTORIES") or 2_000)
FIRST_SEED = int(os.environ.get("SEED") or 1)
# So many histories reach everything; fewer need not.
FULL_RUN_HISTORIES = 1_000


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run_in_parallel(range(FIRST_SEED, FIRST_SEED + HISTORIES))


def test_every_history_keeps_every_property(outcome: Outcome) -> None:
    assert outcome.histories == HISTORIES + spiky_count(HISTORIES)
    assert [str(failure) for failure in outcome.failures[:5]] == []


def test_every_fault_of_every_port_and_every_step_was_reached(outcome: Outcome) -> None:
    if outcome.histories < FULL_RUN_HISTORIES:
        pytest.skip("a few histories need not reach everything")

    assert [*outcome.reach.missing()] == []


@pytest.mark.parametrize("seed", [4, 7, 31])
def test_a_seed_decides_a_whole_history(seed: int) -> None:
    first, second = (play(seed, is_traced=True).gate.trace for _ in range(2))

    assert first.lines
    assert first.digest() == second.digest()
