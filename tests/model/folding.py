"""What a log's manifests and batches say is to be done."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.model.sending import clocks_of
from tests.model.world import Batch, Event, Hour, Log, Outcomes, Owed, SegmentKey, State, World

# AWS has the record, or takes it no more.
DECIDED = {State.METERED, State.DISPUTED, State.CARRIED, State.EXPIRED}
OWN = -1  # the place of what a record bills, before every generation


class Plan(NamedTuple):
    """Units of meters that have no record, and what is to be carried if it has not arrived.

    `unread` are segments of manifests that could not be read; something `waits` if late usage stays
    until AWS has the record that it came too late for.
    """

    fresh: tuple[tuple[str, int], ...]
    owed: tuple[Owed, ...]
    unread: frozenset[SegmentKey]
    waits: bool = False


class Reading(NamedTuple):
    """How a log is read; the right way is all of the defaults."""

    only: str = ""  # the subscription whose meters are frozen
    unknown: str = ""  # the key of a segment that another version wrote
    counts_all: bool = False  # segments outside the manifests, too
    freezes_again: bool = False
    carries_half_read: bool = False  # late usage, although a segment cannot be read
    carries_early: bool = False  # late usage, although AWS has no record of its hour yet
    lists_anew: bool = False  # what a lost table may have listed without what was carried
    is_past: bool = False  # the deadline of the hour's records, as the reader believes
    known: frozenset[str] | None = None  # meters with a record, as somebody saw them earlier
    listed: frozenset[tuple[int, frozenset[str]]] = frozenset()  # nothing else counts there


def survey(w: World, hour: Hour, closed: int, how: Reading) -> Outcomes:
    """Learn a closed generation without a manifest and its keys, or, if there is none, the plan."""
    log = w.logs[hour]
    written = {generation for generation, _ in log.manifests}
    for generation in range(closed):
        if generation not in written:
            keys = frozenset(s.key for s in log.segments if s.generation == generation)
            if w.is_restored and generation < closed - 1 and not how.lists_anew:
                keys -= {carry.name for carry in w.carries if not carry.is_done}
            return ((w, (generation, keys)),)
    return tuple(
        (w, _plan(w, hour, closed, how._replace(is_past=is_past))) for is_past in clocks_of(w, hour)
    )


def _plan(w: World, hour: Hour, closed: int, how: Reading) -> Plan:
    log = w.logs[hour]
    batches = [batch for batch in sorted(w.batches) if batch.hour == hour]
    frozen = {record.meter: batch for batch in batches for record in batch.records}
    if how.known is not None:
        frozen = {meter: batch for meter, batch in frozen.items() if meter in how.known}
    if how.freezes_again:
        frozen = {}
    fresh: Counter[str] = Counter()
    late: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for event, place in _distinct(log, closed, frozen, how).items():
        if place != OWN:
            late[place][event.meter] += event.units
        elif event.meter not in frozen:
            fresh[event.meter] += event.units if event.meter.startswith(how.only) else 0
    unread = frozenset((g, how.unknown) for g, keys in log.manifests if how.unknown in keys)
    owed = [remainder(batch) for batch in batches]
    records = [record for batch in batches for record in batch.records]
    sure = {r.meter for r in records if how.carries_early or how.is_past or r.state in DECIDED}
    waits = False
    for generation, units in sorted(late.items()):
        if generation < closed and (not unread or how.carries_half_read):
            waits |= not units.keys() <= sure
            owed += _late(w, f"late {hour.name}{generation}", units, sure)
    return Plan(tuple(sorted((+fresh).items())), unfinished(w, owed), unread, waits)


def _late(w: World, name: str, units: Mapping[str, int], sure: set[str]) -> list[Owed]:
    """Return what was carried of a generation's late usage, and what may be now.

    The parts are numbered, so that of two who write one down the second sees what the first has.
    """
    stands: list[Owed] = []
    while carry := w.carry(f"{name}.{len(stands)}"):
        stands.append((carry.name, carry.content))
    went = {event.meter for _, content in stands for event in content}
    new = {meter: n for meter, n in units.items() if meter in sure - went}
    return [*stands, _carried(f"{name}.{len(stands)}", new)]


def _distinct(log: Log, closed: int, frozen: Mapping[str, Batch], how: Reading) -> dict[Event, int]:
    """Every event that counts, and where: in the record, or in a generation that brought it late.

    What was left out of a record is late in the last generation that the record is through.
    """
    manifests, listed = dict(log.manifests), dict(how.listed)
    first: dict[Event, int] = {}
    for generation, key, content in log.segments:
        is_seen = key in listed.get(generation, {key}) and key != how.unknown
        is_counted = how.counts_all or key in manifests.get(generation, ())
        if generation < closed and is_seen and is_counted:
            for event in content:
                place = OWN
                if batch := frozen.get(event.meter):
                    is_left_out = (generation, key) in batch.left_out
                    place = batch.through if is_left_out else generation
                    place = OWN if generation <= batch.through and not is_left_out else place
                first[event] = min(place, first.get(event, place))
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
    return tuple((w, unfinished(w, owed) if past else ()) for past in clocks_of(w, batches[0].hour))


def unfinished(w: World, owed: list[Owed]) -> tuple[Owed, ...]:
    return tuple((name, content) for name, content in owed if content and not w.is_done(name))
