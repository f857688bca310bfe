"""The page of what needs a person: what ended unbilled, why, and the redrive beside it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Operator
from operations.answers import LateUsage, StandingRecord
from operations.careful_ledger import CarefulUsageTable
from operations.console.confirming import (
    MARKED_MAX,
    check_done,
    check_seen,
    digest_of,
    marked,
    marks_of,
)
from operations.console.record_pages import record_address
from operations.console.runbook_words import Words, words_about
from operations.console.spike_pages import ENTRIES_MAX
from operations.console.stack import Stack
from operations.console.views import View
from operations.reads import read_refused
from operations.reconcile_function import ReconcileFunction
from operations.record_orders import read_record_name
from operations.redrive import RedriveEffect, RedriveStep, redrive_effects, redrive_records
from operations.spikes import read_spikes

ATTENTION_PATH = "/needs-a-person"
SHOWN_MAX = MARKED_MAX


@dataclass(frozen=True, slots=True)
class UnbilledRow:
    """A record that ended unbilled, by the parts of its name."""

    key: RecordKey
    standing: StandingRecord


@dataclass(frozen=True, slots=True)
class ReasonView:
    """All records that ended so for one reason; `hidden` of them are not shown."""

    state: str
    reason: str
    words: tuple[Words, ...]
    rows: tuple[UnbilledRow, ...]
    hidden: int
    units: Decimal

    @property
    def can_be_redriven(self) -> bool:
        """Whether a redrive bills them: AWS surely does not bill what is REJECTED."""
        return self.state == RecordState.REJECTED


@dataclass(frozen=True, slots=True)
class LateView:
    """Late usage that stays unbilled for one reason."""

    reason: str
    words: tuple[Words, ...]
    rows: tuple[LateUsage, ...]
    hidden: int
    units: Decimal


def show_attention(stack: Stack, visit: Visit) -> View:
    """Show everything that ended unbilled, by its reason; found by an index, not by a scan."""
    del visit
    ledger, now = stack.open(CarefulUsageTable), stack.now()
    answer = read_refused(ledger, now, ledger.noted, entries_max=ENTRIES_MAX)
    spikes = read_spikes(ledger, now, entries_max=ENTRIES_MAX)
    return View(
        "attention.html",
        {
            "answer": answer,
            "groups": view_records(answer.records),
            "late": view_late(answer.late),
            "spikes": spikes,
            "spike_words": words_about(Reason.SPIKE_HELD),
        },
    )


def ask_redrive(stack: Stack, visit: Visit) -> View:
    """Say what a redrive does with each record that was marked, before it is done."""
    effects = _effects(stack, visit.form)
    return View(
        "redrive.html",
        {
            "rows": [(RecordKey.parse(one.record), one) for one in effects],
            "units": sum((one.units for one in effects), Decimal(0)),
            "fields": {**marks_of(one.record for one in effects), "seen": _digest(effects)},
        },
    )


def redrive(stack: Stack, visit: Visit) -> str:
    """Have the records billed after all that were shown; returns where that is seen."""
    effects = _effects(stack, visit.form)
    check_seen(visit.form, _digest(effects))
    names = [one.record for one in effects]
    operator = Operator(stack.caller(), visit.form.text("by"))
    reason = visit.form.text("reason")
    answer = redrive_records(stack.open(ReconcileFunction), names, operator, reason=reason)
    check_done(answer, "redriven")
    return ATTENTION_PATH if len(names) > 1 else record_address(names[0])


def view_records(records: Iterable[StandingRecord]) -> list[ReasonView]:
    """Return the records by their reasons, those first of which most units wait."""
    found = defaultdict[tuple[str, str], list[StandingRecord]](list)
    for one in records:
        found[one.state, one.reason or ""].append(one)
    views = [
        ReasonView(
            state=state,
            reason=reason,
            words=words_about(reason or None),
            rows=tuple(map(_row, some[:SHOWN_MAX])),
            hidden=max(0, len(some) - SHOWN_MAX),
            units=sum((one.units for one in some), Decimal(0)),
        )
        for (state, reason), some in found.items()
    ]
    return sorted(views, key=lambda one: (-one.units, one.state, one.reason))


def view_late(late: Iterable[LateUsage]) -> list[LateView]:
    """Return late usage by its reasons."""
    found = defaultdict[str, list[LateUsage]](list)
    for one in late:
        found[one.reason].append(one)
    return [
        LateView(
            reason=reason,
            words=words_about(reason),
            rows=tuple(some[:SHOWN_MAX]),
            hidden=max(0, len(some) - SHOWN_MAX),
            units=sum((one.units for one in some), Decimal(0)),
        )
        for reason, some in sorted(found.items())
    ]


def _effects(stack: Stack, form: Form) -> tuple[RedriveEffect, ...]:
    """Return what is done with each record that was marked; raises EntryError if not with all."""
    names = [read_record_name(one) for one in marked(form)]
    effects = redrive_effects(stack.open(CarefulUsageTable), names, stack.now())
    for one in effects:
        if one.effect is RedriveStep.NONE:
            raise EntryError(f"{one.record} cannot be redriven: {one.remark}")
    return effects


def _row(standing: StandingRecord) -> UnbilledRow:
    return UnbilledRow(RecordKey.parse(standing.record), standing)


def _digest(effects: Iterable[RedriveEffect]) -> str:
    return digest_of([one.record, one.units, one.effect] for one in effects)
