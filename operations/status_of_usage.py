"""What the usage of a stack looks like: unfinished, at risk, not billed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from meterhouse.domain.hours import HOUR, read_hour
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.reasons import Reason
from meterhouse.use_cases.accounting.measure_risk import RISK_WINDOW
from operations.answers import Answer, RefusedAnswer, StandingRecord, UnfinishedAnswer
from operations.showing import as_text

# By then two runs of the default schedule could have had its record accepted.
_LATE_AFTER = HOUR


class Verdict(StrEnum):
    """What a check says; nothing that was not measured passes for well."""

    WELL = "ok"
    NEEDS_SOMEBODY = "needs somebody"
    UNMEASURED = "not measured"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    verdict: Verdict
    found: str
    detail: str = ""


def check_unfinished(answer: UnfinishedAnswer) -> Check:
    """Say how much AWS has not accepted yet, and of what the deadline comes soonest."""
    hours = [one for one in answer.hours if one.why != "open"]
    found = _counted(answer.records, "record") + f"; {len(hours)} hour(s) not frozen"
    deadlines = [(one.left, one.record) for one in answer.records]
    deadlines += [(one.left, one.log) for one in hours]
    if not deadlines:
        return Check("unfinished", Verdict.WELL, _at_least(answer, "nothing"))
    left, name = min(deadlines)
    detail = f"soonest: {as_text(left)}, {name}"
    return Check("unfinished", Verdict.WELL, _at_least(answer, found), detail)


def check_risk(answer: UnfinishedAnswer, now: datetime) -> Check:
    """Say what should have been accepted by now and runs out soon, as RecordsAtRisk counts it."""

    def is_at_risk(left: timedelta, hour_at: datetime) -> bool:
        return left < RISK_WINDOW and now > hour_at + HOUR + _LATE_AFTER

    records = [one for one in answer.records if is_at_risk(one.left, _hour_of(one.record))]
    hours = [
        one for one in answer.hours if is_at_risk(one.left, read_hour(one.log.partition("#")[0]))
    ]
    if not records and not hours:
        return Check("at risk", Verdict.WELL, _at_least(answer, "nothing"))
    found = _counted(records, "record") + f"; {len(hours)} hour(s) whose units are not known"
    detail = "less than six hours from their deadline: `meterhouse unfinished`"
    return Check("at risk", Verdict.NEEDS_SOMEBODY, _at_least(answer, found), detail)


def check_spikes(answer: UnfinishedAnswer) -> Check:
    """Say how much waits for a person because it is far beyond its norm (ADR 0032)."""
    held = [one for one in answer.records if one.reason == Reason.SPIKE_HELD]
    if not held:
        return Check("spikes", Verdict.WELL, _at_least(answer, "nothing"))
    found = _at_least(answer, _counted(held, "record"))
    return Check("spikes", Verdict.NEEDS_SOMEBODY, found, "`meterhouse spikes list`")


def check_refused(answer: RefusedAnswer) -> Check:
    """Say how much ended unbilled, and waits for a person."""
    if not answer.records and not answer.late:
        return Check("not billed", Verdict.WELL, _at_least(answer, "nothing"))
    states = sorted({one.state for one in answer.records})
    found = [
        _counted([one for one in answer.records if one.state == state], state) for state in states
    ]
    if answer.late:
        units = sum((one.units for one in answer.late), Decimal(0))
        found.append(f"late usage of {len(answer.late)} record(s), {format_quantity(units)} units")
    detail = "`meterhouse refused` lists them, with reasons"
    return Check("not billed", Verdict.NEEDS_SOMEBODY, _at_least(answer, "; ".join(found)), detail)


def _counted(records: Sequence[StandingRecord], what: str) -> str:
    units = format_quantity(sum((one.units for one in records), Decimal(0)))
    return f"{len(records)} {what}{'(s)' if what.islower() else ''}, {units} units"


def _at_least(answer: Answer, found: str) -> str:
    return found if answer.is_whole else f"at least {found}"


def _hour_of(record: str) -> datetime:
    return read_hour(record.rpartition("|")[2])
