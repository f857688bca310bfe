"""The page of what needs a person: what ended unbilled, why, and the redrive beside it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from loopback_console.forms import EntryError, Form
from loopback_console.visits import Visit

from meterhouse.domain.hours import is_sendable
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Operator
from operations.answers import LateUsage, RefusedAnswer, StandingRecord
from operations.careful_ledger import CarefulUsageTable
from operations.console.confirming import (
    MARKED_MAX,
    check_done,
    check_seen,
    digest_of,
    marked,
    marks_of,
)
from operations.console.runbook_words import Words, words_about
from operations.console.spike_pages import ENTRIES_MAX
from operations.console.stack import Stack
from operations.console.views import View
from operations.reads import read_refused
from operations.reconcile_function import ReconcileFunction
from operations.redrive import redrive_records
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


@dataclass(frozen=True, slots=True)
class RedriveRow:
    """What a redrive does with a record."""

    row: UnbilledRow
    is_in_time: bool


def show_attention(stack: Stack, visit: Visit) -> View:
    """Show everything that ended unbilled, by its reason; found by an index, not by a scan."""
    del visit
    answer = _read(stack)
    spikes = read_spikes(stack.open(CarefulUsageTable), stack.now(), entries_max=ENTRIES_MAX)
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
    names = [one.row.standing.record for one in effects]
    return View(
        "redrive.html",
        {
            "effects": effects,
            "units": sum((one.row.standing.units for one in effects), Decimal(0)),
            "fields": {**marks_of(names), "seen": _digest(effects)},
        },
    )


def redrive(stack: Stack, visit: Visit) -> str:
    """Have the records billed after all that were shown; returns where that is seen."""
    effects = _effects(stack, visit.form)
    check_seen(visit.form, _digest(effects))
    names = [one.row.standing.record for one in effects]
    operator = Operator(stack.caller(), visit.form.text("by"))
    reason = visit.form.text("reason")
    answer = redrive_records(stack.open(ReconcileFunction), names, operator, reason=reason)
    check_done(answer, "redriven")
    return ATTENTION_PATH


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


def _read(stack: Stack) -> RefusedAnswer:
    ledger = stack.open(CarefulUsageTable)
    return read_refused(ledger, stack.now(), ledger.noted, entries_max=ENTRIES_MAX)


def _effects(stack: Stack, form: Form) -> list[RedriveRow]:
    """Return what is done with each record that was marked; raises EntryError."""
    names = marked(form)
    known = {one.record: one for one in _read(stack).records}
    absent = [one for one in names if one not in known]
    if absent:
        raise EntryError(f"nothing waits for a person there: {', '.join(absent)}")
    found = [known[one] for one in names]
    other = [one.record for one in found if one.state != RecordState.REJECTED]
    if other:
        raise EntryError(
            f"only what is REJECTED can be redriven, for AWS surely does not bill that: {other[0]}"
        )
    now = stack.now()
    return [RedriveRow(row, is_sendable(row.key.hour_at, now)) for row in map(_row, found)]


def _row(standing: StandingRecord) -> UnbilledRow:
    return UnbilledRow(RecordKey.parse(standing.record), standing)


def _digest(effects: Iterable[RedriveRow]) -> str:
    return digest_of(
        [one.row.standing.record, one.row.standing.units, one.is_in_time] for one in effects
    )
