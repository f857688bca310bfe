"""What is written of a run: log lines at their level, and metrics whatever happens."""

import io
import json
import subprocess
import sys

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from meterhouse.runtime import observability
from meterhouse.runtime.observability import LambdaReport, publish_metrics
from tests.unit.functions.conftest import FakeContext


def test_a_failure_is_an_error_and_an_event_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that logs errors only still says what failed."""
    log = io.StringIO()
    monkeypatch.setattr(observability.logger.registered_handler, "stream", log)

    LambdaReport().event("went_well", hour=12)
    LambdaReport().failure("went_wrong", cause="a reason", hour=None)

    well, wrong = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (well["message"], well["level"], well["hour"]) == ("went_well", "INFO", 12)
    assert (wrong["message"], wrong["level"], wrong["cause"]) == (
        *("went_wrong", "ERROR"),
        "a reason",
    )
    assert "hour" not in wrong


def test_what_a_run_counted_before_it_failed_is_published(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(observability.metrics, "namespace", "Meterhouse")
    monkeypatch.setattr(observability.metrics, "service", "meterhouse-test")

    @publish_metrics
    def failing(_event: dict[str, str], _context: LambdaContext) -> None:
        LambdaReport().count("RecordsMetered", 2)
        raise RecursionError

    with pytest.raises(RecursionError):
        failing({}, FakeContext())

    assert json.loads(capsys.readouterr().out)["RecordsMetered"] == [2]


def test_what_is_counted_by_reason_is_published_for_each_and_for_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(observability.metrics, "namespace", "Meterhouse")
    monkeypatch.setattr(observability.metrics, "service", "meterhouse-test")

    @publish_metrics
    def refusing(_event: dict[str, str], _context: LambdaContext) -> None:
        LambdaReport().count("RecordsRejected", 2, reason="after_end")
        LambdaReport().count("RecordsRejected", reason="refused:New")

    for _ in range(2):
        refusing({}, FakeContext())

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    published = [(line.get("reason"), line["RecordsRejected"]) for line in lines]
    of_one_run = [("after_end", [2]), ("refused:New", [1]), (None, [3])]
    assert published == of_one_run * 2
    for line in lines:
        (described,) = line["_aws"]["CloudWatchMetrics"]
        assert described["Namespace"] == "Meterhouse"
        dimensions = ["service", "reason"] if "reason" in line else ["service"]
        assert described["Dimensions"] == [dimensions]


def test_the_sdk_quotes_no_request_whatever_level_somebody_gives_to_the_root_logger() -> None:
    program = (
        "import logging\n"
        "logging.getLogger().setLevel(logging.DEBUG)\n"
        "import meterhouse.runtime.observability\n"
        "print(logging.getLogger('botocore.endpoint').isEnabledFor(logging.DEBUG))\n"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert ran.stdout.strip() == b"False"
