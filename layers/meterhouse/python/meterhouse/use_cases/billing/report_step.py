"""Say what became of a record: one log line and one metric for every step that matters."""

from collections.abc import Mapping
from decimal import Decimal

from meterhouse.domain.allowances.allowance import Allowance
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import MeteringRecord, RecordStatus
from meterhouse.domain.records.spikes import held_until
from meterhouse.ports.process import Report

OPEN = "OPEN"
"""What log lines call usage that has no record yet."""
METRICS = {
    RecordState.METERED: "RecordsMetered",
    RecordState.REJECTED: "RecordsRejected",
    RecordState.DISPUTED: "RecordsDisputed",
    RecordState.EXPIRED: "RecordsExpired",
    RecordState.CARRIED: "RecordsCarried",
}


def report_step(report: Report, record: MeteringRecord, after: RecordStatus | None = None) -> None:
    """Report a step that was written; without `after`, that a record came into being."""
    status, before = (record.status, OPEN) if after is None else (after, record.state.value)
    if status.reason in (Reason.OWN_DUPLICATE, Reason.LOST_DUPLICATE):
        report.count("DuplicatesOfOwnSend")
    metric = METRICS.get(status.state)
    # What a person decides is neither a failure nor cause for an alarm.
    is_decided = status.reason == Reason.SPIKE_REJECTED
    if metric is None:
        if status.reason is not None:
            report.count("RecordsHeld")
    elif status.state.value != before:
        if is_decided:
            report.count("SpikesRejected")
        else:
            is_refused = status.state is RecordState.REJECTED
            report.count(metric, reason=status.reason if is_refused else None)
    say = report.failure if status.state in NOT_BILLED and not is_decided else report.event
    say(
        "record_step",
        record=str(record.key),
        before=before,
        after=status.state.value,
        reason=status.reason,
        units=format_quantity(record.units),
        sends=status.sends,
        due_at=None if status.due_at is None else status.due_at.isoformat(),
    )


def report_unknown_allowance(
    report: Report, record: MeteringRecord, allowances: Mapping[MeterKey, Allowance]
) -> None:
    """Report that a new record bills all, since AWS did not tell what the contract includes."""
    allowance = allowances.get(record.key.meter)
    has_met = record.sealed.included is not None
    if has_met and allowance is not None and allowance.granted is None and record.units:
        report.count("RecordsBilledInFull")
        report.failure(
            "included_units_unknown",
            record=str(record.key),
            units=format_quantity(record.units),
        )


def report_spike(report: Report, record: MeteringRecord, norms: Mapping[MeterKey, Decimal]) -> None:
    """Report that a new record waits for a person, if it does, and beside what it is unusual."""
    goes_at = held_until(record.status)
    if goes_at is not None:
        report.failure(
            "spike_held",
            record=str(record.key),
            units=format_quantity(record.units),
            norm=format_quantity(norms[record.key.meter]),
            goes_at=goes_at.isoformat(),
        )
