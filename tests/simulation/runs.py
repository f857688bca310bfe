"""Many histories in parallel processes; each is its own world, so they only share the machine."""

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from operator import call

from tests.simulation.play import play
from tests.simulation.properties import judge
from tests.simulation.reach import Reach, reach_of

_SEEDS_PER_TASK = 20


@dataclass(frozen=True, slots=True)
class Failure:
    """A history that broke a property, or that broke off."""

    seed: int
    breaches: tuple[str, ...]
    broke_off: bool = False
    holds_spikes: bool = False

    def __str__(self) -> str:
        kind = ", spikes wait" if self.holds_spikes else ""
        return "\n".join([f"seed {self.seed}{kind}:", *(f"  {breach}" for breach in self.breaches)])


@dataclass(slots=True)
class Outcome:
    """What some histories came to."""

    histories: int = 0
    failures: list[Failure] = field(default_factory=list)
    reach: Reach = field(default_factory=Reach)

    def add(self, other: "Outcome") -> None:
        """Add the outcome of other histories."""
        self.histories += other.histories
        self.failures += other.failures
        self.reach.add(other.reach)


def run_histories(
    seeds: Sequence[int], *, with_tenants: bool = True, holds_spikes: bool = False
) -> Outcome:
    """Play and judge histories one after the other."""
    outcome = Outcome()
    for seed in seeds:
        outcome.histories += 1
        try:
            world = play(seed, with_tenants=with_tenants, holds_spikes=holds_spikes)
            breaches = judge(world)
        except Exception:  # noqa: BLE001 - whatever a history dies of is a finding
            died_of = (traceback.format_exc(limit=-4),)
            failure = Failure(seed, died_of, broke_off=True, holds_spikes=holds_spikes)
            outcome.failures.append(failure)
            continue
        outcome.reach.add(reach_of(world))
        if breaches:
            failure = Failure(seed, tuple(breaches), holds_spikes=holds_spikes)
            outcome.failures.append(failure)
    return outcome


def spiky_count(histories: int) -> int:
    """Return how many of so many histories are played with spikes that wait, too."""
    return max(1, histories // 10)


def run_in_parallel(
    seeds: Sequence[int], *, jobs: int | None = None, progress: Callable[[int], None] | None = None
) -> Outcome:
    """Play and judge histories on all processors; `progress` hears how many have ended.

    Every tenth is played a second time, with spikes that wait.
    """
    outcome = Outcome()
    plain = [partial(run_histories, share) for share in _cut(seeds)]
    spiky = seeds[:: len(seeds) // spiky_count(len(seeds))][: spiky_count(len(seeds))]
    tasks = [*plain, *(partial(run_histories, one, holds_spikes=True) for one in _cut(spiky))]
    workers = min(jobs or os.cpu_count() or 1, len(tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for part in pool.map(call, tasks):
            outcome.add(part)
            if progress is not None:
                progress(part.histories)
    outcome.failures.sort(key=lambda failure: failure.seed)
    return outcome


def _cut(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), _SEEDS_PER_TASK):
        yield seeds[start : start + _SEEDS_PER_TASK]
