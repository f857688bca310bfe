"""What drains, closers and senders do, access by access, and the ways to do it wrong.

A program is a generator: it yields an access and is sent what it learns. What it returns is the
program that goes on, with nothing but its arguments: a process forgets what no longer matters.
"""

from collections.abc import Generator
from enum import StrEnum
from itertools import batched
from typing import Any, NamedTuple

from tests.model import accesses as do
from tests.model import sending
from tests.model.folding import Plan, Reading, overdue, read_overdue, remainder, survey
from tests.model.world import Access, Batch, Content, Due, Hour, Owed, Record, Segment, State

type Program = Generator[Access, Any, tuple[Any, ...] | None]


class Break(StrEnum):
    """A rule of the protocol that is not kept."""

    LOOK_FIRST = "look before append"
    DO_NOT_LOOK = "acknowledge without looking"
    WAKE_BY_CLOCK = "wake only a log that had settled when the drain began"
    LIST_FIRST = "list before close"
    COUNT_ALL = "count a segment outside the manifest"
    COUNT_LISTED = "count what was listed, whatever the manifest that stands says"
    OVERWRITE = "overwrite a manifest that stands"
    FREEZE_WITHOUT_LEASE = "freeze without the lease"
    FREEZE_FROZEN = "freeze what is frozen"
    READ_FIRST = "read the batches before the lease"
    FORGET_WAKING = "put a log to sleep that was woken"
    FORGET_LEFT_OUT = "forget what could not be read when a record was frozen"
    CARRY_HALF_READ = "carry late usage while a segment that counts cannot be read"
    FLUSH_QUEUED = "flush what is still in the queue"
    FLUSH_IS_ALL = "take a log for dealt with after a final flush"
    CARRY_EARLY = "carry late usage before AWS has the record that it came too late for"
    CARRY_FIRST = "carry before writing down"
    CARRY_BLINDLY = "carry without looking"
    CARRY_ASLEEP = "carry to a log that sleeps without waking it"
    DO_NOT_WAIT = "do not wait for the manifest"
    CARRY_REST_TWICE = "carry a remainder under another name each time"
    NUMBER_BLINDLY = "number what is carried of late usage without a look at what was"
    CARRY_SENDABLE = "carry a record before it is CARRIED"
    STORE_BLINDLY = "store an answer in a batch that was taken over"
    SECOND_AS_FIRST = "take a second send for the first"
    TRUST_RESTORED = "trust what a restored table says"
    LIST_ANEW = "list anew what a lost table may have listed without what was carried"


# What closers carry under names of their own then.
OWN_NAMES = {Break.CARRY_REST_TWICE: "rest", Break.NUMBER_BLINDLY: "late"}


class How(NamedTuple):
    """The rules of a scenario."""

    broken: Break | None = None
    units_max: int = 10**6  # in a record
    records_max: int = 2  # in a batch
    waits: bool = False  # a closer waits until the queue is empty
    sends: bool = False  # a closer sends what it froze


class Lease(NamedTuple):
    """A closer's: what it holds, how many generations are closed, and whose flush it is."""

    hour: Hour
    token: int
    closed: int
    only: str


class Letter(NamedTuple):
    """A record on its way: the claim, and whether no earlier send can have been accepted."""

    batch: str
    hour: Hour
    record: Record
    is_sure: bool


def drain(how: How, hour: Hour, content: Content) -> Program:
    """Append, then look; twice at most. What is not acknowledged is delivered again."""
    key = "".join(sorted(event.name for event in content))
    generation, was_settled = yield (do.read_head, hour)
    for _ in range(2):
        if how.broken is Break.LOOK_FIRST and (yield (do.read_head, hour))[0] != generation:
            return None
        yield (do.append, hour, Segment(generation, key, content))
        if how.broken in {Break.LOOK_FIRST, Break.DO_NOT_LOOK}:
            yield (do.wake, hour, generation, content)
            return None
        is_open, is_settled = yield (do.look, hour, generation, content)
        if is_open == generation:
            is_told = how.broken is not Break.WAKE_BY_CLOCK or was_settled
            if is_settled:
                yield (do.wake, hour, generation if is_told else None, content)
            return None
        generation = is_open
    return None


def closer(how: How, hour: Hour, only: str = "", unknown: str = "") -> Program:
    """Close, list, freeze, carry and give back; with `only` a subscription: its final flush.

    It cannot read the segment `unknown`, which closers of another version can.
    """
    if (how.waits or only) and not (only and how.broken is Break.FLUSH_QUEUED):
        yield (do.wait_until_drained, only)
    reading = Reading(
        only,
        unknown,
        counts_all=how.broken is Break.COUNT_ALL,
        freezes_again=how.broken is Break.FREEZE_FROZEN,
        carries_half_read=how.broken is Break.CARRY_HALF_READ,
        carries_early=how.broken is Break.CARRY_EARLY,
        lists_anew=how.broken is Break.LIST_ANEW,
    )
    if how.broken is Break.READ_FIRST:
        reading = reading._replace(known=(yield (do.read_meters, hour)))
    early = (yield (do.list_open, hour)) if how.broken is Break.LIST_FIRST else None
    token, closed = yield (do.close, hour, only)
    if early:
        yield (do.put_manifest, hour, *early)
    return _listing, how, Lease(hour, token, closed, only), reading


def _listing(how: How, lease: Lease, reading: Reading) -> Program:
    found = yield (survey, lease.hour, lease.closed, reading)
    if isinstance(found, Plan):
        return _freezing, how, lease, found
    put = do.overwrite_manifest if how.broken is Break.OVERWRITE else do.put_manifest
    yield (put, lease.hour, *found)
    if how.broken is Break.COUNT_LISTED:
        reading = reading._replace(listed=reading.listed | {found})
    return _listing, how, lease, reading


