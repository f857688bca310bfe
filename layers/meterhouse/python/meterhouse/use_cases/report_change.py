"""Say what became of a record: one log line and one metric for every step that matters."""

from meterhouse.domain.folding import Fold
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.outcomes import OWN_DUPLICATE
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records import MeteringRecord
from meterhouse.ports import Report

_METRICS = {
    RecordState.METERED: "RecordsMetered",
    RecordState.REJECTED: "RecordsRejected",
    RecordState.DISPUTED: "RecordsDisputed",
    RecordState.EXPIRED: "RecordsExpired",
    RecordState.CARRIED: "RecordsCarried",
}


def report_change(
    report: Report, before: MeteringRecord, after: MeteringRecord, fold: Fold | None = None
) -> None:
    """Report a step that was written."""
    if fold is not None and before.state is RecordState.OPEN and after.state is not before.state:
        report.count("RepeatsDropped", fold.repeats)
        if fold.conflicts:
            report.count("RepeatsConflicting", fold.conflicts)
    if after.reason == OWN_DUPLICATE:
        report.count("DuplicatesOfOwnSend")
    metric = _METRICS.get(after.state)
    if metric is not None:
        report.count(metric)
    elif after.reason is not None:
        report.count("RecordsHeld")
    report.event(
        "record_step",
        record=str(after.key),
        before=before.state.value,
        after=after.state.value,
        reason=after.reason,
        units=None if after.units is None else format_quantity(after.units),
        sends=after.sends,
        due_at=None if after.due_at is None else after.due_at.isoformat(),
    )
