"""The runbook explains everything that an operator can meet."""

import re
from pathlib import Path

import pytest

from meterhouse.domain.records.reasons import REFUSED_PREFIX, UNKNOWN_STATUS_PREFIX, Reason
from operations.findings import FaultKind
from tests.template.cloudformation import document

REPOSITORY = Path(__file__).resolve().parents[2]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text()

DOMAIN = REPOSITORY / "layers/meterhouse/python/meterhouse/domain"
USAGE = (
    *sorted((DOMAIN / "usage").glob("*.py")),
    *(DOMAIN / name for name in ("strict_json.py", "quantity.py", "subscriptions/identity.py")),
)

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


def codes_of_refused_usage() -> set[str]:
    """Find what a fault of usage, or a constant for one, is given as its code."""
    source = "\n".join(path.read_text() for path in USAGE)
    given = re.findall(r'(?:Fault|note|UnreadableError)\(\s*"([a-z_]+)"', source)
    named = re.findall(r'^_?(?:[A-Z]+_)?(?:INVALID|JSON|FIELD) = "([a-z_]+)"', source, re.MULTILINE)
    return {*given, *named}


def test_every_code_of_refused_usage_is_explained() -> None:
    _, _, after = RUNBOOK.partition("## Reasons on refused usage\n")
    table, _, _ = after.partition("\n## ")
    explained = {
        code
        for line in table.splitlines()
        if line.startswith("| `")
        for code in re.findall("`([a-z_]+)`", line.split("|")[1])
    }

    assert codes_of_refused_usage() == explained
    assert len(explained) > 15


def test_every_metric_of_ours_that_raises_an_alarm_is_explained() -> None:
    metrics = {
        resource["Properties"]["MetricName"]
        for resource in document()["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"]["Namespace"] == "Meterhouse"
    }
    assert [metric for metric in sorted(metrics) if f"`{metric}`" not in RUNBOOK] == []
