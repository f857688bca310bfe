"""Carrying usage to a later hour: the item that says what and where to, and what becomes of it."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import CarriedPart, carried_name
from meterhouse.domain.keys import LogKey, MeterKey
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Settlement

ABSENT_VERSION = 0
"""The version of a carry that is not in the table yet."""


_REDRIVEN = "redriven#"
_MET, _UNMET = "#met", "#unmet"


class KeptPart(NamedTuple):
    """A part that stays where it is, unbilled, and why: nobody is known who would pay for it."""

    part: CarriedPart
    reason: Reason


class MeterSettlement(NamedTuple):
    """What a person did about all that a carry keeps of a meter."""

    meter: MeterKey
    settlement: Settlement


@dataclass(frozen=True, slots=True)
class Carry:
    """Usage of one log that goes to another.

    Attributes:
        log: where it leaves.
        name: `late#<generation>`, `rest#<batch>`, `record#<batch>#<place>`, or
            `redriven#<name>#<place>` of what an earlier one kept. Late usage that has met an
            allowance says so, and so does what of a record has met none; see `has_met`.
        parts: what goes, by meter and tags; never changes.
        carried_at: when it was written down first.
        target: where it goes.
        generation: the target's generation to which it was appended.
        has_arrived: whether it is certain to count there.
        is_withheld: it goes nowhere, for a lost table may have carried and billed it.
        version: grows by one with every write, from 1.
        kept: what stays, of all that the carry was written down for; never changes either, whatever
            becomes known of its subscriptions.
        taken_along: the meters of which another carry took along what this one kept.
        settlements: those of which a person has settled what it keeps.

    """

    log: LogKey
    name: str
    parts: tuple[CarriedPart, ...]
    carried_at: datetime
    target: LogKey
    generation: int
    has_arrived: bool = False
    version: int = 1
    is_withheld: bool = False
    kept: tuple[KeptPart, ...] = ()
    taken_along: frozenset[MeterKey] = frozenset()
    settlements: tuple[MeterSettlement, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing remains to be done with it."""
        return self.has_arrived or self.is_withheld or not self.parts

    @property
    def needs_person(self) -> bool:
        """Tell whether it keeps something with which nobody has dealt."""
        dealt_with = {*self.taken_along, *(one.meter for one in self.settlements)}
        return any(one.part.meter not in dealt_with for one in self.kept)

    def settlement_of(self, meter: MeterKey) -> Settlement | None:
        """Return what a person did about all that it keeps of a meter."""
        return next((one.settlement for one in self.settlements if one.meter == meter), None)

    @property
    def all_parts(self) -> tuple[CarriedPart, ...]:
        """What it was written down for: what goes, and what stays."""
        return (*self.parts, *(one.part for one in self.kept))

    @property
    def is_redriven(self) -> bool:
        """Tell whether it takes along what another one kept."""
        return self.name.startswith(_REDRIVEN)

    @property
    def origin(self) -> str:
        """Where it comes from, the same for ever and for nothing else."""
        return f"{self.log}/{self.name}"

    @property
    def segment_name(self) -> str:
        """The name of the segment by which it arrives."""
        return carried_name(self.origin)


def late_name(generation: int, *, met: bool = False) -> str:
    """Return the name of the carry of a generation's late usage, or of that which has `met`."""
    return f"late#{generation:06}{_MET if met else ''}"


def rest_name(batch: str, *, met: bool = True) -> str:
    """Return the name of the carry of what goes beyond the largest quantities of a batch."""
    return f"rest#{batch}{'' if met else _UNMET}"


def record_name(batch: str, place: int, *, met: bool = True) -> str:
    """Return the name of the carry of a record's whole quantity."""
    return f"record#{batch}#{place:02}{'' if met else _UNMET}"


def has_met(origin: str) -> bool:
    """Tell whether what comes from an origin has met an allowance there (ADR 0034).

    What was frozen in a record has, and takes from none where it arrives. What came too late for
    one has not, unless it had been carried into that hour; nor has what was nobody's to pay.
    """
    _, _, name = origin.partition("/")
    kind, _, rest = name.removeprefix(_REDRIVEN).partition("#")
    return _MET in f"#{rest}" if kind == "late" else _UNMET not in rest


def waiting_parts(carry: Carry, meter: MeterKey) -> tuple[str, tuple[CarriedPart, ...]] | None:
    """Return what a carry kept of a meter because nobody knew its subscription, if anything.

    With it goes the name under which it is carried once it is redriven. What a person has settled
    waits for nothing.
    """
    if carry.settlement_of(meter) is not None:
        return None
    waiting = {
        place: part
        for place, (part, reason) in enumerate(carry.kept)
        if part.meter == meter and reason is Reason.SUBSCRIPTION_UNKNOWN
    }
    if not waiting:
        return None
    return f"{_REDRIVEN}{carry.name}#{min(waiting):05}", tuple(waiting.values())


def staying_parts(carry: Carry, meter: MeterKey, names: Container[str]) -> tuple[CarriedPart, ...]:
    """Return what a carry keeps of a meter, settled or not, and no redrive took along.

    `names` are those of all carries of its log.
    """
    name, _ = waiting_parts(carry, meter) or ("", ())
    return () if name in names else tuple(one.part for one in carry.kept if one.part.meter == meter)


def target_of(log: LogKey, now: datetime) -> LogKey:
    """Return the log to which usage of `log` goes that is carried now: the current hour's.

    A subscription has the same shard in every hour. What was flushed has used its hour up, and its
    later usage goes to the next one.
    """
    return LogKey(max(floor_to_hour(now), log.hour_at + HOUR), log.shard)


class Arrival(Enum):
    """What the target tells about a carried segment that was appended to it."""

    ARRIVED = auto()
    """It counts there."""
    UNDECIDED = auto()
    """The target is being closed; its manifest will tell."""
    MISSED = auto()
    """The target closed without it; it goes elsewhere."""


def judge_arrival(carry: Carry, target: Head, manifest: frozenset[str] | None) -> Arrival:
    """Tell whether a segment counts that was appended, by what was read after that.

    `manifest` is that of the carry's generation, or None while there is none.
    """
    if target.open <= carry.generation:
        return Arrival.ARRIVED
    if manifest is None:
        return Arrival.UNDECIDED
    return Arrival.ARRIVED if carry.segment_name in manifest else Arrival.MISSED
