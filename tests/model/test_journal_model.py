"""The journal's protocol keeps its promises in every interleaving; without a rule it does not."""

import pytest

from tests.model.explore import explore
from tests.model.programs import Break
from tests.model.scenarios import SCENARIOS, Scenario

# A counterexample is for a person.
TRACE_LINES_MAX = 25
BROKEN = [
    pytest.param(scenario, broken, damage, id=broken.value)
    for scenario in SCENARIOS
    for broken, damage in scenario.finds.items()
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.name for one in SCENARIOS])
def test_every_event_is_billed_once_in_its_place_whoever_crashes_where(scenario: Scenario) -> None:
    finding = explore(scenario)

    assert not finding.breach, "\n".join(finding.trace)


@pytest.mark.parametrize(("scenario", "broken", "damage"), BROKEN)
def test_damage_is_found_as_soon_as_processes(
    scenario: Scenario, broken: Break, damage: str
) -> None:
    finding = explore(scenario, broken, damage)

    print(*finding.trace, sep="\n")  # noqa: T201 - shown if the test fails, or with -s
    assert damage in finding.breach
    assert len(finding.trace) <= TRACE_LINES_MAX


def test_every_break_has_a_scenario_that_finds_it() -> None:
    found = [broken for scenario in SCENARIOS for broken in scenario.finds]

    assert sorted(found) == sorted(Break)
