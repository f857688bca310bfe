"""What is stored, and what can go wrong: every state is hashable, small and compared by value."""

from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, Self

type Content = frozenset[Event]
type Owed = tuple[str, Content]  # the name of a carry, and what it carries
type SegmentKey = tuple[int, str]  # a generation, and a key in it
type Target = tuple[Hour, int]  # an hour and a generation of its log
type Payload = tuple[Hour, str, int]  # an hour, a meter and its units
type Access = tuple[Any, ...]  # a function from a world to its outcomes, and what follows the world
type Outcomes = tuple[tuple[World, Any], ...]

NOTHING: Content = frozenset()


class Hour(IntEnum):
    """The usage is of H; T and U are later hours, to which it can be carried."""

    H = 0
    T = 1
    U = 2


H, T, U = Hour


class Event(NamedTuple):
    """Units are powers of 4, so that a sum tells which events are in it, and how often."""

    name: str
    meter: str  # subscription.dimension
    units: int


class Segment(NamedTuple):
    generation: int
    key: str
    content: Content


class Due(IntEnum):
    """Whether the index of what is due shows a log; woken: for its open generation."""

    NO = 0
    YES = 1
    WOKEN = 2


class Log(NamedTuple):
    """The log of an hour and its head; a lease that was given back keeps its token."""

    open: int = 0
    token: int = 0
    is_held: bool = False
    is_settled: bool = False
    due: Due = Due.YES
    segments: frozenset[Segment] = frozenset()
    manifests: frozenset[tuple[int, frozenset[str]]] = frozenset()


class State(StrEnum):
    SUBMITTING = "SUBMITTING"
    SEALED = "SEALED"
    METERED = "METERED"
    CARRIED = "CARRIED"
    EXPIRED = "EXPIRED"
    DISPUTED = "DISPUTED"


UNFINISHED = {State.SUBMITTING, State.SEALED}


class Record(NamedTuple):
    meter: str
    units: int
    rest: int = 0
    state: State = State.SUBMITTING
    sends: int = 1


class Batch(NamedTuple):
    """`left_out` are segments of manifests that could not be read when it was frozen."""

    name: str
    hour: Hour
    through: int
    records: tuple[Record, ...]
    left_out: frozenset[SegmentKey] = frozenset()
    version: int = 0
    is_leased: bool = True


class Carry(NamedTuple):
    name: str
    content: Content
    target: Target
    is_done: bool = False


class Faults(NamedTuple):
    """How many more may happen; where leases are `None`, they stop nobody."""

    leases: int | None = 1  # that run out while somebody wants them
    lates: int = 1  # writes and calls without an answer that take effect later, or never
    mishaps: int = 0  # calls of which AWS leaves a record unprocessed, or unanswered
    losses: int = 0  # of the table, which is restored to any earlier moment


class Table(NamedTuple):
    """The table at a moment to which it can be restored."""

    logs: tuple[Log, ...]
    batches: frozenset[Batch]
    carries: frozenset[Carry]


class World(NamedTuple):
    queue: Content = NOTHING
    logs: tuple[Log, ...] = (Log(),) * len(Hour)
    batches: frozenset[Batch] = frozenset()
    carries: frozenset[Carry] = frozenset()
    billed: frozenset[Payload] = frozenset()
    sent: frozenset[Payload] = frozenset()
    pending: frozenset[Access] = frozenset()
    # Of the records of H; while it is near, everybody's clock decides for itself.
    deadline: str = "never"  # or ahead, near, past: in this order
    faults: Faults = Faults()
    kept: Table | None = None
    is_restored: bool = False  # another table may have billed what this one holds

    def with_log(self, hour: Hour, **changes: Any) -> Self:
        log = self.logs[hour]._replace(**changes)
        return self._replace(logs=(*self.logs[:hour], log, *self.logs[hour + 1 :]))

    def batch(self, name: str) -> Batch:
        return next(batch for batch in self.batches if batch.name == name)

    def with_batch(self, new: Batch) -> Self:
        others = frozenset(batch for batch in self.batches if batch.name != new.name)
        return self._replace(batches=others | {new})

    def carry(self, name: str) -> Carry | None:
        return next((carry for carry in self.carries if carry.name == name), None)

    def with_carry(self, new: Carry) -> Self:
        others = frozenset(carry for carry in self.carries if carry.name != new.name)
        return self._replace(carries=others | {new})

    def is_done(self, name: str) -> bool:
        carry = self.carry(name)
        return carry is not None and carry.is_done

    def is_there(self, carry: Carry) -> bool:
        """Tell whether what is carried was appended to its target."""
        hour, generation = carry.target
        return any(s[:2] == (generation, carry.name) for s in self.logs[hour].segments)

    def keep(self) -> Self:
        """The world in which a copy of the table is kept."""
        faults = self.faults._replace(losses=self.faults.losses - 1)
        return self._replace(kept=Table(self.logs, self.batches, self.carries), faults=faults)

    def restored(self, events: Content) -> Self:
        """The world in which the table was lost; of H, producers send everything again.

        That takes longer than clocks differ.
        """
        assert self.kept is not None
        own = frozenset().union(*(s.content for log in self.kept.logs[T:] for s in log.segments))
        return self._replace(
            **self.kept._asdict(),
            queue=events - own,
            pending=frozenset(),
            kept=None,
            is_restored=True,
            deadline="past" if self.deadline == "near" else self.deadline,
        )

    def after_lease(self) -> Self | None:
        """The world in which a lease that is held has run out, if one more may."""
        left = self.faults.leases
        if left is None:
            return self
        return self._replace(faults=self.faults._replace(leases=left - 1)) if left else None

    def targets(self, hour: Hour) -> tuple[Target, ...]:
        """Where usage of `hour` can go: any later hour; preferred is one that was never closed.

        After a restore the hour is another one than it was when the table was lost.
        """
        first = U if self.is_restored else hour + 1
        later = sorted((h for h in Hour if h >= first), key=lambda h: self.logs[h].open > 0)
        return tuple((h, self.logs[h].open) for h in later or (U,))
