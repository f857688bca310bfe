"""announce_changes as Lambda calls it with records of the usage table's stream."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

from functions.announce_changes.app import lambda_handler
from meterhouse.adapters.usage_table.batch_items import new_batch
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import Batch
from tests.unit.domain.builders import batch_of, record_in
from tests.unit.functions.conftest import Deployment
from tests.unit.functions.stream import stream_record
from tests.unit.functions.test_announce_changes import CONTEXT, TAKEN, Bus, bus

__all__ = ["bus"]

SENT = batch_of(record_in(RecordState.SUBMITTING))
REFUSED = replace(
    batch_of(record_in(RecordState.REJECTED, reason="subscription_unknown")), version=2
)


def image(batch: Batch) -> dict[str, Any]:
    """Return an item as Lambda writes it, with its bytes in base64."""
    return {
        name: {"B": b64encode(value["B"]).decode()} if "B" in value else value
        for name, value in new_batch(batch).items()
    }


def record(before: Batch | None, after: Batch) -> dict[str, Any]:
    return stream_record(None if before is None else image(before), image(after))


def test_usage_that_ended_unbilled_goes_to_the_bus(bus: Bus, deployment: Deployment) -> None:
    bus.answers(TAKEN)

    assert lambda_handler({"Records": [record(SENT, REFUSED)]}, CONTEXT) == {
        "batchItemFailures": []
    }
    (entry,) = bus.put
    detail = json.loads(entry["Detail"])
    assert entry["DetailType"] == "Usage Rejected"
    assert detail["usage"]["quantity"] == "7"
    assert (detail["type"], detail["sequence"]) == ("rejected", 2)
    assert deployment.metrics() == {"EventsAnnounced": 1}


def test_a_later_step_of_the_same_batch_tells_nothing_again(bus: Bus) -> None:
    later = replace(REFUSED, version=3)

    lambda_handler({"Records": [record(REFUSED, later)]}, CONTEXT)

    assert bus.put == []


def test_a_batch_that_cannot_be_read_holds_up_no_other(bus: Bus, deployment: Deployment) -> None:
    bus.answers(TAKEN)
    damaged = record(SENT, REFUSED)
    damaged["dynamodb"]["NewImage"]["statuses"] = {"B": b64encode(b"nothing").decode()}

    answer = lambda_handler({"Records": [damaged, record(SENT, REFUSED)]}, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert len(bus.put) == 1
    assert deployment.metrics() == {"ChangesUnreadable": 1, "EventsAnnounced": 1}


def test_only_a_batch_with_unbilled_usage_has_news_for_the_filter() -> None:
    assert "news" in new_batch(REFUSED)
    assert "news" not in new_batch(SENT)
