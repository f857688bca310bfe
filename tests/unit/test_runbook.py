"""The runbook explains everything that an operator can meet."""

from pathlib import Path

import pytest

from meterhouse.domain.records.reasons import REFUSED_PREFIX, UNKNOWN_STATUS_PREFIX, Reason
from operations.findings import FaultKind
from tests.template.cloudformation import document

REPOSITORY = Path(__file__).resolve().parents[2]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()

REASONS = (*Reason, REFUSED_PREFIX, UNKNOWN_STATUS_PREFIX)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_on_a_record_is_explained(reason: str) -> None:
    assert f"`{reason}" in RUNBOOK


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_that_the_account_command_names_has_its_remedy(kind: FaultKind) -> None:
    (row,) = (line for line in RUNBOOK.splitlines() if line.startswith(f"| `{kind}` |"))
    _, _, what, remedy, _ = row.split("|")
    assert what.strip()
    assert remedy.strip()


def test_every_metric_of_ours_that_raises_an_alarm_is_explained() -> None:
    metrics = {
        resource["Properties"]["MetricName"]
        for resource in document()["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"]["Namespace"] == "Meterhouse"
    }
    assert [metric for metric in sorted(metrics) if f"`{metric}`" not in RUNBOOK] == []
