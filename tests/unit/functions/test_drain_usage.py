"""drain_usage as the SQS event source mapping calls it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from marketplace_sandbox.testing import Agreement

from functions.drain_usage.app import lambda_handler
from functions.register_customer.app import lambda_handler as register_handler
from meterhouse.adapters.usage_table.batch_items import read_batch
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.errors import SettingsError
from tests.fakes.rejections import rejections_in
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import (
    example,
    last_hour,
    post_request,
    sqs_event,
    token_form,
)

CONTEXT = FakeContext()


def buyer(deployment: Deployment) -> Agreement:
    """Sell a subscription and register it through the handler."""
    product = deployment.marketplace.create_product(dimensions=("api_calls", "storage"))
    agreement = deployment.marketplace.create_agreement(product.product_code)
    token = deployment.marketplace.mint_token(agreement.agreement_id).token
    assert register_handler(post_request(token_form(token)), CONTEXT)["statusCode"] == 200
    return agreement


def usage(agreement: Agreement, event_id: str = "e1", **fields: object) -> dict[str, object]:
    return {
        "id": event_id,
        "subscription": agreement.license_arn,
        "dimension": "api_calls",
        "quantity": 3,
        "time": last_hour().isoformat(),
        **fields,
    }


def drain(*bodies: object, **options: Any) -> list[str]:
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    answer = lambda_handler(sqs_event(*texts), CONTEXT, **options)
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def billed(deployment: Deployment) -> list[Decimal]:
    return [line.quantity for line in deployment.marketplace.bill()]


def test_usage_of_a_settled_hour_goes_from_the_queue_to_awss_bill(deployment: Deployment) -> None:
    agreement = buyer(deployment)

    kept = drain(usage(agreement), {"events": [usage(agreement, "e2", quantity="0.5")]})

    assert kept == []
    assert billed(deployment) == [Decimal("3.5")]
    metrics = deployment.metrics()
    assert metrics["EventsAccepted"] == 2
    assert metrics["RecordsMetered"] == 1
    assert metrics["EventsRejected"] == 0


def test_a_redelivered_batch_bills_nothing_more(deployment: Deployment) -> None:
    agreement = buyer(deployment)

    assert [drain(usage(agreement)) for _ in range(3)] == [[], [], []]

    assert billed(deployment) == [Decimal(3)]


def test_what_can_never_be_billed_is_handed_over_and_nothing_else_suffers(
    deployment: Deployment,
) -> None:
    agreement = buyer(deployment)
    bad = [usage(agreement, "b1", quantity=-1), usage(agreement, "b2", time="2999-01-01T00:00:00Z")]

    kept = drain("not json", {"events": [bad[0], usage(agreement), bad[1]]})

    assert kept == []
    assert billed(deployment) == [Decimal(3)]
    found = {
        (body["message_id"], member["code"])
        for body in deployment.messages(deployment.rejected_queue)
        for member in rejections_in(body)
    }
    assert found == {
        ("message-0", "not_json"),
        ("message-1", "quantity_negative"),
        ("message-1", "time_in_future"),
    }
    metrics = deployment.metrics()
    assert metrics["EventsRejected"] == 3
    assert {name: count for name, count in metrics.items() if "EventsRejected " in name} == {
        "EventsRejected not_json": 1,
        "EventsRejected quantity_negative": 1,
        "EventsRejected time_in_future": 1,
    }


def test_when_the_table_is_missing_every_message_is_kept(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = buyer(deployment)
    monkeypatch.setenv("USAGE_TABLE", "no-such-table")

    kept = drain(usage(agreement), usage(agreement, "e2"), "not json")

    assert kept == ["message-0", "message-1"]
    assert deployment.metrics()["EventsDeferred"] == 2


def test_when_rejections_cannot_be_handed_over_their_messages_are_kept(
    deployment: Deployment,
) -> None:
    agreement = buyer(deployment)
    deployment.aws.sqs.delete_queue(QueueUrl=deployment.rejected_queue)

    assert drain(usage(agreement), "not json") == ["message-1"]
    assert billed(deployment) == [Decimal(3)]


def test_when_aws_refuses_us_usage_waits_in_the_journal(deployment: Deployment) -> None:
    agreement = buyer(deployment)
    deployment.marketplace.inject_fault("access_denied", count=1)

    assert drain(usage(agreement)) == []

    (batch,) = [item for item in deployment.items(deployment.usage_table) if "frozen" in item]
    (record,) = read_batch(batch).records
    assert record.state is RecordState.SEALED
    assert deployment.metrics()["MeteringConfigurationErrors"] == 1


def test_usage_of_a_stranger_is_held_and_said_to_be(deployment: Deployment) -> None:
    product = deployment.marketplace.create_product()
    stranger = deployment.marketplace.create_agreement(product.product_code)

    assert drain(usage(stranger)) == []

    assert billed(deployment) == []
    (line,) = [
        line for line in deployment.log_lines() if line.get("reason") == "subscription_unknown"
    ]
    assert stranger.license_arn is not None
    assert line["waiting"] == [license_key(stranger.license_arn)]


def test_the_example_in_the_repository_is_understood(deployment: Deployment) -> None:
    event = example("usage-messages.json")
    for record in event["Records"]:
        record["body"] = record["body"].replace("2026-11-22T18", f"{last_hour():%Y-%m-%dT%H}")
        record["attributes"]["SentTimestamp"] = str(int(last_hour().timestamp() * 1000))

    answer = lambda_handler(event, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert deployment.messages(deployment.rejected_queue) == []


def test_an_event_without_a_time_takes_the_moment_when_sqs_took_it(deployment: Deployment) -> None:
    agreement = buyer(deployment)
    body = json.dumps(
        {name: value for name, value in usage(agreement).items() if name not in {"id", "time"}}
    )
    sent_at = last_hour()

    for _ in range(2):
        lambda_handler(sqs_event(body, sent_at=sent_at), CONTEXT)

    (line,) = deployment.marketplace.bill()
    assert line.used_at == sent_at
    assert line.quantity == 3


def test_a_batch_of_ten_thousand_with_one_bad_message_loses_only_that_one(
    deployment: Deployment,
) -> None:
    agreement = buyer(deployment)
    bodies: list[object] = [json.dumps(usage(agreement, f"e{n}")) for n in range(9_999)]
    bodies.insert(5_000, '{"quantity": ')

    assert drain(*bodies) == []

    assert billed(deployment) == [Decimal(29_997)]
    (body,) = deployment.messages(deployment.rejected_queue)
    assert body["message_id"] == "message-5000"


def test_an_empty_batch_is_no_work(deployment: Deployment) -> None:
    assert lambda_handler({"Records": []}, CONTEXT) == {"batchItemFailures": []}
    # But for what the table says of itself.
    assert [one["pk"]["S"] for one in deployment.items(deployment.usage_table)] == ["LAYOUT"]


def test_little_time_left_means_that_nothing_is_sent_and_nothing_lost(
    deployment: Deployment,
) -> None:
    agreement = buyer(deployment)
    event = sqs_event(json.dumps(usage(agreement)))

    answer = lambda_handler(event, FakeContext(remaining_milliseconds=20_000))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert billed(deployment) == []

    assert lambda_handler(event, CONTEXT) == {"batchItemFailures": []}
    assert billed(deployment) == [Decimal(3)]


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    "name",
    [
        *("SUBSCRIPTIONS_TABLE", "USAGE_TABLE", "USAGE_QUEUE_URL", "REJECTED_USAGE_QUEUE_URL"),
        *("SETTLE_MINUTES", "QUIET_SECONDS", "METERING_CALLS_PER_SECOND", "HEARTBEAT"),
        *("SPIKE_HOLD_FACTOR", "SPIKE_HOLD_UNITS"),
        *("JOURNAL_SHARDS", "LATE_USAGE_DAYS_MAX"),
    ],
)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)

    with pytest.raises(SettingsError, match=name):
        drain("not json")


def test_no_log_line_holds_what_was_reported(deployment: Deployment) -> None:
    agreement = buyer(deployment)
    drain(usage(agreement, "secret-event-id", tags={"team": "secret-team"}), '{"secret-field": 1}')

    assert "secret" not in deployment.printed()
    assert datetime.now(UTC).isoformat()[:4] in deployment.printed()
