"""The simulation can fail: it finds breaks that were made on purpose.

`make mutants` tries harder, and says how many histories each break takes.
"""

import pytest

from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.mutation_check import Finding, find_all


@pytest.fixture(scope="module")
def findings() -> dict[Mutant, Finding | None]:
    return dict(find_all())


def test_every_break_is_found_within_its_number_of_histories(
    findings: dict[Mutant, Finding | None],
) -> None:
    assert [mutant.name for mutant, finding in findings.items() if finding is None] == []


def test_breaks_have_names_of_their_own() -> None:
    names = [mutant.name for mutant in MUTANTS]

    assert len(names) == len(set(names))
