"""Exploring a scenario: every state, nearest first, and the way to the first breach."""

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from tests.model.folding import Reading
from tests.model.judge import Judge
from tests.model.machine import Machine, Running, advance, happenings, outcomes
from tests.model.programs import Break, How, Lease
from tests.model.scenarios import Scenario
from tests.model.world import Batch, Carry, Due, Event, Hour, Record


class Finding(NamedTuple):
    """What was explored; `breach` is empty if all is well, and `trace` is the way to it."""

    states: int
    worlds: int
    breach: str = ""
    trace: tuple[str, ...] = ()


def explore(scenario: Scenario, broken: Break | None = None, damage: str = "") -> Finding:
    """Judge every world that a scenario reaches, or stop at the first breach (that is `damage`)."""
    machine = Machine()
    how = scenario.how._replace(broken=broken)
    judge = Judge(machine, how, scenario.events, is_punctual=scenario.is_punctual)
    points = [machine.point(advance((p[0], how, *p[1:]))) for p in scenario.processes]
    start = (machine.world(scenario.start), *sorted(points))
    came_from: dict[Running, Running | None] = {start: None}
    judged: set[int] = set()
    todo = deque([start])
    while todo:
        state = todo.popleft()
        if state[0] not in judged:
            judged.add(state[0])
            breach = judge.breach(state[0])
            if breach and damage in breach:
                trace = (*_trace(machine, came_from, state), "all crash; after recovery:", breach)
                return Finding(len(came_from), len(judged), breach, trace)
        for after, _, _ in machine.successors(state):
            if after not in came_from:
                came_from[after] = state
                todo.append(after)
    return Finding(len(came_from), len(judged))


def _trace(
    machine: Machine, came_from: dict[Running, Running | None], end: Running
) -> Iterator[str]:
    way = [end]
    while (before := came_from[way[-1]]) is not None:
        way.append(before)
    for state, after in pairwise(reversed(way)):
        steps = machine.successors(state)
        point, number = next((p, n) for goal, p, n in steps if goal == after)
        yield _told(machine, state[0], point, number)


def _told(machine: Machine, world: int, point: int, number: int) -> str:
    w, here = machine.worlds[world], machine.points[point]
    if here is None:
        act, *arguments = list(happenings(w))[number][1]
        if isinstance(act, str):
            return act
        return f"LATE: {act.__name__}{_shown(tuple(arguments))}"
    learned = list(outcomes(w, here.access))[number][1]
    who = here.process[0].__name__.strip("_")
    whose = next((a for a in here.process if isinstance(a, (Lease, Hour))), "")
    act, *arguments = here.access
    return f"{who} {_shown(whose)}: {act.__name__}{_shown(tuple(arguments))} -> {_shown(learned)}"


def _shown(value: Any) -> str:
    """Return a value in few words."""
    match value:
        case Hour() | Due() | Event():
            text = value.name
        case How() | Reading():
            text = ""
        case Lease():
            text = f"{value.hour.name} lease {value.token}"
        case Batch():
            text = f"{value.name} through {value.through}: {_shown(value.records)}"
        case Record():
            text = f"{value.meter} {value.units} {value.state}"
        case Carry():
            text = f"{value.name} to {_shown(value.target)}"
        case frozenset():
            text = f"{{{', '.join(sorted(map(_shown, value)))}}}"
        case tuple():
            text = f"({', '.join(filter(None, map(_shown, value)))})"
        case _:
            text = str(value)
    return text
