"""What the functions are made of: who may repeat a call, and what a restored table says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from meterhouse.adapters.usage_table.items import present
from meterhouse.adapters.usage_table.layout import (
    LAYOUT_KEY,
    LaidOutUsageTable,
    Layout,
    layout_attributes,
)
from meterhouse.errors import StorageUnavailableError
from meterhouse.runtime import reconcile_wiring, wiring
from tests.fakes.rejections import rejections_in
from tests.unit.functions.conftest import REMAINING_MILLISECONDS, Deployment
from tests.unit.functions.test_drain_usage import billed, buyer, drain, usage
from tests.unit.functions.test_reconcile_usage import reconcile

LOST_UNTIL = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)


@pytest.fixture
def _silent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the table not answer when it is asked for the first time how it is laid out."""
    hold = LaidOutUsageTable.hold
    errors = iter([StorageUnavailableError("no answer")])

    def hold_later(table: LaidOutUsageTable) -> Layout:
        for error in errors:
            raise error
        return hold(table)

    monkeypatch.setattr(LaidOutUsageTable, "hold", hold_later)


def test_every_call_that_bills_is_one_that_we_know_of(deployment: Deployment) -> None:
    agreement = buyer(deployment)
    deployment.marketplace.inject_fault("internal_error_before")

    drain(usage(agreement))

    calls = [one for one in deployment.marketplace.calls() if one.operation == "BatchMeterUsage"]
    known = [line for line in deployment.log_lines() if line["message"] == "metering_call"]
    assert len(calls) == len(known) == 2
    assert billed(deployment) == [Decimal(3)]


def test_how_old_usage_may_be_is_a_setting_of_the_drain(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = buyer(deployment)
    old = usage(agreement, time=(datetime.now(UTC) - timedelta(days=2)).isoformat())
    monkeypatch.setenv("LATE_USAGE_DAYS_MAX", "1")

    assert drain(old) == []

    (body,) = deployment.messages(deployment.rejected_queue)
    assert [one["code"] for one in rejections_in(body)] == ["time_too_old"]


@pytest.mark.usefixtures("_silent_once")
def test_a_drain_that_cannot_ask_whether_its_table_was_restored_bills_nothing(
    deployment: Deployment,
) -> None:
    agreement = buyer(deployment)

    assert drain(usage(agreement)) == []

    assert billed(deployment) == []
    assert deployment.metrics()["RunsFenced"] == 1
    assert drain(usage(agreement)) == []
    assert billed(deployment) == [Decimal(3)]


@pytest.mark.usefixtures("deployment", "_silent_once")
def test_a_scheduled_run_that_cannot_ask_whether_its_table_was_restored_fails() -> None:
    with pytest.raises(StorageUnavailableError):
        reconcile()

    assert reconcile()["left"] == 0


def test_what_a_lost_table_may_have_billed_is_known_to_both_functions(
    deployment: Deployment,
) -> None:
    layout = Layout(1, deployment.usage_table, lost_until=LOST_UNTIL)
    deployment.aws.dynamodb.put_item(
        TableName=deployment.usage_table, Item={**LAYOUT_KEY, **present(layout_attributes(layout))}
    )

    for function in (wiring.drain_usage, reconcile_wiring.reconcile_usage):
        assert function(lambda: REMAINING_MILLISECONDS).submit.policy.lost_until == LOST_UNTIL
