"""Queues, tables and the HTTP API: what they keep, and what they refuse."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from meterhouse.adapters.usage_queue import retry_pause_seconds
from meterhouse.adapters.usage_table.drain_notes import NOTE_INTERVAL, NOTE_LIFETIME
from tests.template.cloudformation import (
    FUNCTION,
    HTTP_API,
    LOG_GROUP,
    QUEUE,
    QUEUE_POLICY,
    SCHEDULES,
    STREAM_MAPPING,
    TABLE,
    TEMPLATE,
    document,
    only_if,
    resources,
)

KEY = only_if("HasKmsKey", {"Ref": "KmsKeyArn"})
TAKES_DEAD_LETTERS = {"UsageDeadLetterQueue", "AgreementEventsDeadLetterQueue"}
FOURTEEN_DAYS_SECONDS = 14 * 24 * 60 * 60

queues = pytest.mark.parametrize("name", resources(QUEUE))
tables = pytest.mark.parametrize("name", resources(TABLE))


@queues
def test_a_queue_is_encrypted_and_keeps_messages_as_long_as_sqs_can(name: str) -> None:
    queue = resources(QUEUE)[name]

    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["HasKmsKey", {"Ref": "AWS::NoValue"}, True]}
    assert queue["KmsMasterKeyId"] == KEY
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS_SECONDS


@queues
def test_a_queue_refuses_unencrypted_transport(name: str) -> None:
    (policy,) = (one for one in resources(QUEUE_POLICY).values() if {"Ref": name} in one["Queues"])
    statement, *_ = policy["PolicyDocument"]["Statement"]

    assert {"Fn::GetAtt": [name, "Arn"]} in statement["Resource"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "sqs:*",
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_event_stays_hidden_for_six_times_as_long_as_the_function_may_run() -> None:
    function = resources(FUNCTION)["TrackAgreementsFunction"]
    (source,) = function["Events"].values()
    window = source["Properties"]["MaximumBatchingWindowInSeconds"]

    hidden = resources(QUEUE)["AgreementEventsQueue"]["VisibilityTimeout"]
    assert hidden >= 6 * function["Timeout"] + window


def test_a_message_stays_hidden_for_six_drains_and_the_longest_batching_window() -> None:
    timeout = resources(FUNCTION)["DrainUsageFunction"]["Timeout"]
    window = document()["Parameters"]["UsageBatchingWindowSeconds"]["MaxValue"]

    assert resources(QUEUE)["UsageQueue"]["VisibilityTimeout"] >= 6 * timeout + window


def test_a_drains_note_outlives_the_messages_that_it_held() -> None:
    timeout = timedelta(seconds=resources(QUEUE)["UsageQueue"]["VisibilityTimeout"])

    # A message may be taken just before its drain would note it anew.
    assert timeout + NOTE_INTERVAL < NOTE_LIFETIME


def test_usage_that_keeps_failing_moves_to_a_dead_letter_queue_after_at_least_five_tries() -> None:
    assert resources(QUEUE)["UsageQueue"]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["UsageDeadLetterQueue", "Arn"]},
        "maxReceiveCount": {"Ref": "UsageMaximumReceives"},
    }
    assert document()["Parameters"]["UsageMaximumReceives"]["MinValue"] >= 5


def test_each_failure_path_ends_in_a_queue_of_its_own() -> None:
    ticks = [resources(FUNCTION)[name]["Events"]["Tick"]["Properties"] for name in SCHEDULES]
    schedule_targets = [one["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] for one in ticks]
    usage_target = resources(QUEUE)["UsageQueue"]["RedrivePolicy"]["deadLetterTargetArn"]
    events_target = resources(QUEUE)["AgreementEventsQueue"]["RedrivePolicy"]["deadLetterTargetArn"]
    # Both streams end in one: what they leave there says of which of them it is a place.
    (stream_end,) = {
        one["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
        for one in resources(STREAM_MAPPING).values()
    }
    ends = [
        stream_end,
        *schedule_targets,
        usage_target["Fn::GetAtt"][0],
        events_target["Fn::GetAtt"][0],
        "RejectedUsageQueue",
    ]

    assert len(set(ends)) == len(ends)
    assert set(ends) == set(resources(QUEUE)) - {"UsageQueue", "AgreementEventsQueue"}


@tables
def test_a_table_is_paid_by_request_encrypted_and_can_be_restored_to_any_second(name: str) -> None:
    table = resources(TABLE)[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {
        "SSEEnabled": True,
        "SSEType": "KMS",
        "KMSMasterKeyId": KEY,
    }
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


@tables
def test_a_table_outlives_its_stack(name: str) -> None:
    resource = document()["Resources"][name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@tables
def test_a_table_cannot_be_deleted_by_mistake(name: str) -> None:
    assert resources(TABLE)[name]["DeletionProtectionEnabled"] is True


@pytest.mark.parametrize(
    "name",
    [
        "UsageQueue",
        "UsageDeadLetterQueue",
        "RejectedUsageQueue",
        "AgreementEventsQueue",
        "AgreementEventsDeadLetterQueue",
        "UnannouncedChangesQueue",
    ],
)
def test_a_queue_with_what_is_told_only_once_outlives_its_stack(name: str) -> None:
    resource = document()["Resources"][name]

    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


@tables
def test_a_table_forgets_only_items_that_name_their_end(name: str) -> None:
    assert resources(TABLE)[name]["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }


def test_what_is_due_is_found_by_an_index_of_keys_only() -> None:
    (index,) = resources(TABLE)["UsageTable"]["GlobalSecondaryIndexes"]

    assert index == {
        "IndexName": "due",
        "KeySchema": [
            {"AttributeName": "due_shard", "KeyType": "HASH"},
            {"AttributeName": "due_at", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def test_subscriptions_are_found_by_phase_and_by_the_buyers_account() -> None:
    table = resources(TABLE)["SubscriptionsTable"]
    keys = {
        index["IndexName"]: [(key["AttributeName"], key["KeyType"]) for key in index["KeySchema"]]
        for index in table["GlobalSecondaryIndexes"]
    }

    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [
        ("pk", "HASH"),
        ("sk", "RANGE"),
    ]
    assert keys == {
        "phase": [("phase", "HASH"), ("phase_at", "RANGE")],
        "account": [("account", "HASH"), ("pk", "RANGE")],
    }
    assert all(
        index["Projection"] == {"ProjectionType": "ALL"}
        for index in table["GlobalSecondaryIndexes"]
    )


@tables
def test_a_table_declares_the_type_of_each_key(name: str) -> None:
    table = resources(TABLE)[name]
    keys = [key["AttributeName"] for key in table["KeySchema"]]
    for index in table.get("GlobalSecondaryIndexes", []):
        keys += [key["AttributeName"] for key in index["KeySchema"]]
    types = {d["AttributeName"]: d["AttributeType"] for d in table["AttributeDefinitions"]}

    assert types == {name: "N" if name == "due_at" else "S" for name in keys}


def test_the_http_api_is_throttled_and_allows_no_other_origin() -> None:
    (api,) = resources(HTTP_API).values()

    assert set(api["DefaultRouteSettings"]) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
    assert "CorsConfiguration" not in api
    assert "Access-Control" not in TEMPLATE.read_text()


def test_the_access_log_never_holds_what_could_contain_a_token() -> None:
    (api,) = resources(HTTP_API).values()
    fields = re.findall(r"\$context\.([A-Za-z.]+)", api["AccessLogSettings"]["Format"])

    assert "status" in fields
    assert not {"path", "requestBody"} & set(fields)
    assert not [field for field in fields if "query" in field.lower() or "header" in field.lower()]


def test_a_message_that_keeps_failing_outlasts_an_outage_of_two_hours() -> None:
    receives = document()["Parameters"]["UsageMaximumReceives"]["Default"]

    pauses = [retry_pause_seconds(number) for number in range(1, receives)]

    assert sum(pauses) > 2 * 3_600


@tables
def test_an_attached_table_takes_the_place_of_the_stacks_own_wherever_it_is_named(
    name: str,
) -> None:
    condition, parameter = f"Owns{name}", f"{name}Name"

    assert document()["Parameters"][parameter]["Default"] == ""
    assert document()["Conditions"][condition] == {"Fn::Equals": [{"Ref": parameter}, ""]}
    assert document()["Resources"][name]["Condition"] == condition
    assert [*_unconditional(document()["Resources"], name)] == []
    assert [*_unconditional(document()["Outputs"], name)] == []
    assert [*_unconditional(document()["Resources"], parameter)] == []


def _unconditional(value: object, name: str) -> Iterator[object]:
    """Yield each mention of a table, or of a parameter's, that no condition chose."""
    match value:
        case {"Fn::If": [condition, *_]} if condition == f"Owns{name.removesuffix('Name')}":
            return
        case {"Ref": other} | {"Fn::GetAtt": [other, _]} if other == name:
            yield value
        case {"Fn::Sub": str(text)} if f"${{{name}" in text:
            yield value
        case dict():
            for member in value.values():
                yield from _unconditional(member, name)
        case list():
            for member in value:
                yield from _unconditional(member, name)
        case _:
            pass


@pytest.mark.parametrize("name", resources(LOG_GROUP))
def test_a_log_is_encrypted_with_the_sellers_key_where_there_is_one(name: str) -> None:
    assert resources(LOG_GROUP)[name]["KmsKeyId"] == KEY


@pytest.mark.parametrize("name", sorted(set(resources(QUEUE)) - TAKES_DEAD_LETTERS))
def test_a_queue_that_is_none_for_dead_letters_takes_none(name: str) -> None:
    assert resources(QUEUE)[name]["RedriveAllowPolicy"] == {"redrivePermission": "denyAll"}
