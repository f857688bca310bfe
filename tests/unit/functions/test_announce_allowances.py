"""announce_changes as Lambda calls it with allowances in the usage table's stream."""

import json
from decimal import Decimal
from typing import Any

from functions.announce_changes.app import lambda_handler
from meterhouse.adapters.usage_table.allowance_items import allowance_key, taking_attributes
from meterhouse.adapters.usage_table.items import present
from meterhouse.domain.allowances.allowance import AllowanceKey, Taking
from tests.unit.domain.builders import KEY
from tests.unit.functions.conftest import Deployment
from tests.unit.functions.stream import stream_record
from tests.unit.functions.test_announce_changes import CONTEXT, TAKEN, Bus, bus
from tests.unit.functions.test_announce_usage import REFUSED, SENT
from tests.unit.functions.test_announce_usage import record as record_of_batch

__all__ = ["bus"]

ALLOWANCE = AllowanceKey(KEY.meter, "2026-11")


def image(taken: int) -> dict[str, Any]:
    one = Taking(ALLOWANCE, Decimal(0), Decimal(taken), Decimal(100))
    return {**allowance_key(ALLOWANCE), **present(taking_attributes(one))}


def record(before: int | None, after: int) -> dict[str, Any]:
    return stream_record(None if before is None else image(before), image(after))


def told(bus: Bus) -> list[tuple[str, int]]:
    details = [json.loads(one["Detail"])["allowance"] for one in bus.put]
    return [(one["taken"], one["percent"]) for one in details]


def test_an_allowance_that_is_used_up_goes_to_the_bus(bus: Bus, deployment: Deployment) -> None:
    bus.answers(TAKEN)
    bus.answers(TAKEN)

    answer = lambda_handler({"Records": [record(70, 85), record(85, 100)]}, CONTEXT)

    assert answer == {"batchItemFailures": []}
    assert [one["DetailType"] for one in bus.put] == ["Allowance Crossed"] * 2
    assert told(bus) == [("85", 80), ("100", 100)]
    assert deployment.metrics() == {"EventsAnnounced": 2}


def test_a_taking_in_between_tells_nothing(bus: Bus) -> None:
    lambda_handler({"Records": [record(None, 5), record(85, 90)]}, CONTEXT)

    assert bus.put == []


def test_one_that_cannot_be_read_holds_up_no_other(bus: Bus, deployment: Deployment) -> None:
    bus.answers(TAKEN)
    bus.answers(TAKEN)
    damaged = record(70, 85)
    del damaged["dynamodb"]["NewImage"]["granted"]

    records = [damaged, record(70, 85), record_of_batch(SENT, REFUSED)]
    assert lambda_handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}

    assert [one["DetailType"] for one in bus.put] == ["Allowance Crossed", "Usage Rejected"]
    assert deployment.metrics() == {"ChangesUnreadable": 1, "EventsAnnounced": 2}
