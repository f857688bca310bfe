"""What the reads answer: values, and rows that are tables for people and lists for scripts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.record import RecordStatus, SealedRecord
from meterhouse.domain.usage.events import Tags
from operations.runbook import meaning_of

_RUNBOOK = "docs/runbook.md says what to do: by reason under “Reasons on records”"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is missing in an answer because it cannot be read, and why it cannot."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command found; `is_whole` tells that there is not more than it read."""

    is_whole: bool = True
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether all that was asked for was done."""
        return True

    @property
    def rest(self) -> str | None:
        """How to see the rest, of an answer that is one page."""
        return None

    @property
    def is_interrupted(self) -> bool:
        """Whether its user stopped it on the way."""
        return False

    @property
    def sentences(self) -> Iterator[str]:
        """What people are told besides."""
        yield from ()


@dataclass(frozen=True, slots=True)
class UsedUnits:
    """Units of one dimension that stand in one place, in one hour or in all of them."""

    hour: str
    dimension: str
    standing: str
    units: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageAnswer(Answer):
    """What a subscription used on some days; `unsettled` are the hours that may hold more."""

    subscription: str
    first_day: str
    last_day: str
    lines: tuple[UsedUnits, ...]
    totals: tuple[UsedUnits, ...]
    unsettled: tuple[str, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what the lines do not."""
        if not self.lines:
            yield "Nothing that it used on these days is frozen."
        if any(one.standing == "carried" for one in self.totals):
            yield "Usage that was carried stands twice: where it left, and where it went."
        if self.unsettled:
            yield "Hours that are not settled yet may hold more than is shown."


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """A distinct event; `late_in` is the generation by which it came after the record was frozen.

    `is_contradicted` tells that it came with another quantity or other tags, too.
    """

    id: str
    quantity: Decimal
    tags: Tags
    late_in: int | None
    is_contradicted: bool


@dataclass(frozen=True, slots=True)
class Move:
    """Units that went from one hour to another."""

    origin: str
    target: str
    units: Decimal
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Units that came too late for their record, and are billed in no other hour either: why.

    `settled_as` is what a person did about them.
    """

    origin: str
    reason: str
    units: Decimal
    settled_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer(Answer):
    """One hour of one meter, down to its events; `status` and `frozen` are None without a record.

    `journalled` are the units of the hour's events and of what was carried to it, `standings` where
    they stand, `difference` those without a place. `hour_reason` is why the whole hour waits.
    """

    record: str
    log: str
    hour_reason: str | None
    batch: str | None
    status: RecordStatus | None
    frozen: SealedRecord | None
    deadline: datetime
    journalled: Decimal
    standings: dict[str, Decimal]
    difference: Decimal
    events: tuple[CountedEvent, ...]
    carried_in: tuple[Move, ...]
    carried_out: tuple[Move, ...]
    not_carried: tuple[Stay, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say what an operator may not expect."""
        if self.status is None:
            is_used = self.events or self.carried_in
            yield "It has no record yet." if is_used else "There is no usage of it, and no record."
        has_reason = self.status is not None and self.status.reason is not None
        if self.hour_reason is not None or has_reason or self.not_carried:
            yield f"{_RUNBOOK}."
        if self.difference:
            yield "Its units do not add up: `balance` names what is at fault."


@dataclass(frozen=True, slots=True)
class UnfinishedHour:
    """An hour with usage that is not frozen or not carried yet, and why it waits."""

    log: str
    why: str
    waiting: tuple[str, ...]
    aside: tuple[str, ...]
    deadline: datetime
    left: timedelta


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """A record and where it stands; `left` is the time until AWS takes it no more."""

    record: str
    state: str
    reason: str | None
    units: Decimal
    sends: int
    deadline: datetime
    left: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedAnswer(Answer):
    """Everything that is unfinished, the soonest deadline first.

    `dealt_with` counts the hours that only wait to be accounted for, or entered into sheets.
    """

    hours: tuple[UnfinishedHour, ...]
    records: tuple[StandingRecord, ...]
    dealt_with: int

    @property
    def sentences(self) -> Iterator[str]:
        """Say how much it is."""
        if not self.hours and not self.records:
            yield "Nothing is unfinished."
        else:
            yield f"{_RUNBOOK}. {_sum_up(self.records)}"


@dataclass(frozen=True, slots=True)
class LateUsage:
    """Units that came too late for the record of their hour, and stay unbilled in it: why."""

    record: str
    reason: str
    units: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAnswer(Answer):
    """Every record, and late usage, that ended unbilled and nobody settled; oldest first."""

    records: tuple[StandingRecord, ...]
    late: tuple[LateUsage, ...] = ()

    @property
    def sentences(self) -> Iterator[str]:
        """Say how much it is, and what to do."""
        if self.records:
            yield f"{_RUNBOOK}, and under “Redriving a rejected record”. {_sum_up(self.records)}"
        else:
            yield "No record that was refused, disputed or expired needs anybody."
        if self.late:
            late = (
                "What came late is in no record: if a redrive bills it the runbook says by reason."
            )
            yield f"{late} {_sum_up(self.late)}"
        reasons = {one.reason for one in self.records} | {one.reason for one in self.late}
        for reason in sorted(filter(None, reasons)):
            if meaning := meaning_of(reason):
                yield f"{reason}: {meaning}."


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutAnswer(Answer):
    """What a usage table says of itself, and what comes next in its restore."""

    shards: int
    is_fenced: bool
    restored_to: datetime | None
    lost_until: datetime | None

    @property
    def sentences(self) -> Iterator[str]:
        """Say what that means, and the next step."""
        if self.is_fenced:
            yield (
                "It is fenced: usage is journalled, and nothing is billed. Next: deploy with the "
                "parameter UsageTableName set to it, let producers send again what they sent since "
                "the oldest message that waited at --restored-to, and once UsageQueue is empty run "
                "restore-finish."
            )
        else:
            yield "It is open: the next run bills. A day from now, see restore-report."


@dataclass(frozen=True, slots=True)
class WithheldUnits:
    """Units that were not carried from an hour, because a lost table may have carried them."""

    record: str
    carry: str
    units: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsureAnswer(Answer):
    """Everything of which only AWS knows whether, and with which quantity, it was billed."""

    restored_to: datetime | None
    lost_until: datetime | None
    records: tuple[StandingRecord, ...]
    withheld: tuple[WithheldUnits, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """Say how to find out."""
        if self.lost_until is None:
            yield "This table was never restored."
        elif self.records or self.withheld:
            yield (
                "Compare these with what AWS holds (CloudTrail has every BatchMeterUsage call for "
                "90 days): docs/disaster-recovery.md says how, and what to do about a difference."
            )
        else:
            yield "Nothing is unsure."


def _sum_up(records: Sequence[StandingRecord | LateUsage]) -> str:
    units = format_quantity(sum((one.units for one in records), Decimal(0)))
    return f"Records: {len(records)}, with {units} units."
