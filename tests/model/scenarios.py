"""Small worlds which together cover the protocol, and what each finds if a rule is not kept.

Nothing of the ledger's code runs here: `world` is what is stored, `accesses` and `sending` are what
one access to the table or to AWS does, `folding` reads a log, `programs` are the drains, closers
and senders with the ways to do it wrong, `machine` plays every interleaving of them, `judge` says
what must be true afterwards, and `scenarios` are what is explored.

Bounds: a scenario has up to four processes, three hours, and two subscriptions with one meter each
in one shard. One lease runs out at any moment, and its holder lives on. One write or call stays
without an answer and takes effect at any later moment, or never. In one call AWS leaves records
unprocessed or without an answer. Crashes are not counted: anybody may crash anywhere. That the SDK
repeats a write is no case of its own: the second one finds changed what the first compared with.
A query sees all of a generation at one moment; a head is there from the beginning. Where a table is
lost, its copy is of any moment before, and producers send everything again before anybody closes.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.model.machine import Process
from tests.model.programs import Break, How, closer, drain, first_sender, sender
from tests.model.world import (
    NOTHING,
    Batch,
    Content,
    Due,
    Event,
    Faults,
    H,
    Log,
    Record,
    Segment,
    State,
    T,
    Table,
    U,
    World,
)

ANN, BEN = "ann.calls", "ben.calls"
A, B, C, Z = Event("a", ANN, 1), Event("b", BEN, 1), Event("c", ANN, 4), Event("z", ANN, 16)
LATER = (Log(), Log())
NO_LOSS = Faults()
LOSS = Faults(leases=0, lates=0, losses=1)


class Scenario(NamedTuple):
    """A start; `finds` says by which damage each break shows.

    `events` are all that producers sent. If it is punctual, none of them may be carried.
    """

    name: str
    start: World
    processes: tuple[Process, ...]
    events: Content
    how: How = How()
    finds: Mapping[Break, str] = MappingProxyType({})
    is_punctual: bool = False


def _drain(*events: Event) -> Process:
    return drain, H, frozenset(events)


def _log(*generations: set[Event], due: Due = Due.YES) -> Log:
    """Return a log with acknowledged events, of which all generations but the last are closed."""
    segments = [
        Segment(number, "".join(sorted(event.name for event in events)), frozenset(events))
        for number, events in enumerate(generations)
        if events
    ]
    closed = len(generations) - 1
    manifests = frozenset(
        (s.generation, frozenset({s.key})) for s in segments if s.generation < closed
    )
    return Log(
        closed,
        closed,
        is_settled=closed > 0,
        due=due,
        segments=frozenset(segments),
        manifests=manifests,
    )


def _sending(*batches: Batch) -> World:
    """Return a world in which somebody froze usage and is about to send it."""
    log = _log({A, B}, set(), due=Due.NO)
    faults = Faults(mishaps=1)
    return World(NOTHING, (log, *LATER), frozenset(batches), deadline="ahead", faults=faults)


def _half_accepted() -> World:
    """Return a world in which AWS took A and not B, and more usage of both is late."""
    states = {ANN: State.METERED, BEN: State.SEALED}
    records = tuple(Record(meter, 1, state=state) for meter, state in states.items())
    log = _log({A, B}, {C, Event("d", BEN, 4)}, due=Due.WOKEN)
    batch = Batch("H0", H, 0, records, is_leased=False)
    billed = frozenset({(H, ANN, 1)})
    return World(NOTHING, (log, *LATER), frozenset({batch}), billed=billed)


def _unaccepted() -> World:
    """Return a world in which AWS has not taken Z, and of which a copy is from before it froze."""
    batch = Batch("H0", H, 0, (Record(ANN, 16, state=State.SEALED),), is_leased=False)
    logs = (_log({Z}, {A}, due=Due.WOKEN), *LATER)
    kept = Table((_log({Z}), *LATER), frozenset(), frozenset())
    faults = Faults(leases=0, lates=0, mishaps=1)
    return World(NOTHING, logs, frozenset({batch}), deadline="ahead", faults=faults, kept=kept)


def _billed(*logs: Log, queue: Content = NOTHING, faults: Faults = NO_LOSS) -> World:
    """Return a world in which Z was billed in H."""
    batch = Batch("H0", H, 0, (Record(ANN, 16, state=State.METERED),), is_leased=False)
    billed = frozenset({(H, ANN, 16)})
    logs = (*logs, *LATER)[:3]
    return World(queue, logs, frozenset({batch}), billed=billed, faults=faults)


BOTH = Batch("H0", H, 0, (Record(ANN, 1), Record(BEN, 1)))
ONE, OTHER = Batch("H0", H, 0, (Record(ANN, 1),)), Batch("H1", H, 0, (Record(BEN, 1),))
REFUSED = _unaccepted()
SLEEPING = _log({Z}, set(), due=Due.NO)
CLOSERS = ((closer, H), (closer, H))

SCENARIOS = (
    Scenario(
        "two deliveries of one event, and two closers",
        World(frozenset({A})),
        (_drain(A), _drain(A), *CLOSERS),
        frozenset({A}),
        finds={
            Break.LOOK_FIRST: "counts 0 units",
            Break.DO_NOT_LOOK: "counts 0 units",
            Break.WAKE_BY_CLOCK: "counts 0 units",
            Break.LIST_FIRST: "counts 0 units",
            Break.OVERWRITE: "counts 2 units",
        },
    ),
    Scenario(
        "usage of two subscriptions, delivered in two ways, and two closers",
        World(frozenset({A, B, C})),
        (_drain(A, B), _drain(B, C), *CLOSERS),
        frozenset({A, B, C}),
        finds={
            Break.FREEZE_WITHOUT_LEASE: "frozen twice",
            Break.FREEZE_FROZEN: "frozen twice",
            Break.READ_FIRST: "frozen twice",
            Break.COUNT_ALL: "ann.calls counts",
        },
    ),
    Scenario(
        "two batches of one log, and late usage of the first",
        World(frozenset({C}), (_log({A, B}), *LATER)),
        (_drain(C), *CLOSERS),
        frozenset({A, B, C}),
        How(records_max=1),
    ),
    Scenario(
        "late usage while its target closes",
        _billed(SLEEPING, queue=frozenset({A, B})),
        (_drain(A, B), *CLOSERS, (closer, T)),
        frozenset({A, B, Z}),
        finds={
            Break.FORGET_WAKING: "counts 0 units",
            Break.CARRY_FIRST: "ann.calls counts 18 units",
            Break.CARRY_BLINDLY: "ann.calls counts 16 units",
            Break.CARRY_ASLEEP: "ann.calls counts 16 units",
            Break.DO_NOT_WAIT: "ann.calls counts 18 units",
        },
    ),
    Scenario(
        "late usage, two who carry it and two who close its target",
        _billed(_log({Z}, {A, B}, due=Due.WOKEN), _log({Event("t", BEN, 4)})),
        (*CLOSERS, (closer, T), (closer, T)),
        frozenset({A, B, Z, Event("t", BEN, 4)}),
    ),
    Scenario(
        "late usage of two meters, of one of which AWS has no record yet",
        _half_accepted(),
        (*CLOSERS, (sender, H, ("H0",))),
        frozenset({A, B, C, Event("d", BEN, 4)}),
        finds={Break.NUMBER_BLINDLY: "calls counts 9 units"},
    ),
    Scenario(
        "late usage of which two closers list different parts",
        _billed(_log({Z}, {C}, due=Due.WOKEN), queue=frozenset({A})),
        (_drain(A), *CLOSERS),
        frozenset({A, C, Z}),
        finds={Break.COUNT_LISTED: "ann.calls counts 20 units"},
    ),
    Scenario(
        "a final flush, and the hour's own end",
        World(frozenset({A, B}), (_log({C}), *LATER)),
        (_drain(A), _drain(A, B), (closer, H, "ann"), (closer, H)),
        frozenset({A, B, C}),
        How(waits=True),
        finds={Break.FLUSH_QUEUED: "without a reason"},
        is_punctual=True,
    ),
    Scenario(
        "a final flush while another's usage arrives late",
        _billed(SLEEPING, queue=frozenset({A, B})),
        (_drain(A), _drain(B), (closer, H, "ann"), (closer, H)),
        frozenset({A, B, Z}),
        finds={Break.FLUSH_IS_ALL: "ben.calls counts 0 units"},
    ),
    Scenario(
        "a closer of an older version, which cannot read what a manifest names",
        World(frozenset({A}), (_log({Z}, {C}), *LATER)),
        (_drain(A, Z), (closer, H, "", "z"), (closer, H, "", "z"), (closer, H)),
        frozenset({A, C, Z}),
        How(sends=True),
        finds={
            Break.FORGET_LEFT_OUT: "ann.calls counts 5 units",
            Break.CARRY_HALF_READ: "ann.calls counts 37 units",
        },
    ),
    Scenario(
        "a remainder",
        World(NOTHING, (_log({C, B}), *LATER)),
        (*CLOSERS, (closer, T)),
        frozenset({B, C}),
        How(units_max=2),
        finds={Break.CARRY_REST_TWICE: "ann.calls counts 6 units"},
    ),
    Scenario(
        "three senders, a deadline, and a target that closes",
        _sending(BOTH),
        ((first_sender, BOTH), (sender, H, ("H0",)), (sender, H, ("H0",)), (closer, T)),
        frozenset({A, B}),
        finds={
            Break.SECOND_AS_FIRST: "CARRIED and billed",
            Break.STORE_BLINDLY: "CARRIED and billed",
            Break.CARRY_SENDABLE: "calls counts 2 units",
        },
    ),
    Scenario(
        "two batches that travel in one call",
        _sending(ONE, OTHER),
        (
            *((first_sender, ONE), (first_sender, OTHER)),
            *((sender, H, ("H0", "H1")), (sender, H, ("H0", "H1"))),
        ),
        frozenset({A, B}),
    ),
    Scenario(
        "from the queue to the bill",
        World(frozenset({A, B})),
        (_drain(A, B), *CLOSERS, (sender, H, ("H1.0",))),
        frozenset({A, B}),
        How(sends=True),
    ),
    Scenario(
        "a table that is lost while AWS has not accepted what usage came too late for",
        REFUSED,
        (*CLOSERS, (sender, H, ("H0",)), (closer, T)),
        frozenset({A, Z}),
        How(sends=True),
        finds={Break.CARRY_EARLY: "after a loss"},
    ),
    Scenario(
        "a table that is lost when a record's deadline is past",
        World(NOTHING, REFUSED.logs, REFUSED.batches, deadline="ahead", faults=LOSS),
        ((sender, H, ("H0",)), (closer, T)),
        frozenset({A, Z}),
        How(sends=True),
        finds={Break.TRUST_RESTORED: "after a loss"},
    ),
    Scenario(
        "a table that is lost while a target lists what it counts",
        _billed(_log({Z}, {A}, due=Due.WOKEN), faults=LOSS),
        ((closer, H), (closer, T), (closer, U)),
        frozenset({A, Z}),
        How(sends=True),
        finds={Break.LIST_ANEW: "after a loss"},
    ),
)
