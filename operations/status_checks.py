"""What a look at a stack finds: is it whole, what waits, who is needed; nothing is guessed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from botocore.exceptions import ClientError

from meterhouse.adapters.usage_table.call_quota import read_places
from meterhouse.adapters.usage_table.drain_notes import NOTE_LIFETIME, DrainNotes
from meterhouse.domain.hours import HOUR
from meterhouse.errors import MeterhouseError
from operations.answers import Answer, Unreadable
from operations.careful_ledger import CarefulUsageTable
from operations.console.stack import Stack
from operations.errors import OperationError
from operations.held_queue import DEPTHS
from operations.reads import read_refused, read_unfinished
from operations.remedies import CALL_FAILURES, tell_failure
from operations.showing import as_text
from operations.status_of_usage import (
    Check,
    Verdict,
    check_refused,
    check_risk,
    check_spikes,
    check_unfinished,
)

# Each entry of the index may be a request; more of them need no exact number.
ENTRIES_MAX = 1_000
TABLES = ("UsageTable", "SubscriptionsTable")
FUNCTIONS = (
    *("RegisterFunction", "TrackAgreementsFunction", "SweepFunction", "AnnounceFunction"),
    *("ApiFunction", "DrainFunction", "ReconcileFunction"),
)
QUEUES = ("UsageQueue", "AgreementEventsQueue")
# What lies in them waits for a person, and what to do about it.
QUEUES_OF_PERSONS = {
    "RejectedUsageQueue": "`meterhouse rejected list`",
    "UsageDeadLetterQueue": "`meterhouse dead-letters list`",
    "AgreementEventsDeadLetterQueue": "`meterhouse dead-letters redrive --agreements`",
    "UnannouncedChangesQueue": "docs/runbook.md, “Announcing what was given up”",
}
# As UsageQueueAgeAlarm has it.
_LAG_MAX = HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer(Answer):
    """Everything that was looked at."""

    at: datetime
    checks: tuple[Check, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing needs anybody."""
        return not any(one.verdict is Verdict.NEEDS_SOMEBODY for one in self.checks)

    @property
    def sentences(self) -> Iterator[str]:
        """Sum it up."""
        silent = [one.what for one in self.checks if one.verdict is Verdict.UNMEASURED]
        if silent:
            yield f"Not measured: {', '.join(silent)}."
        if self.unreadable:
            yield "Not everything can be read: nobody knows whether that is well."
        elif not self.is_done:
            yield "Somebody is needed. `meterhouse explain` says what a reason or an alarm means."
        else:
            yield f"Nothing {'else ' if silent else ''}needs anybody."


def read_status(stack: Stack) -> StatusAnswer:
    """Look at a stack: tables, functions, work, queues, drains, calls, alarms.

    What cannot be read of it is named, and the rest is looked at all the same. Raises
    OperationError if there is no such stack.
    """
    stack.find("UsageTable")
    now = stack.now()
    parts: dict[str, Callable[[], Check | Iterable[Check]]] = {
        **{kind: partial(_of_table, stack, kind) for kind in TABLES},
        "layout": partial(_of_layout, stack),
        **{kind: partial(_of_function, stack, kind) for kind in FUNCTIONS},
        "usage": partial(_of_usage, stack, now),
        **{kind: partial(_of_queue, stack, kind) for kind in (*QUEUES, *QUEUES_OF_PERSONS)},
        "drains": partial(_of_drains, stack, now),
        "calls": partial(_of_calls, stack, now),
        "alarms": partial(_of_alarms, stack),
    }
    checks = [check for what, look in parts.items() for check in _looked(what, look)]
    return StatusAnswer(
        at=now,
        checks=tuple(checks),
        unreadable=tuple(
            Unreadable(one.what, one.detail) for one in checks if one.verdict is Verdict.UNREADABLE
        ),
    )


def _looked(what: str, look: Callable[[], Check | Iterable[Check]]) -> list[Check]:
    try:
        found = look()
        return [found] if isinstance(found, Check) else [*found]
    except (OperationError, MeterhouseError, *CALL_FAILURES) as error:
        return [Check(what, Verdict.UNREADABLE, "", tell_failure(error))]


def _of_table(stack: Stack, kind: str) -> Check:
    client, name = stack.find(kind)
    try:
        state = client.describe_table(TableName=name)["Table"]["TableStatus"]
    except client.exceptions.ResourceNotFoundException:
        return Check(kind, Verdict.NEEDS_SOMEBODY, "absent", f"there is no table {name}")
    is_well = state in {"ACTIVE", "UPDATING"}
    return Check(kind, Verdict.WELL if is_well else Verdict.NEEDS_SOMEBODY, state)


