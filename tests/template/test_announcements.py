"""How changes of subscriptions reach the bus: which of them, how often, and what is given up."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.adapters.subscriptions_table.states import write_state
from meterhouse.adapters.usage_table.allowance_items import allowance_key, taking_attributes
from meterhouse.adapters.usage_table.batch_items import new_batch
from meterhouse.adapters.usage_table.items import present
from meterhouse.domain.allowances.allowance import AllowanceKey, Taking
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.subscriptions.announcing import news_of
from meterhouse.domain.subscriptions.final_hour import FINAL_WINDOW
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from tests.fakes.world import InMemorySubscriptionBook
from tests.template.cloudformation import (
    ALARM,
    ARCHIVE,
    EVENT_BUS,
    FUNCTION,
    STREAM_MAPPING,
    TABLE,
    as_list,
    document,
    resources,
    statements,
)
from tests.template.evaluation import Evaluation
from tests.unit.domain.builders import batch_of, record_in
from tests.unit.domain.subscriptions.lives import LIVES, Life
from tests.unit.domain.subscriptions.test_lives import play_into

MAPPINGS = resources(STREAM_MAPPING)
MAPPING, USAGE_MAPPING = MAPPINGS["SubscriptionsStreamMapping"], MAPPINGS["UsageStreamMapping"]
RETENTION_SECONDS = 24 * 60 * 60  # of a table's stream
ATTACHED = "restored"
LABEL = "2026-11-22T18:31:00.123"
ALLOWANCE = AllowanceKey(MeterKey(SubscriptionKey("license#l-1"), "B#calls"), "2026-11")
OWN_STREAM = {"Fn::GetAtt": ["SubscriptionsTable", "StreamArn"]}


def passes(record: dict[str, Any], mapping: dict[str, Any] = MAPPING) -> bool:
    """Tell whether the filter lets a record pass, by the few rules of Lambda's that it uses."""
    filters = mapping["FilterCriteria"]["Filters"]
    return any(_matches(record, json.loads(one["Pattern"])) for one in filters)


def _matches(value: Any, pattern: Any) -> bool:
    if isinstance(pattern, list):
        return any(_is_one(value, one) for one in pattern)
    return all(
        _matches(value.get(key) if isinstance(value, dict) else None, inner)
        for key, inner in pattern.items()
    )


def _is_one(value: Any, allowed: Any) -> bool:
    match allowed:
        case {"exists": True}:
            return value is not None
        case {"prefix": str(prefix)}:
            return isinstance(value, str) and value.startswith(prefix)
        case _:
            return bool(value == allowed)


def record(item: dict[str, Any]) -> dict[str, Any]:
    return {"dynamodb": {"Keys": {"pk": item["pk"], "sk": item["sk"]}, "NewImage": item}}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_a_state_starts_the_function_exactly_if_there_is_something_to_tell(life: Life) -> None:
    book = InMemorySubscriptionBook()
    play_into(book, life, life.facts)

    assert book.states
    for version, state in book.states.values():
        for before in (None, state):
            news = news_of(before, state)
            item = write_state(state, version, is_listed=True, news=news)
            assert passes(record(item)) is bool(news)


@pytest.mark.parametrize("sk", ["fact#1", "reads#license#l-1", "reader#license#l-1", "contact"])
def test_nothing_else_of_the_table_starts_it(sk: str) -> None:
    assert not passes(record({"pk": {"S": "license#l-1"}, "sk": {"S": sk}, "news": {"S": "all"}}))


def test_the_filter_looks_at_nothing_but_what_dynamodb_told() -> None:
    """Lambda supports no other key: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html."""
    filters = [
        one for mapping in (MAPPING, USAGE_MAPPING) for one in mapping["FilterCriteria"]["Filters"]
    ]

    assert [{*json.loads(one["Pattern"])} for one in filters] == [{"dynamodb"}] * 3


def test_the_stream_tells_what_was_written_and_what_stood_there() -> None:
    tables = resources(TABLE)

    for name in ("SubscriptionsTable", "UsageTable"):
        assert tables[name]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("state", RecordState)
def test_a_batch_starts_the_function_exactly_if_usage_of_it_ended_unbilled(
    state: RecordState,
) -> None:
    assert passes(record(dict(new_batch(batch_of(record_in(state))))), USAGE_MAPPING) is (
        state in NOT_BILLED
    )


@pytest.mark.parametrize(
    ("before", "units", "granted", "is_told"),
    [
        (0, 79, 100, False),
        (0, 80, 100, True),
        (79, 20, 100, True),
        (80, 19, 100, False),
        (99, 1, 100, True),
        (80, 20, 200, False),
        (0, 5, 5, True),
    ],
)
def test_an_allowance_starts_the_function_exactly_if_a_threshold_of_it_is_crossed(
    before: int, units: int, granted: int, *, is_told: bool
) -> None:
    one = Taking(ALLOWANCE, Decimal(before), Decimal(units), Decimal(granted))
    written = present(taking_attributes(one))

    assert passes(record({**allowance_key(ALLOWANCE), **written}), USAGE_MAPPING) is is_told


@pytest.mark.parametrize("sk", ["S#1#a", "M#1", "K#a", "head"])
def test_the_journal_starts_nothing(sk: str) -> None:
    item = {"pk": {"S": "2026-11-22T12#00"}, "sk": {"S": sk}, "news": {"S": "all"}}

    assert not passes(record(item), USAGE_MAPPING)


def test_both_streams_are_read_by_the_same_rules() -> None:
    of_its_own = {"Condition", "EventSourceArn", "FilterCriteria"}

    assert {**USAGE_MAPPING, **dict.fromkeys(of_its_own)} == {
        **MAPPING,
        **dict.fromkeys(of_its_own),
    }


