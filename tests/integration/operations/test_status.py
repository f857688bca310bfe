"""A stack on one screen: each thing that needs somebody is seen, and nothing is guessed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from meterhouse.adapters.usage_table.call_quota import SharedCallQuota
from meterhouse.adapters.usage_table.drain_notes import DrainNotes
from meterhouse.adapters.usage_table.layout import Layout, hold_layout
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from operations.alarms import AlarmRow, AlarmsAnswer, AlarmState
from operations.careful_ledger import CarefulUsageTable
from operations.status_checks import FUNCTIONS, StatusAnswer, read_status
from operations.status_of_usage import Check, Verdict
from tests.fakes.meterhouse import HOUR, NOON
from tests.integration.operations.console.filled_stack import FilledStack, filled_stack
from tests.unit.operations.lives import find_record, live_into_every_state


class AbsentError(Exception):
    """What Lambda answers of a function that is not there."""


@dataclass(slots=True)
class Functions:
    """Functions of which each is in a state."""

    states: dict[str, dict[str, str]] = field(default_factory=dict)
    exceptions: Any = field(
        default_factory=lambda: SimpleNamespace(ResourceNotFoundException=AbsentError)
    )

    def get_function_configuration(self, FunctionName: str) -> dict[str, str]:  # noqa: N803 - AWS's
        if FunctionName not in self.states:
            raise AbsentError
        return self.states[FunctionName]


@dataclass(slots=True)
class Looked:
    """A stack that is whole, and what a look at it finds."""

    filled: FilledStack
    functions: Functions

    @property
    def table(self) -> str:
        return str(self.filled.stack.found["UsageTable"][1])

    def find(self) -> StatusAnswer:
        return read_status(self.filled.stack)

    def check(self, what: str) -> Check:
        (found,) = (one for one in self.find().checks if one.what == what)
        return found


@pytest.fixture
def looked() -> Iterator[Looked]:
    with filled_stack() as filled:
        functions = Functions({kind: {"State": "Active"} for kind in FUNCTIONS})
        found = filled.stack.found
        found |= {kind: (functions, kind) for kind in FUNCTIONS}
        found["UnannouncedChangesQueue"] = (filled.aws.sqs, filled.aws.create_queue())
        filled.stack.of_alarms = lambda: alarms("OK", "OK")
        hold_layout(filled.aws.dynamodb, str(found["UsageTable"][1]), 1)
        yield Looked(filled, functions)


def alarms(*states: str) -> AlarmsAnswer:
    rows = [
        AlarmRow(f"Alarm{n}", AlarmState(state), NOON, "too many") for n, state in enumerate(states)
    ]
    return AlarmsAnswer(alarms=tuple(rows))


def test_a_stack_of_which_nothing_is_wanted_needs_nobody(looked: Looked) -> None:
    answer = looked.find()

    assert {one.verdict for one in answer.checks} == {Verdict.WELL}, answer.checks
    assert answer.is_done
    assert (answer.unreadable, answer.is_whole, answer.at) == ((), True, NOON)
    assert [*answer.sentences] == ["Nothing needs anybody."]
    assert looked.check("calls").found == "none"
    assert looked.check("drains").found == "none"
    assert looked.check("alarms").found == "0 raised, 2 calm, 0 without data"


def test_usage_says_what_is_unfinished_and_what_was_not_billed(looked: Looked) -> None:
    keys = live_into_every_state(looked.filled.house)
    looked.filled.stack.at = looked.filled.house.clock.now()

    answer = looked.find()

    unfinished, risk, refused = (
        looked.check(name) for name in ("unfinished", "at risk", "not billed")
    )
    assert unfinished.found == "1 record(s), 7 units; 1 hour(s) not frozen"
    assert str(keys.submitting) in unfinished.detail or "2026-11-19T12#00" in unfinished.detail
    assert unfinished.detail.startswith("soonest: 22 h 30 min")
    assert (risk.verdict, risk.found) == (Verdict.WELL, "nothing")
    assert refused.verdict is Verdict.NEEDS_SOMEBODY
    assert refused.found == "1 DISPUTED, 3 units; 1 EXPIRED, 4 units; 1 REJECTED, 2 units"
    assert not answer.is_done
    assert next(answer.sentences).startswith("Somebody is needed.")


def test_a_spike_that_waits_needs_somebody(looked: Looked) -> None:
    keys, ledger = live_into_every_state(looked.filled.house), looked.filled.house.ledger
    batch, place = find_record(ledger, keys.submitting)
    before = batch.records[place].status
    held = replace(before, state=RecordState.SEALED, reason=Reason.SPIKE_HELD, sends=0)
    ledger.store(batch.with_statuses({place: held}))
    looked.filled.stack.at = looked.filled.house.clock.now()

    found = looked.check("spikes")

    assert (found.verdict, found.found) == (Verdict.NEEDS_SOMEBODY, "1 record(s), 7 units")
    assert "spikes list" in found.detail


def test_what_runs_out_soon_is_at_risk(looked: Looked) -> None:
    live_into_every_state(looked.filled.house)
    for hours, is_at_risk in ((42, False), (42.1, True), (49, True)):
        looked.filled.stack.at = NOON + hours * HOUR
        found = looked.check("at risk")
        assert (found.verdict is Verdict.NEEDS_SOMEBODY) is is_at_risk
    assert found.found.startswith("1 record(s), 7 units; ")


def test_an_hour_that_is_just_over_is_not_late_however_near_its_month_ends(
    looked: Looked,
) -> None:
    house = looked.filled.house
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    last_at = NOON.replace(day=30, hour=23)
    house.clock.move_to(last_at + timedelta(minutes=90))
    house.drain(house.event(house.buyer(), time=last_at.isoformat()))
    house.reconcile()

    for minutes, verdict in ((110, Verdict.WELL), (130, Verdict.NEEDS_SOMEBODY)):
        looked.filled.stack.at = last_at + timedelta(minutes=minutes)
        assert looked.check("unfinished").found.startswith("1 record(s)")
        assert looked.check("at risk").verdict is verdict


def fence(looked: Looked) -> None:
    ledger = CarefulUsageTable(looked.filled.aws.dynamodb, looked.table)
    fenced = Layout(1, looked.table, is_fenced=True, restored_to=NOON, lost_until=NOON)
    ledger.change_layout(ledger.find_layout(), fenced)


def say(queue: str) -> Callable[[Looked], None]:
    return lambda looked: looked.filled.send(queue, "{}")


def fail_function(looked: Looked) -> None:
    looked.functions.states["DrainFunction"] = {"State": "Failed", "StateReason": "no role"}


def fail_update(looked: Looked) -> None:
    failed = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no layer"}
    looked.functions.states["ApiFunction"] = {"State": "Active", **failed}


def drop_function(looked: Looked) -> None:
    del looked.functions.states["SweepFunction"]


def drop_table(looked: Looked) -> None:
    looked.filled.stack.found["SubscriptionsTable"] = (looked.filled.aws.dynamodb, "gone")


def drop_queue(looked: Looked) -> None:
    client, url = looked.filled.stack.found["UsageQueue"]
    client.delete_queue(QueueUrl=url)


def fall_behind(looked: Looked) -> None:
    notes = DrainNotes(looked.filled.aws.dynamodb, looked.table, "one")
    # The first one after a silence says that nobody knows.
    for minutes in (30, 15, 0):
        notes.note(NOON - 2 * HOUR, NOON - timedelta(minutes=minutes))


def raise_alarm(looked: Looked) -> None:
    looked.filled.stack.of_alarms = lambda: alarms("OK", "ALARM")


def lose_alarms(looked: Looked) -> None:
    looked.filled.stack.of_alarms = alarms


NEEDS: dict[str, tuple[Callable[[Looked], None], str, str]] = {
    "layout": (fence, "layout", "fenced"),
    "a function that fails": (fail_function, "DrainFunction", "no role"),
    "a function that was not updated": (fail_update, "ApiFunction", "no layer"),
    "a function that is absent": (drop_function, "SweepFunction", "absent"),
    "a table that is absent": (drop_table, "SubscriptionsTable", "absent"),
    "a queue that is absent": (drop_queue, "UsageQueue", "absent"),
    "a rejected event": (say("RejectedUsageQueue"), "RejectedUsageQueue", "1 message(s)"),
    "a dead letter": (say("UsageDeadLetterQueue"), "UsageDeadLetterQueue", "1 message(s)"),
    "an event of AWS's": (
        say("AgreementEventsDeadLetterQueue"),
        "AgreementEventsDeadLetterQueue",
        "--agreements",
    ),
    "an unannounced change": (say("UnannouncedChangesQueue"), "UnannouncedChangesQueue", "1 mess"),
    "late drains": (fall_behind, "drains", "2 h 00 min"),
    "an alarm": (raise_alarm, "Alarm1", "raised since 2026-11-18T12:00Z"),
    "no alarms": (lose_alarms, "alarms", "none"),
}


@pytest.mark.parametrize("name", NEEDS)
def test_what_needs_somebody_is_named_alone(looked: Looked, name: str) -> None:
    happen, what, said = NEEDS[name]
    happen(looked)

    answer = looked.find()

    (found,) = (one for one in answer.checks if one.verdict is not Verdict.WELL)
    assert (found.what, found.verdict) == (what, Verdict.NEEDS_SOMEBODY)
    assert said in f"{found.found} {found.detail}"
    assert not answer.is_done
    assert answer.unreadable == ()


def test_messages_on_their_way_need_nobody(looked: Looked) -> None:
    looked.filled.send("UsageQueue", "{}")

    assert looked.check("UsageQueue") == Check(
        "UsageQueue", Verdict.WELL, "1 message(s), 0 in work"
    )


def test_what_cannot_be_measured_is_said_and_passes_for_nothing(looked: Looked) -> None:
    looked.filled.stack.of_alarms = lambda: None
    of_none = looked.check("alarms")
    looked.filled.stack.of_alarms = lambda: alarms("INSUFFICIENT_DATA")
    of_silent = looked.check("alarms")
    DrainNotes(looked.filled.aws.dynamodb, looked.table, "one").note(NOON, NOON)

    assert {of_none.verdict, of_silent.verdict} == {Verdict.UNMEASURED}
    assert looked.check("drains").verdict is Verdict.UNMEASURED
    assert [*looked.find().sentences] == [
        "Not measured: drains, alarms.",
        "Nothing else needs anybody.",
    ]


def test_calls_say_how_far_they_are_booked(looked: Looked) -> None:
    quota = SharedCallQuota(looked.filled.aws.dynamodb, looked.table, calls_per_second=2)
    quota.reserve(NOON)
    assert looked.check("calls").found == "last at 2026-11-18T12:00:00Z"
    SharedCallQuota(looked.filled.aws.dynamodb, looked.table, calls_per_second=10).reserve(
        NOON - HOUR
    )

    for _ in range(10):
        quota.reserve(NOON)

    assert looked.check("calls").found == "booked 5 s ahead"
    assert "2 a second at most" in looked.check("calls").detail


def refuse(*_: object, **__: object) -> None:
    error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}
    raise ClientError(error, "GetQueueAttributes")


def test_what_cannot_be_read_is_named_and_the_rest_is_looked_at(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looked.filled.aws.sqs, "get_queue_attributes", refuse)
    del looked.filled.stack.found["ReconcileFunction"]
    looked.filled.aws.dynamodb.put_item(
        TableName=looked.table, Item={"pk": {"S": "QUOTA"}, "sk": {"S": "BatchMeterUsage#ten"}}
    )

    answer = looked.find()

    unreadable = {one.name: one.why for one in answer.unreadable}
    queues = {one.what for one in answer.checks if one.what.endswith("Queue")}
    assert unreadable.keys() == {*queues, "ReconcileFunction", "calls"}
    assert "has to allow" in unreadable["UsageQueue"]
    assert looked.check("UsageTable").verdict is Verdict.WELL
    assert [*answer.sentences] == ["Not everything can be read: nobody knows whether that is well."]
