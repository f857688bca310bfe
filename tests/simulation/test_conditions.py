"""What the simulation takes for granted about AWS's side is what the template says."""

from tests.simulation.actors import (
    DRAIN_TIMEOUT_MS,
    EVENTS_RECEIVES_MAX,
    EVENTS_VISIBILITY_MS,
    RECONCILE_TIMEOUT_MS,
    REGISTER_TIMEOUT_MS,
    TRACK_TIMEOUT_MS,
)
from tests.simulation.model import deadline_of
from tests.simulation.queue import VISIBILITY_TIMEOUT_MS
from tests.simulation.sweeps import SWEEP_TIMEOUT_MS
from tests.template.cloudformation import FUNCTION, QUEUE, resources


def test_processes_live_as_long_as_the_template_says() -> None:
    functions = resources(FUNCTION)

    assert functions["DrainUsageFunction"]["Timeout"] * 1_000 == DRAIN_TIMEOUT_MS
    assert functions["ReconcileUsageFunction"]["Timeout"] * 1_000 == RECONCILE_TIMEOUT_MS
    assert functions["RegisterCustomerFunction"]["Timeout"] * 1_000 == REGISTER_TIMEOUT_MS
    assert functions["TrackAgreementsFunction"]["Timeout"] * 1_000 == TRACK_TIMEOUT_MS
    assert functions["SweepAgreementsFunction"]["Timeout"] * 1_000 == SWEEP_TIMEOUT_MS


def test_messages_stay_invisible_as_long_as_the_template_says() -> None:
    queues = resources(QUEUE)
    events = queues["AgreementEventsQueue"]

    assert queues["UsageQueue"]["VisibilityTimeout"] * 1_000 == VISIBILITY_TIMEOUT_MS
    assert events["VisibilityTimeout"] * 1_000 == EVENTS_VISIBILITY_MS
    assert events["RedrivePolicy"]["maxReceiveCount"] == EVENTS_RECEIVES_MAX


def test_the_model_knows_aws_s_deadlines_by_itself() -> None:
    assert f"{deadline_of('2026-11-18T07'):%d %H}" == "19 07"
    assert f"{deadline_of('2026-11-30T07'):%m %d %H}" == "12 01 06"
    assert f"{deadline_of('2026-11-30T03'):%m %d %H}" == "12 01 03"
    assert f"{deadline_of('2027-12-31T23'):%Y %m %d %H}" == "2028 01 01 06"