def _freezing(how: How, lease: Lease, plan: Plan) -> Program:
    """Each batch in a transaction of its own: that is the hardest case."""
    batches = []
    token = None if how.broken is Break.FREEZE_WITHOUT_LEASE else lease.token
    for number, meters in enumerate(batched(plan.fresh, how.records_max, strict=False)):
        records = tuple(
            Record(meter, min(units, how.units_max), max(units - how.units_max, 0))
            for meter, units in meters
        )
        name = f"{lease.hour.name}{lease.token}.{number}"
        left_out = frozenset() if how.broken is Break.FORGET_LEFT_OUT else plan.unread
        batch = Batch(name, lease.hour, lease.closed - 1, records, left_out)
        if not (yield (do.freeze, lease.hour, token, batch)):
            return None
        batches.append(batch)
    owed = plan.owed + tuple(rest for rest in map(remainder, batches) if rest[1])
    letters = tuple(Letter(b.name, b.hour, r, is_sure=True) for b in batches for r in b.records)
    if plan.waits or (plan.unread and how.broken is not Break.CARRY_HALF_READ):
        # It stays due: for who can read it all, or for AWS's answer.
        return _carrying, how, lease.hour, owed, (_releasing_early, how, lease, letters)
    return _carrying, how, lease.hour, owed, (_releasing, how, lease, letters)


def _carrying(how: How, hour: Hour, owed: tuple[Owed, ...], then: tuple[Any, ...]) -> Program:
    """Carry the first of what is owed; `then` goes on, and is told whether anything stays due."""
    if not owed:
        return *then, Due.NO
    (name, content), *others = owed
    if how.broken in OWN_NAMES and name.startswith(OWN_NAMES[how.broken]):
        name = f"{name} by {then[2].token}"
    if how.broken is Break.CARRY_FIRST:
        target, generation = yield (do.read_target, hour)
        yield (do.append, target, Segment(generation, name, content))
    carry = yield (do.write_down, hour, (name, content))
    if carry.content != content:
        # Somebody who knew less, or more, was first: the next closing sees what is left.
        return *then, Due.YES
    if carry.is_done:
        return _carrying, how, hour, tuple(others), then
    target, generation = carry.target
    yield (do.append, target, Segment(generation, name, carry.content))
    found = yield (do.look_for, carry)
    if how.broken is Break.CARRY_BLINDLY:
        found = "in"
    if found == "closing" and how.broken is not Break.DO_NOT_WAIT:
        return *then, Due.YES
    if found in {"closing", "out"}:
        yield (do.retarget, hour, carry)
        return _carrying, how, hour, owed, then
    if found == "asleep" and how.broken is not Break.CARRY_ASLEEP:
        yield (do.wake, target, generation)
    yield (do.finish_carry, carry)
    return _carrying, how, hour, tuple(others), then


def _releasing_early(how: How, lease: Lease, letters: tuple[Letter, ...], _: Due) -> Program:
    return _releasing(how, lease, letters, Due.YES)


def _releasing(how: How, lease: Lease, letters: tuple[Letter, ...], due: Due) -> Program:
    """Give the lease back; a log that a flush closed is due at its own time, too."""
    if lease.only and how.broken is not Break.FLUSH_IS_ALL:
        due = Due.YES
    put = do.release_blindly if how.broken is Break.FORGET_WAKING else do.release
    yield (put, lease.hour, lease.token, due)
    return (_sending, how, letters) if how.sends else None


def first_sender(how: How, batch: Batch) -> Program:
    """Send a batch that this process froze."""
    letters = (Letter(batch.name, batch.hour, record, is_sure=True) for record in batch.records)
    return _sending(how, tuple(letters))


def sender(how: How, hour: Hour, names: tuple[str, ...]) -> Program:
    """Claim what is unfinished in some batches of an hour; carry what is past its deadline."""
    if how.broken is Break.CARRY_SENDABLE:
        owed = yield (read_overdue, names)
        return _carrying, how, hour, owed, (_claiming, how, hour, names)
    return _claiming, how, hour, names


def _claiming(how: How, hour: Hour, names: tuple[str, ...], *_: Due) -> Program:
    letters: list[Letter] = []
    owed: list[Owed] = []
    for name in names:
        batch, sealed = yield (sending.claim, name)
        owed += overdue(batch)
        letters += [
            Letter(name, hour, record, record.meter in sealed)
            for record in batch.records
            if record.state is State.SUBMITTING
        ]
    return _carrying, how, hour, tuple(owed), (_sending, how, tuple(letters))


def _sending(how: How, letters: tuple[Letter, ...], *_: Due) -> Program:
    """One call with records of any batches, whose answers go home to each."""
    if not letters:
        return None
    payloads = tuple((one.hour, one.record.meter, one.record.units) for one in letters)
    answers = yield (sending.call, payloads)
    store = sending.store_blindly if how.broken is Break.STORE_BLINDLY else sending.store
    for home in dict.fromkeys(letter.batch for letter in letters):
        own = tuple(
            (letter.record.meter, letter.record.sends, _meaning(how, letter, answer))
            for letter, answer in zip(letters, answers, strict=True)
            if letter.batch == home
        )
        yield (store, home, own)
    return None


def _meaning(how: How, letter: Letter, answer: str | None) -> State:
    """What a record becomes; only what was surely not accepted before can be sealed again."""
    is_sure = letter.is_sure or how.broken is Break.SECOND_AS_FIRST
    match answer:
        case "accepted":
            return State.METERED
        case "repeated" if not is_sure:
            return State.METERED
        case "repeated" | "contradicted":
            return State.DISPUTED
        case "unprocessed" | "refused" if is_sure:
            return State.SEALED
        case _:
            return State.SUBMITTING
