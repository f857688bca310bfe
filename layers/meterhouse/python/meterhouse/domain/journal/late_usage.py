"""Late usage: what came after its meter's record was frozen, and when it leaves its hour. Pure."""

from collections.abc import Iterable

from meterhouse.domain.hours import is_sendable
from meterhouse.domain.journal.closing import ClosingFacts
from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.meter_fold import is_carried
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.coverage import why_stranger, why_uncovered
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import Batch

_DECIDED = frozenset({RecordState.METERED, RecordState.DISPUTED, RecordState.INCLUDED})


def late_parts(fold: LogFold, generation: int, *, met: bool = False) -> tuple[CarriedPart, ...]:
    """Return what a generation brought too late for the records of its meters.

    It is either what has not met an allowance yet, or what has.
    """
    return tuple(
        CarriedPart(meter, quantity, tags)
        for meter, by_tags in fold.frozen_late(generation, met=met).items()
        for tags, quantity in sorted(by_tags.items())
        if quantity
    )


def uncovered_late(fold: LogFold, generation: int, facts: ClosingFacts) -> dict[MeterKey, Reason]:
    """Return the meters whose late usage of a generation may be billed in no other hour, and why.

    Like a record it stays as a whole, also if a part of it was carried in; and like one it stays if
    AWS takes no more records of its hour and nobody knows its subscription, or when that began.
    """
    found: dict[MeterKey, Reason] = {}
    for meter, usage in fold.meters.items():
        late = usage.late.get(generation)
        if not late:
            continue
        subscription = facts.known.get(meter.subscription)
        reason = why_uncovered(subscription, facts.log.hour_at, is_carried=is_carried(late))
        if subscription is None and not is_sendable(facts.log.hour_at, facts.now):
            reason = why_stranger([meter.subscription])
        if reason is not None:
            found[meter] = reason
    return found


def undecided_meters(batches: Iterable[Batch], facts: ClosingFacts) -> frozenset[MeterKey]:
    """Return the meters whose late usage stays in an hour, since AWS may still take its record.

    A table that is lost and restored would freeze that record anew, late usage and all. Once AWS
    has a record of the hour, or takes none any more, what was carried away is billed by no other
    record; nor is it where there was nothing to send, or where what was refused is of somebody who
    has left: his last hour would be over before that record is sent anew (ADR 0035).
    """
    if not is_sendable(facts.log.hour_at, facts.now):
        return frozenset()
    left = {key for key, one in facts.known.items() if one.ended_at is not None}
    records = (record for batch in batches for record in batch.records)
    return frozenset(
        one.key.meter
        for one in records
        if one.state not in _DECIDED
        and not (one.state is RecordState.REJECTED and one.key.subscription in left)
    )