def _of_layout(stack: Stack) -> Check:
    layout = stack.open(CarefulUsageTable).find_layout()
    if layout is None:
        return Check("layout", Verdict.WELL, "none", "no usage has come to the table yet")
    if layout.is_fenced:
        detail = "nothing is billed until its restore is finished: docs/disaster-recovery.md"
        return Check("layout", Verdict.NEEDS_SOMEBODY, "fenced", detail)
    at = layout.restored_to
    detail = "" if at is None else f"restored to the state of {at.isoformat()}"
    return Check("layout", Verdict.WELL, f"open, {layout.shards} shard(s)", detail)


def _of_function(stack: Stack, kind: str) -> Check:
    client, name = stack.find(kind)
    try:
        found = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return Check(kind, Verdict.NEEDS_SOMEBODY, "absent", f"there is no function {name}")
    state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
    is_well = state in {"Active", "Inactive"} and update != "Failed"
    why = found.get("StateReason") or found.get("LastUpdateStatusReason") or ""
    if is_well:
        return Check(kind, Verdict.WELL, state)
    return Check(kind, Verdict.NEEDS_SOMEBODY, f"{state}, update {update}", why)


def _of_usage(stack: Stack, now: datetime) -> Iterator[Check]:
    ledger = stack.open(CarefulUsageTable)
    unfinished = read_unfinished(ledger, now, entries_max=ENTRIES_MAX)
    refused = read_refused(ledger, now, ledger.noted, entries_max=ENTRIES_MAX)
    yield check_unfinished(unfinished)
    yield check_risk(unfinished, now)
    yield check_spikes(unfinished)
    yield check_refused(refused)
    for one in {*unfinished.unreadable, *refused.unreadable}:
        yield Check(one.name, Verdict.UNREADABLE, "", one.why)


def _of_queue(stack: Stack, kind: str) -> Check:
    client, url = stack.find(kind)
    try:
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=[*DEPTHS])["Attributes"]
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        return Check(kind, Verdict.NEEDS_SOMEBODY, "absent", f"there is no queue {url}")
    waiting, in_flight = (int(found[name]) for name in DEPTHS)
    told = f"{waiting} message(s), {in_flight} in work"
    if kind in QUEUES_OF_PERSONS and waiting + in_flight:
        return Check(kind, Verdict.NEEDS_SOMEBODY, told, QUEUES_OF_PERSONS[kind])
    return Check(kind, Verdict.WELL, told)


def _of_drains(stack: Stack, now: datetime) -> Check:
    """Say how old the oldest message was that a drain has lately worked on."""
    client, name = stack.find("UsageTable")
    drained_to = DrainNotes(client, name, "").drained_to(now)
    minutes = NOTE_LIFETIME // timedelta(minutes=1)
    if drained_to is None:
        return Check("drains", Verdict.WELL, "none", f"no drain in the last {minutes} minutes")
    if not drained_to.timestamp():
        detail = "after a silence nobody knows how old the queue's messages are; hours stay open"
        return Check("drains", Verdict.UNMEASURED, "unknown", detail)
    is_late = now - drained_to > _LAG_MAX
    detail = f"sent so long ago was the oldest message of the last {minutes} minutes"
    verdict = Verdict.NEEDS_SOMEBODY if is_late else Verdict.WELL
    return Check("drains", verdict, as_text(now - drained_to), detail)


def _of_calls(stack: Stack, now: datetime) -> Check:
    places = read_places(*stack.find("UsageTable"))
    if not places:
        return Check("calls", Verdict.WELL, "none", "BatchMeterUsage was never called")
    rate, last_at = max(places.items(), key=lambda one: one[1])
    ahead = (last_at - now).total_seconds()
    found = f"booked {ahead:.0f} s ahead" if ahead > 1 else f"last at {last_at:%Y-%m-%dT%H:%M:%SZ}"
    return Check("calls", Verdict.WELL, found, f"of BatchMeterUsage, {rate} a second at most")


def _of_alarms(stack: Stack) -> Iterator[Check]:
    answer = stack.alarms()
    if answer is None:
        detail = "the local stack has no metrics, so that its alarms say nothing"
        yield Check("alarms", Verdict.UNMEASURED, "", detail)
        return
    calm = len(answer.alarms) - len(answer.raised) - len(answer.silent)
    found = f"{len(answer.raised)} raised, {calm} calm, {len(answer.silent)} without data"
    if not answer.alarms:
        yield Check("alarms", Verdict.NEEDS_SOMEBODY, "none", "the stack has no alarm")
    elif calm or answer.raised:
        yield Check("alarms", Verdict.WELL, found)
    else:
        yield Check("alarms", Verdict.UNMEASURED, found)
    for one in answer.raised:
        yield Check(one.name, Verdict.NEEDS_SOMEBODY, _since(one.since), one.why)


def _since(at: datetime | None) -> str:
    return "raised" if at is None else f"raised since {at:%Y-%m-%dT%H:%MZ}"
