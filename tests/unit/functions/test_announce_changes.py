"""announce_changes as Lambda calls it with records of the table's stream."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from functions.announce_changes.app import lambda_handler
from meterhouse.adapters.subscriptions_table.states import write_state
from meterhouse.domain.subscriptions.announcing import news_of
from meterhouse.domain.subscriptions.state import State
from meterhouse.runtime import clients
from tests.unit.domain.subscriptions.announced import ACTIVE, ENDING, MINE
from tests.unit.functions.conftest import Deployment, FakeContext
from tests.unit.functions.lambda_events import example

CONTEXT = FakeContext(60_000)


def record(
    number: int, before: State | None, after: State, *, at: float | str = 1_795_348_260.0
) -> dict[str, Any]:
    """Return a record of the stream as Lambda hands it on."""
    item = write_state(after, number, is_listed=True, news=news_of(before, after))
    images: dict[str, Any] = {"NewImage": item}
    if before is not None:
        images["OldImage"] = write_state(before, number - 1, is_listed=True)
    return {
        "eventName": "MODIFY" if before else "INSERT",
        "dynamodb": {
            "ApproximateCreationDateTime": at,
            "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "SequenceNumber": f"{number}00000000003826093479",
            **images,
        },
    }


@dataclass(slots=True)
class Bus:
    """EventBridge, as it answers to a batch."""

    stubber: Stubber
    put: list[dict[str, Any]]

    def answers(self, *entries: dict[str, str]) -> None:
        failed = sum("ErrorCode" in one for one in entries)
        self.stubber.add_response(
            "put_events", {"FailedEntryCount": failed, "Entries": list(entries)}, {"Entries": ANY}
        )


@pytest.fixture
def bus(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    assert deployment.subscriptions_table
    monkeypatch.setenv("EVENT_BUS", "meterhouse-test")
    client = clients.events()
    put: list[dict[str, Any]] = []
    client.meta.events.register(
        "provide-client-params.events.PutEvents",
        lambda params, **_: put.extend(params["Entries"]),
    )
    with Stubber(client) as stubber:
        yield Bus(stubber, put)


def test_the_example_of_a_batch_is_understood(bus: Bus) -> None:
    for _ in range(3):
        bus.answers(TAKEN)

    assert lambda_handler(example("subscription-changes.json"), CONTEXT) == {
        "batchItemFailures": []
    }
    assert [one["DetailType"] for one in bus.put] == [
        "Subscription Registered",
        "Subscription Activated",
        "Subscription Ending",
    ]


TAKEN, THROTTLED = {"EventId": "1"}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}


def test_a_change_goes_to_the_bus_of_the_stack(deployment: Deployment, bus: Bus) -> None:
    bus.answers(TAKEN)

    assert lambda_handler({"Records": [record(3, ACTIVE, ENDING)]}, CONTEXT) == {
        "batchItemFailures": []
    }
    (entry,) = bus.put
    detail = json.loads(entry["Detail"])
    assert (entry["EventBusName"], entry["Source"]) == ("meterhouse-test", "meterhouse")
    assert entry["DetailType"] == "Subscription Ending"
    assert entry["Time"].isoformat() == detail["changed_at"]
    assert (detail["subscription"]["key"], detail["sequence"]) == (MINE, 3)
    assert deployment.metrics() == {"EventsAnnounced": 1}
    (line,) = (one for one in deployment.log_lines() if one["message"] == "change_announced")
    assert line["event"] == detail["id"]


def test_an_entry_that_is_refused_for_good_is_named_by_its_record(
    deployment: Deployment, bus: Bus
) -> None:
    for _ in range(3):
        bus.answers(THROTTLED)

    answer = lambda_handler({"Records": [record(3, ACTIVE, ENDING)]}, CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "300000000003826093479"}]}
    assert "ThrottlingException" in deployment.printed()
    assert "EventsAnnounced" not in deployment.metrics()


def test_a_bus_that_is_not_there_is_a_failure_of_the_batch_and_not_of_the_function(
    bus: Bus,
) -> None:
    for _ in range(3):
        bus.stubber.add_client_error("put_events", "InternalException")

    answer = lambda_handler({"Records": [record(3, ACTIVE, ENDING)]}, CONTEXT)

    assert len(answer["batchItemFailures"]) == 1


def test_what_the_cli_reads_of_the_stream_is_told_with_the_same_id(bus: Bus) -> None:
    bus.answers(TAKEN)
    bus.answers(TAKEN)
    told = record(3, ACTIVE, ENDING, at=1_795_348_260.0)
    read = record(3, ACTIVE, ENDING, at="2026-11-22T12:31:00+01:00")

    lambda_handler({"Records": [told]}, CONTEXT)
    lambda_handler({"Records": [read]}, CONTEXT)

    first, again = (json.loads(one["Detail"]) for one in bus.put)
    assert first["id"] == again["id"]


def test_whatever_else_the_table_wrote_is_nothing_to_tell(deployment: Deployment, bus: Bus) -> None:
    key = {"pk": {"S": MINE}, "sk": {"S": "contact"}}
    others = [{"dynamodb": {"Keys": key, "NewImage": {**key, "email": {"S": "a@b.example"}}}}]
    removed = record(3, ACTIVE, ENDING)
    del removed["dynamodb"]["NewImage"]

    answer = lambda_handler({"Records": [*others, removed]}, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert bus.put == []
    assert deployment.metrics() == {}


def test_a_state_that_cannot_be_read_stops_no_other_and_is_counted(
    deployment: Deployment, bus: Bus
) -> None:
    bus.answers(TAKEN)
    broken = record(2, None, ACTIVE)
    broken["dynamodb"]["NewImage"]["phase"] = {"S": "of another version"}

    answer = lambda_handler({"Records": [broken, record(3, ACTIVE, ENDING)]}, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert deployment.metrics() == {"EventsAnnounced": 1, "ChangesUnreadable": 1}


def test_where_the_old_state_cannot_be_read_everything_is_told_anew(bus: Bus) -> None:
    bus.answers(TAKEN)
    bus.answers(TAKEN)
    change = record(3, ACTIVE, ENDING)
    change["dynamodb"]["OldImage"]["phase"] = {"S": "of another version"}

    lambda_handler({"Records": [change]}, CONTEXT)

    assert [one["DetailType"] for one in bus.put] == [
        "Subscription Registered",
        "Subscription Ending",
    ]
