"""Spikes: a record far beyond its meter's norm waits for a person, and not for ever (ADR 0032)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.errors import CommandRefusedError

# Before its deadline a record goes by itself so early: eight of the slowest schedule's runs.
RELEASE_LEAD = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class SpikeHold:
    """What counts as a spike.

    Attributes:
        factor: how many times its norm; 0 means that nothing is held.
        units_min: what has fewer units is none.

    """

    factor: Decimal = Decimal(0)
    units_min: Decimal = Decimal(1)

    def is_large(self, units: Decimal) -> bool:
        """Tell whether so many units may be a spike at all, so that their norm is asked for."""
        return self.factor > 0 and units >= self.units_min

    def is_spike(self, units: Decimal, norm: Decimal | None) -> bool:
        """Tell whether units are far beyond their norm; where nobody knows it they are not."""
        return norm is not None and self.is_large(units) and units > self.factor * norm


NO_HOLD = SpikeHold()


def going_time_of(hour_at: datetime) -> datetime:
    """Return when a held record of an hour goes by itself."""
    return deadline_of(hour_at) - RELEASE_LEAD


def held_until(status: RecordStatus) -> datetime | None:
    """Return when a record goes that waits for a person; None of any other record."""
    is_held = status.state is RecordState.SEALED and status.reason == Reason.SPIKE_HELD
    return status.due_at if is_held else None


def release_spike(record: MeteringRecord, now: datetime) -> RecordStatus:
    """Return the step that sends a held record at once; raises CommandRefusedError for others."""
    _check_held(record)
    return record.status.stepped(RecordState.SEALED, due_at=now, reason=Reason.SPIKE_RELEASED)


def reject_spike(record: MeteringRecord, _now: datetime) -> RecordStatus:
    """Return the step that ends a held record unbilled; raises CommandRefusedError for others.

    It can be redriven like any record that is REJECTED: what is frozen in it stays as it was.
    """
    _check_held(record)
    return record.status.stepped(RecordState.REJECTED, reason=Reason.SPIKE_REJECTED)


def _check_held(record: MeteringRecord) -> None:
    if held_until(record.status) is None:
        state = record.state.value
        raise CommandRefusedError(f"not_held: {state}", f"record is {state}, and no spike is held")
