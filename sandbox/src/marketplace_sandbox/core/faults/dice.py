"""Which scripted faults hit a call or its records: the oldest first, by match and by rate."""

import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from marketplace_sandbox.core.model.faults import (
    KINDS_OF_RECORDS,
    SUBJECT,
    Fault,
    FaultKind,
    Subject,
)
from marketplace_sandbox.core.model.operation import Operation

_FACES = 2**64  # of the dice; a probability has far fewer decimals


@dataclass(frozen=True, slots=True)
class Arrival:
    """What faults look at: the operation, the region of the endpoint, a subject per record."""

    operation: Operation
    region: str
    subjects: Sequence[Subject]


@dataclass(frozen=True, slots=True)
class Strike:
    """Which fault hit, if any, and the faults that remain."""

    fault: Fault | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class RecordStrikes:
    """Which fault hit which record, by position, and the faults that remain."""

    kinds: dict[int, FaultKind]
    fault: Fault | None
    faults: tuple[Fault, ...]

    def positions(self, kind: FaultKind) -> frozenset[int]:
        """Return the positions of the records that faults of a kind have hit."""
        return frozenset(position for position, hit in self.kinds.items() if hit is kind)


def strike_call(
    faults: tuple[Fault, ...], kinds: AbstractSet[FaultKind], arrival: Arrival
) -> Strike:
    """Let the oldest fault of these kinds hit the call; costs as much as there are faults."""
    left = list(faults)
    for place, fault in enumerate(faults):
        if fault.kind in kinds and _concerns_call(fault, arrival):
            is_hit, left[place] = _throw(fault)
            if is_hit:
                return Strike(fault, _without_spent(left))
    return Strike(None, tuple(left))


def strike_records(faults: tuple[Fault, ...], arrival: Arrival) -> RecordStrikes:
    """Let faults hit single records, each record at most once and by the oldest fault that does."""
    left = list(faults)
    kinds: dict[int, FaultKind] = {}
    first: Fault | None = None
    for position, subject in enumerate(arrival.subjects):
        for place, fault in enumerate(left):
            if fault.kind not in KINDS_OF_RECORDS or fault.remaining == 0:
                continue
            if not _is_open_to(fault, arrival) or not _concerns(fault, subject):
                continue
            is_hit, left[place] = _throw(fault)
            if is_hit:
                kinds[position] = fault.kind
                first = first or fault
                break
    return RecordStrikes(kinds, first, _without_spent(left))


def _is_open_to(fault: Fault, arrival: Arrival) -> bool:
    return fault.operation in {None, arrival.operation} and fault.region in {None, arrival.region}


def _concerns_call(fault: Fault, arrival: Arrival) -> bool:
    if not _is_open_to(fault, arrival):
        return False
    return _concerns(fault, Subject()) or any(_concerns(fault, one) for one in arrival.subjects)


def _concerns(fault: Fault, subject: Subject) -> bool:
    """Whether a subject fits all that the fault says; without a word of it, even nothing fits."""
    return all(getattr(fault, name) in {None, getattr(subject, name)} for name in SUBJECT)


def _throw(fault: Fault) -> tuple[bool, Fault]:
    """Throw the fault's dice; return whether it hits, and the fault after that."""
    if fault.probability is not None:
        digest = hashlib.sha256(f"{fault.seed}/{fault.seen}".encode()).digest()
        face = int.from_bytes(digest[:8])
        fault = replace(fault, seen=fault.seen + 1)
        assert fault.probability is not None, "it has not changed"
        if face >= fault.probability * _FACES:
            return False, fault
    if fault.remaining is not None:
        fault = replace(fault, remaining=fault.remaining - 1)
    return True, fault


def _without_spent(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    return tuple(fault for fault in faults if fault.remaining != 0)
