"""The steps of some processes in one world, each worked out once.

A crash needs no step of its own: who crashes is who takes no further step.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from tests.model import accesses as do
from tests.model import sending
from tests.model.world import Access, World

type Process = tuple[Any, ...]  # a program and its arguments
type Running = tuple[int, ...]  # the numbers of a world and, in order, of the points in it

NO_ANSWER = "no answer, and no effect before it is late"
DEADLINES = {"ahead": "near", "near": "past"}
# Writes and calls that may take effect although their process never heard of it, and what they are
# then. They compare with what was there when they were tried; a late wake acknowledges nothing.
LATE: dict[Callable[..., Any], Callable[..., Access]] = {
    act: partial(lambda act, _, *arguments: (act, *arguments), act)
    for act in (
        *(do.append, do.put_manifest, do.overwrite_manifest, do.freeze, do.finish_carry),
        *(do.release, do.release_blindly, sending.call, sending.store, sending.store_blindly),
    )
} | {
    do.wake: lambda _, hour, generation, *_content: (do.wake, hour, generation),
    do.close: lambda w, hour, only: (do.close, hour, only, w.logs[hour].open),
    do.write_down: lambda w, hour, owed: (do.write_down, hour, owed, w.targets(hour)[0]),
    do.retarget: lambda w, hour, carry: (do.retarget, hour, carry, w.targets(hour)[0]),
    sending.claim: lambda w, name: (
        *(sending.claim, name, (w.batch(name).version, w.deadline == "past")),
    ),
}


class Point(NamedTuple):
    """A process before its next access."""

    process: Process
    learned: tuple[Any, ...]
    access: Access


def advance(process: Process, learned: tuple[Any, ...] = ()) -> Point | None:
    """Run a process up to its next access; `None` if it is over."""
    while True:
        program = process[0](*process[1:])
        try:
            access = next(program)
            for answer in learned:
                access = program.send(answer)
        except StopIteration as end:
            if not end.value:
                return None
            process, learned = end.value, ()
        else:
            return Point(process, learned, access)


def outcomes(w: World, access: Access) -> Iterator[tuple[World, Any]]:
    """Yield each world after an access, and what is learned: the first without a fault."""
    act, *arguments = access
    results = act(w, *arguments)
    for after, answer in results:
        yield without_void(after), answer
    if results and w.faults.lates and act in LATE:
        write = LATE[act](w, *arguments)
        faults = w.faults._replace(lates=w.faults.lates - 1)
        yield without_void(w._replace(pending=w.pending | {write}, faults=faults)), NO_ANSWER


def take_effect(w: World, write: Access) -> World:
    """Let a write happen that nobody waits for any more."""
    w = w._replace(pending=w.pending - {write})
    return next((after for after, _ in write[0](w, *write[1:])), w)


def without_void(w: World) -> World:
    """Forget pending writes that change nothing: what they compare with never comes again."""
    for write in w.pending:
        results = write[0](w, *write[1:])
        if results and all(after == w for after, _ in results):
            return without_void(w._replace(pending=w.pending - {write}))
    return w


def happenings(w: World) -> Iterator[tuple[World, Access]]:
    """Yield what happens without a process."""
    for write in w.pending:
        if write[0](w, *write[1:]):
            yield without_void(take_effect(w, write)), write
    if w.deadline in DEADLINES:
        yield (
            w._replace(deadline=DEADLINES[w.deadline]),
            (f"the deadline is {DEADLINES[w.deadline]}",),
        )
    if w.faults.losses:
        yield w.keep(), ("of this moment is the table that takes the lost one's place",)


class Machine:
    """Numbers worlds and points, so that a state is a few integers; the point 0 is over."""

    def __init__(self) -> None:
        self.worlds: list[World] = []
        self.points: list[Point | None] = [None]
        self._numbers: dict[World | Point | None, int] = {None: 0}
        self._goals: dict[tuple[int, Any], int] = {}
        self._steps: dict[tuple[int, int], tuple[tuple[int, int], ...]] = {}
        self._happenings: dict[int, tuple[int, ...]] = {}

    def world(self, w: World) -> int:
        """Return the number of a world."""
        number = self._numbers.get(w)
        if number is None:
            number = self._numbers[w] = len(self.worlds)
            self.worlds.append(w)
        return number

    def point(self, point: Point | None) -> int:
        """Return the number of a point."""
        number = self._numbers.get(point)
        if number is None:
            number = self._numbers[point] = len(self.points)
            self.points.append(point)
        return number

    def steps(self, world: int, point: int) -> tuple[tuple[int, int], ...]:
        """Return the worlds and points after the access at a point."""
        found = self._steps.get((world, point))
        if found is None:
            here = self.points[point]
            assert here is not None
            after = outcomes(self.worlds[world], here.access)
            found = tuple((self.world(w), self._goal(point, answer)) for w, answer in after)
            self._steps[world, point] = found
        return found

    def _goal(self, point: int, answer: Any) -> int:
        goal = self._goals.get((point, answer))
        if goal is None:
            here = self.points[point]
            assert here is not None
            is_over = answer is NO_ANSWER
            goal = 0 if is_over else self.point(advance(here.process, (*here.learned, answer)))
            self._goals[point, answer] = goal
        return goal

    def happenings(self, world: int) -> tuple[int, ...]:
        """Return the worlds after what happens without a process."""
        found = self._happenings.get(world)
        if found is None:
            found = tuple(self.world(w) for w, _ in happenings(self.worlds[world]))
            self._happenings[world] = found
        return found

    def successors(self, state: Running) -> Iterator[tuple[Running, int, int]]:
        """Yield each state after one step, the point that moved (or 0), and which outcome it was.

        Of processes at the same point only one moves: they are alike.
        """
        world, *running = state
        last = 0
        for place, point in enumerate(running):
            if point == last:
                continue
            last = point
            others = running[:place] + running[place + 1 :]
            for number, (after, goal) in enumerate(self.steps(world, point)):
                yield (after, *(sorted((*others, goal)) if goal else others)), point, number
        for number, after in enumerate(self.happenings(world)):
            yield (after, *running), 0, number

    def alone(self, world: int, process: Process) -> int:
        """Return the world after one process ran alone and without faults."""
        point = self.point(advance(process))
        while point:
            world, point = self.steps(world, point)[0]
        return world
