"""Usage that SNS or EventBridge delivers twice is billed once; what is refused is told in full."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.usage.events import QueueMessage
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def bare(buyer: Agreement, quantity: int) -> dict[str, object]:
    return {"subscription": buyer.license_arn, "dimension": "api_calls", "quantity": quantity}


def published(content: object, at: datetime) -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "published-once",
            "TopicArn": "arn:aws:sns:us-east-1:111122223333:usage",
            "Message": json.dumps(content),
            "Timestamp": at.isoformat(),
        }
    )


def emitted(content: object, at: datetime) -> str:
    return json.dumps(
        {"id": "emitted-once", "detail-type": "Usage", "time": at.isoformat(), "detail": content}
    )


@pytest.mark.parametrize("write", [published, emitted], ids=["SNS", "EventBridge"])
def test_a_second_delivery_hours_later_bills_nothing_again(
    write: Callable[[object, datetime], str], house: Meterhouse
) -> None:
    buyer = house.buyer()
    used_at = house.hour_at + timedelta(minutes=30)
    body = write({"events": [bare(buyer, 3), bare(buyer, 4)]}, used_at)

    house.drain_messages([QueueMessage("m1", body, used_at)])
    for hours in range(1, 4):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()
        house.drain_messages([QueueMessage(f"again-{hours}", body, house.clock.now())])
    for _ in range(3):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(7)}
    check_books(house)


def test_the_log_counts_the_faults_of_a_message_and_its_refused_events(house: Meterhouse) -> None:
    buyer = house.buyer()
    twice_wrong = house.event(buyer, "e1", quantity=-1, colour="red")

    house.drain(twice_wrong, house.event(buyer, "e2", quantity=-1), house.event(buyer, "e3"))

    (line,) = [fields for name, fields in house.report.events if name == "usage_rejected"]
    assert line == {
        "message_id": "m0",
        "events": 2,
        "codes": {"field_unknown": 1, "quantity_negative": 2},
    }
    assert house.report.metrics["EventsRejected"] == 2
