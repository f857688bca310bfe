"""What a log's manifests and batches say is to be done."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.model.sending import clocks_of
from tests.model.world import Batch, Event, Hour, Log, Outcomes, Owed, State, World


class Plan(NamedTuple):
    """Units of meters that have no record, and what is to be carried if it has not arrived."""

    fresh: tuple[tuple[str, int], ...]
    owed: tuple[Owed, ...]


class Reading(NamedTuple):
    """How a log is read; the right way is all of the defaults."""

    only: str = ""  # the subscription whose meters are frozen
    counts_all: bool = False  # segments outside the manifests, too
    freezes_again: bool = False
    known: frozenset[str] | None = None  # meters with a record, as somebody saw them earlier
    listed: frozenset[tuple[int, frozenset[str]]] = frozenset()  # nothing else counts there


def survey(w: World, hour: Hour, closed: int, how: Reading) -> Outcomes:
    """Learn a closed generation without a manifest and its keys, or, if there is none, the plan."""
    log = w.logs[hour]
    written = {generation for generation, _ in log.manifests}
    for generation in range(closed):
        if generation not in written:
            keys = frozenset(s.key for s in log.segments if s.generation == generation)
            return ((w, (generation, keys)),)
    batches = [batch for batch in sorted(w.batches) if batch.hour == hour]
    through = {record.meter: batch.through for batch in batches for record in batch.records}
    if how.known is not None:
        through = {meter: g for meter, g in through.items() if meter in how.known}
    fresh: Counter[str] = Counter()
    late: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for event, generation in _distinct(log, closed, how).items():
        if event.meter not in through or how.freezes_again:
            fresh[event.meter] += event.units if event.meter.startswith(how.only) else 0
        elif generation > through[event.meter]:
            late[generation][event.meter] += event.units
    owed = [_carried(f"late {hour.name}{g}", units) for g, units in sorted(late.items())]
    owed += [remainder(batch) for batch in batches]
    return ((w, Plan(tuple(sorted((+fresh).items())), unfinished(w, owed))),)


def _distinct(log: Log, closed: int, how: Reading) -> dict[Event, int]:
    """Every event that counts, and the generation that brought it first."""
    manifests, listed = dict(log.manifests), dict(how.listed)
    first: dict[Event, int] = {}
    for generation, key, content in sorted(log.segments, key=lambda s: s.generation):
        is_seen = key in listed.get(generation, {key})
        is_counted = how.counts_all or key in manifests.get(generation, ())
        if generation < closed and is_seen and is_counted:
            first |= dict.fromkeys(content - first.keys(), generation)
    return first


def _carried(name: str, units: Mapping[str, int]) -> Owed:
    return name, frozenset(Event(f"{name} {meter}", meter, n) for meter, n in units.items() if n)


def remainder(batch: Batch) -> Owed:
    return _carried(f"rest {batch.name}", {r.meter: r.rest for r in batch.records})


def overdue(batch: Batch, state: State = State.CARRIED) -> Iterator[Owed]:
    """Yield what was surely not accepted when the deadline of a batch came."""
    for record in batch.records:
        if record.state is state:
            yield _carried(f"record {batch.name} {record.meter}", {record.meter: record.units})


def read_overdue(w: World, names: tuple[str, ...]) -> Outcomes:
    """Only a wrong sender asks: what will be carried unless somebody sends it."""
    batches = [w.batch(name) for name in names]
    owed = [one for batch in batches for one in overdue(batch, State.SEALED)]
    return tuple((w, unfinished(w, owed) if past else ()) for past in clocks_of(w, batches[0]))


def unfinished(w: World, owed: list[Owed]) -> tuple[Owed, ...]:
    return tuple((name, content) for name, content in owed if content and not w.is_done(name))
