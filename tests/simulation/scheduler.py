"""A deterministic scheduler: actors are greenlets, time is virtual, nothing runs at the same time.

Actors give way at every port call and wake up at a time of their own; whoever wakes first goes
on. So a seed that decides how long calls take decides the whole order of events.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from greenlet import getcurrent, greenlet


class CrashError(BaseException):
    """The process is gone: nothing may catch this but the simulation itself."""


@dataclass(slots=True, eq=False)
class Process:
    """One invocation of a function: its branches end together, at its timeout at the latest."""

    name: str
    ends_at_ms: int
    is_dead: bool = False


@dataclass(slots=True, eq=False)
class Task:
    """One actor, or one branch of a process."""

    name: str
    process: Process | None = None
    turns: int = 0
    greenlet: greenlet = field(init=False)


class Scheduler:
    """The virtual clock and who runs when."""

    def __init__(self, start_at: datetime) -> None:
        self.start_at = start_at
        self.now_ms = 0
        self._hub = getcurrent()
        self._heap: list[tuple[int, int, Task, int]] = []
        self._pushes = 0
        self._current: Task | None = None

    @property
    def task(self) -> Task:
        """The task that is running."""
        assert self._current is not None, "only a task may use the simulated world"
        return self._current

    def now(self) -> datetime:
        """Return the virtual time."""
        return self.moment(self.now_ms)

    def moment(self, at_ms: int) -> datetime:
        """Return the time that lies `at_ms` after the beginning."""
        return self.start_at + timedelta(milliseconds=at_ms)

    def spawn(
        self,
        name: str,
        work: Callable[[], object],
        *,
        process: Process | None = None,
        after_ms: int = 0,
    ) -> None:
        """Let a new task begin."""
        task = Task(name, process)
        task.greenlet = greenlet(work, parent=self._hub)
        self._wake(task, self.now_ms + after_ms)

    def sleep(self, duration_ms: int) -> None:
        """Give way to others for a while; raise CrashError if the process does not live so long."""
        task = self.task
        process = task.process
        wake_at_ms = self.now_ms + duration_ms
        if process is None:
            self._wait(task, wake_at_ms)
            return
        self._wait(task, min(wake_at_ms, process.ends_at_ms))
        if self.now_ms >= process.ends_at_ms:
            process.is_dead = True
        if process.is_dead:
            raise CrashError

    def wake(self, task: Task, after_ms: int) -> None:
        """Let a task that sleeps go on sooner."""
        self._wake(task, self.now_ms + after_ms)

    def run(self) -> None:
        """Let all tasks run to their ends."""
        while self._heap:
            at_ms, _, task, turn = heapq.heappop(self._heap)
            if turn != task.turns:
                continue  # somebody woke it before
            self.now_ms = at_ms
            self._current = task
            task.turns += 1
            task.greenlet.switch()

    def run_branches(self, works: Sequence[Callable[[], None]]) -> None:
        """Run works as branches of the present process, and wait for all of them."""
        parent = self.task
        left = len(works)

        def branch(work: Callable[[], None]) -> None:
            nonlocal left
            try:
                work()
            except CrashError:
                assert parent.process is not None
                parent.process.is_dead = True
            finally:
                left -= 1
                if not left:
                    self._wake(parent, self.now_ms)

        for position, work in enumerate(works):
            name = f"{parent.name}/{position}"
            self.spawn(name, lambda work=work: branch(work), process=parent.process)  # type: ignore[misc] # bound now
        if works:
            self._hub.switch()
        if parent.process is not None and parent.process.is_dead:
            raise CrashError

    def _wait(self, task: Task, wake_at_ms: int) -> None:
        if not self._heap or wake_at_ms < self._heap[0][0]:
            # Nobody else wakes before: it comes to the same without switching.
            self.now_ms = wake_at_ms
            return
        self._wake(task, wake_at_ms)
        self._hub.switch()

    def _wake(self, task: Task, at_ms: int) -> None:
        self._pushes += 1
        heapq.heappush(self._heap, (at_ms, self._pushes, task, task.turns))
