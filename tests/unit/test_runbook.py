"""The runbook explains everything that an operator can meet."""

from pathlib import Path

import pytest

from meterhouse.domain import lateness, outcomes, reasons, redriving
from meterhouse.use_cases import send_records
from tests.template.cloudformation import document

REPOSITORY = Path(__file__).resolve().parents[2]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()

REASONS = (
    reasons.BACKLOG,
    reasons.DEADLINE,
    reasons.NOT_SUBSCRIBED,
    reasons.REFUSED_PREFIX,
    reasons.SUBSCRIPTION_UNKNOWN,
    reasons.ZERO,
    lateness.ONLY_LATE,
    outcomes.DUPLICATE,
    outcomes.MISSING,
    outcomes.OWN_DUPLICATE,
    outcomes.UNKNOWN_STATUS_PREFIX,
    outcomes.UNPROCESSED,
    redriving.REDRIVEN,
    send_records.ATTEMPTS_EXHAUSTED,
    send_records.RUN_ENDED,
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_on_a_record_is_explained(reason: str) -> None:
    assert f"`{reason}" in RUNBOOK


def test_every_metric_of_ours_that_raises_an_alarm_is_explained() -> None:
    metrics = {
        resource["Properties"]["MetricName"]
        for resource in document()["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"]["Namespace"] == "Meterhouse"
    }
    assert [metric for metric in sorted(metrics) if f"`{metric}`" not in RUNBOOK] == []