@pytest.mark.parametrize(
    ("table", "label", "is_on"),
    [("", "", True), (ATTACHED, LABEL, True), (ATTACHED, "", False)],
    ids=["of the stack's own table", "of an attached one with a stream", "of no other, and told"],
)
def test_unbilled_usage_is_announced(table: str, label: str, *, is_on: bool) -> None:
    parameters = {"UsageTableName": table, "UsageStreamLabel": label}
    deployed = Evaluation({"SubscriptionsTableName": "", **parameters}, document()["Conditions"])
    source = deployed.of(USAGE_MAPPING["EventSourceArn"])

    assert deployed.holds(document()["Resources"]["UsageStreamMapping"]["Condition"]) is is_on
    if not table:
        assert source == {"Fn::GetAtt": ["UsageTable", "StreamArn"]}
    elif is_on:
        assert source.endswith(f":table/{table}/stream/{label}")
    said = deployed.of(document()["Outputs"]["Announcements"]["Value"])
    assert (said == "on") is is_on


def test_a_change_is_tried_for_long_and_given_up_while_a_person_can_still_read_it() -> None:
    given_up_after = MAPPING["MaximumRecordAgeInSeconds"]

    assert MAPPING["MaximumRetryAttempts"] == -1
    assert FINAL_WINDOW.total_seconds() < given_up_after <= RETENTION_SECONDS / 2
    assert MAPPING["DestinationConfig"] == {
        "OnFailure": {"Destination": {"Fn::GetAtt": ["UnannouncedChangesQueue", "Arn"]}}
    }


def test_a_bad_record_holds_up_no_other_longer_than_it_must() -> None:
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["BisectBatchOnFunctionError"] is True


def test_no_change_is_missed_while_the_mapping_is_made() -> None:
    assert MAPPING["StartingPosition"] == "TRIM_HORIZON"


def test_a_change_that_waits_is_noticed_long_before_it_is_given_up() -> None:
    alarm = resources(ALARM)["AnnounceChangesAgeAlarm"]

    assert (alarm["MetricName"], alarm["Statistic"]) == ("IteratorAge", "Maximum")
    assert alarm["Threshold"] == 10 * 60 * 1_000
    assert alarm["Threshold"] / 1_000 < MAPPING["MaximumRecordAgeInSeconds"] / 10


@pytest.mark.parametrize(
    ("table", "label", "is_on"),
    [("", "", True), ("", LABEL, True), (ATTACHED, LABEL, True), (ATTACHED, "", False)],
    ids=[
        "of the stack's own table",
        "of the stack's own table, whatever stream is named",
        "of an attached table whose stream is named",
        "not of an attached table whose stream is not named, and the outputs say so",
    ],
)
def test_changes_are_announced(table: str, label: str, *, is_on: bool) -> None:
    parameters = {
        "SubscriptionsTableName": table,
        "SubscriptionsStreamLabel": label,
        "UsageTableName": "",
    }
    deployed = Evaluation(parameters, document()["Conditions"])
    resource = document()["Resources"]["SubscriptionsStreamMapping"]
    source = deployed.of(MAPPING["EventSourceArn"])

    assert deployed.holds(resource["Condition"]) is is_on
    if not table:
        assert source == OWN_STREAM
    elif is_on:
        assert source.endswith(f":table/{table}/stream/{label}")
    said = deployed.of(document()["Outputs"]["Announcements"]["Value"])
    assert said.startswith("on" if is_on else "off: ")


def test_the_function_tells_the_bus_of_its_own_stack() -> None:
    (name,) = resources(EVENT_BUS)
    function = resources(FUNCTION)["AnnounceChangesFunction"]

    assert function["Environment"]["Variables"] == {"EVENT_BUS": {"Ref": name}}
    assert resources(EVENT_BUS)[name]["Name"] == {"Ref": "AWS::StackName"}


def test_what_was_told_can_be_replayed_for_as_long_as_a_parameter_says() -> None:
    (archive,) = resources(ARCHIVE).values()

    assert archive["SourceArn"] == {"Fn::GetAtt": ["EventBus", "Arn"]}
    assert archive["RetentionDays"] == {"Ref": "EventArchiveDays"}
    assert "EventPattern" not in archive
    # 0 would keep it for ever.
    assert document()["Parameters"]["EventArchiveDays"]["MinValue"] == 1


def test_announcing_changes_reads_the_streams_of_tables_and_no_table() -> None:
    allowed = {
        statement["Sid"]: (as_list(statement["Action"]), statement["Resource"])
        for name, statement in statements()
        if name == "AnnounceChangesRole"
    }
    read = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]
    of_any_table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
    streams = [
        {
            "Fn::If": [
                f"Owns{name}",
                {"Fn::Sub": f"${{{name}.Arn}}/stream/*"},
                {"Fn::Sub": of_any_table + f"${{{name}Name}}/stream/*"},
            ]
        }
        for name in ("SubscriptionsTable", "UsageTable")
    ]

    assert allowed == {
        "ReadTheStream": ([f"dynamodb:{one}" for one in read], streams),
        "TellTheBus": (["events:PutEvents"], {"Fn::GetAtt": ["EventBus", "Arn"]}),
        "KeepWhatWasGivenUp": (
            ["sqs:SendMessage"],
            {"Fn::GetAtt": ["UnannouncedChangesQueue", "Arn"]},
        ),
        "WriteOwnLog": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": ["AnnounceChangesLogGroup", "Arn"]},
        ),
        "SendTraces": (["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
    }
