"""reconcile_usage as the schedule calls it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from functions.drain_usage.app import lambda_handler as drain_handler
from functions.reconcile_usage.app import lambda_handler
from functions.register_customer.app import lambda_handler as register_handler
from meterhouse.adapters.usage_table.batch_items import new_batch, read_batch
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.errors import CommandUnreadableError, SettingsError
from meterhouse.runtime import reconcile_wiring
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from tests.unit.domain.subscriptions.aws_tells import event, fact
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import (
    example,
    last_hour,
    post_request,
    sqs_event,
    token_form,
)

CONTEXT = FakeContext()
SCHEDULE = "reconcile-schedule.json"


def reconcile(**more: Any) -> dict[str, int]:
    return lambda_handler(example(SCHEDULE) | more, CONTEXT)


def subscribe(deployment: Deployment) -> Agreement:
    product = deployment.marketplace.create_product()
    return deployment.marketplace.create_agreement(product.product_code)


def register(deployment: Deployment, agreement: Agreement) -> None:
    token = deployment.marketplace.mint_token(agreement.agreement_id).token
    register_handler(post_request(token_form(token)), CONTEXT)


def report(agreement: Agreement, **fields: object) -> None:
    event = {
        "id": "e1",
        "subscription": agreement.license_arn,
        "dimension": "api_calls",
        "quantity": 3,
        "time": last_hour().isoformat(),
        **fields,
    }
    drain_handler(sqs_event(json.dumps(event)), CONTEXT)


def make_due(deployment: Deployment) -> None:
    """Let all pauses be over."""
    for item in deployment.items(deployment.usage_table):
        if "due_at" in item:
            deployment.aws.dynamodb.update_item(
                TableName=deployment.usage_table,
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression="SET due_at = :past",
                ExpressionAttributeValues={":past": {"N": "0"}},
            )


def billed(deployment: Deployment) -> list[Decimal]:
    return [line.quantity for line in deployment.marketplace.bill()]


def test_a_run_without_work_says_so(deployment: Deployment) -> None:
    summary = reconcile()

    assert set(summary.values()) == {0}
    metrics = deployment.metrics()
    assert metrics["RecordsPending"] == 0
    assert metrics["AccountingDifferences"] == 0
    assert metrics["OldestPendingAgeSeconds"] == 0
    assert metrics["UnitsAtRisk"] == 0


def test_usage_that_came_before_its_registration_is_billed_by_a_later_run(
    deployment: Deployment,
) -> None:
    agreement = subscribe(deployment)
    report(agreement)
    register(deployment, agreement)
    make_due(deployment)

    summary = reconcile()

    assert billed(deployment) == [Decimal(3)]
    assert (summary["due"], summary["left"], summary["pending"]) == (1, 0, 0)
    make_due(deployment)
    later = reconcile()
    assert (later["due"], later["hours_balanced"], later["differences"]) == (1, 1, 0)


def test_pending_usage_is_counted_with_its_age(deployment: Deployment) -> None:
    three_hours_ago = last_hour() - timedelta(hours=2)
    report(subscribe(deployment), time=three_hours_ago.isoformat())

    reconcile()

    metrics = deployment.metrics()
    assert metrics["RecordsPending"] == 1
    assert 7_200 <= metrics["OldestPendingAgeSeconds"] < 10_900


def test_what_aws_refuses_can_be_redriven_by_name(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    register(deployment, agreement)
    report(agreement, dimension="no_such_dimension")
    assert agreement.license_arn is not None
    hour_at = last_hour().replace(minute=0)
    name = str(RecordKey(license_key(agreement.license_arn), "no_such_dimension", hour_at))
    assert deployment.metrics()["RecordsRejected"] == 1

    reconcile(redrive=[name])

    refusals = [
        refusal
        for refusal in deployment.marketplace.refusals()
        if refusal.code == "InvalidUsageDimensionException"
    ]
    assert len(refusals) >= 2


def test_a_difference_in_the_books_is_counted_and_named(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    register(deployment, agreement)
    report(agreement)
    (item,) = [item for item in deployment.items(deployment.usage_table) if "frozen" in item]
    batch = read_batch(item)
    (record,) = batch.records
    short = replace(record, sealed=replace(record.sealed, quantity=Decimal("2.999999")))
    deployment.aws.dynamodb.put_item(
        TableName=deployment.usage_table, Item=new_batch(replace(batch, records=(short,)))
    )
    make_due(deployment)

    assert reconcile()["differences"] == 1

    assert deployment.metrics()["AccountingDifferences"] == 1
    (line,) = [
        line for line in deployment.log_lines() if line["message"] == "accounting_difference"
    ]
    assert line["difference"] == "0.000001"


def test_a_run_with_little_time_leaves_everything_for_the_next(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    report(agreement)
    register(deployment, agreement)
    make_due(deployment)

    summary = lambda_handler(example(SCHEDULE), FakeContext(remaining_milliseconds=10_000))

    assert billed(deployment) == []
    assert summary["left"] == 1
    reconcile()
    assert billed(deployment) == [Decimal(3)]


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    "name",
    [
        *("SUBSCRIPTIONS_TABLE", "USAGE_TABLE", "USAGE_QUEUE_URL", "SETTLE_MINUTES"),
        *("QUIET_SECONDS", "METERING_CALLS_PER_SECOND", "HEARTBEAT"),
        *("SPIKE_HOLD_FACTOR", "SPIKE_HOLD_UNITS"),
        *("JOURNAL_SHARDS", "FINAL_USAGE_MINUTES"),
    ],
)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(SettingsError, match=name):
        reconcile()


def test_a_run_needs_no_queue_of_rejected_usage(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REJECTED_USAGE_QUEUE_URL")

    assert reconcile()["due"] == 0
    assert deployment.metrics()["RecordsPending"] == 0


def test_an_operator_flushes_a_subscription_that_ends(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    register(deployment, agreement)
    report(agreement, time=datetime.now(UTC).isoformat())
    assert billed(deployment) == []

    summary = reconcile(flush=[{"subscription": agreement.license_arn}])

    assert summary["flush_left"] == 0
    assert billed(deployment) == [Decimal(3)]
    assert agreement.license_arn is not None
    flushed = json.loads(json.dumps(summary))["flushed"]
    [told] = flushed[license_key(agreement.license_arn)]["billed"]
    assert told["quantity"] == "3"


def test_the_seller_says_that_its_product_has_stopped(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    register(deployment, agreement)
    assert agreement.license_arn is not None
    key, stranger = license_key(agreement.license_arn), "license#l-0000000000000000"
    report(agreement, time=datetime.now(UTC).isoformat())

    summary = reconcile(stopped=[agreement.license_arn, stranger], ending=[key])

    assert json.loads(json.dumps(summary))["stopped"] == {
        key: {"answer": "noted"},
        stranger: {"answer": "not_found"},
    }
    assert billed(deployment) == [], "it has not ended"
    assert deployment.metrics()["FinalUnitsAtRisk"] == 0


def test_the_final_hour_of_a_license_that_aws_took_away_is_billed(deployment: Deployment) -> None:
    agreement = subscribe(deployment)
    register(deployment, agreement)
    assert agreement.license_arn is not None
    key, now = license_key(agreement.license_arn), datetime.now(UTC)
    report(agreement, time=now.isoformat())
    keep = reconcile_wiring.reconcile_usage(CONTEXT.get_remaining_time_in_millis).final_hours.keeper
    assert isinstance(keep, KeepSubscriptions)
    taken = event(
        "License Deprovisioned - Manufacturer",
        license_arn=agreement.license_arn,
        account=agreement.customer_aws_account_id,
        code=agreement.product_code,
        id=agreement.agreement_id,
    )
    keep.learn(fact(taken | {"time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}))

    assert reconcile(ending=[key])["ending"] == 1
    assert billed(deployment) == [], "its last usage is waited for"

    summary = json.loads(json.dumps(reconcile(stopped=[key])))
    assert summary["stopped"][key]["answer"] == "flushed"
    assert billed(deployment) == [Decimal(3)]


def test_a_command_that_cannot_be_read_fails_the_run(deployment: Deployment) -> None:
    with pytest.raises(CommandUnreadableError):
        reconcile(flush=["somebody"])
    assert billed(deployment) == []
