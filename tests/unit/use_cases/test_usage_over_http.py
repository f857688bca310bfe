"""Usage over HTTP is billed once, however often it is sent, and what is wrong harms nobody."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.usage.events import Rejection
from meterhouse.domain.usage.requests import UsageRequest
from meterhouse.errors import StorageUnavailableError, UnreadableError
from meterhouse.use_cases.accept_usage import AcceptUsage
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse
from tests.fakes.usage_intake import InMemoryUsageIntake


@dataclass
class Desk:
    """A deployment, and the queue between its door and its drain."""

    house: Meterhouse = field(default_factory=Meterhouse)
    intake: InMemoryUsageIntake = field(default_factory=InMemoryUsageIntake)

    def send(self, *events: Any) -> UsageRequest:
        house = self.house
        accept = AcceptUsage(self.intake, house.policy.late_max, house.clock, house.report)
        return accept(json.dumps(events))

    def bill(self) -> None:
        self.house.drain_bodies(self.intake.bodies)
        for _ in range(3):
            self.house.clock.move_to(self.house.clock.now() + HOUR)
            self.house.reconcile()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_thousand_events_are_accepted_or_refused_each_for_itself(desk: Desk) -> None:
    buyer = desk.house.buyer()
    events = [desk.house.event(buyer, f"e{n}", quantity=n) for n in range(1_000)]
    events[3]["quantity"] = -1
    del events[500]["id"]

    request = desk.send(*events)
    desk.bill()

    refused = {
        member.position: [fault.code for fault in member.faults]
        for member in request.members
        if isinstance(member, Rejection)
    }
    assert refused == {3: ["quantity_negative"], 500: ["id_missing"]}
    assert len(desk.intake.bodies) == 1
    assert desk.house.billed(buyer) == {"12": Decimal(sum(range(1_000)) - 503)}
    assert desk.house.rejected.rejections == []
    check_books(desk.house)


def test_a_request_whose_answer_was_lost_is_sent_again_and_billed_once(desk: Desk) -> None:
    buyer = desk.house.buyer()
    events = [desk.house.event(buyer, f"e{n}") for n in range(5)]
    desk.intake.loses_answers = True
    with pytest.raises(StorageUnavailableError):
        desk.send(*events)
    desk.intake.loses_answers = False

    desk.send(*events)
    desk.house.drain_bodies(desk.intake.bodies[:1])
    desk.house.clock.move_to(desk.house.clock.now() + 2 * HOUR)
    desk.house.reconcile()
    desk.send(*events)
    desk.bill()

    assert len(desk.intake.bodies) == 3
    assert desk.house.billed(buyer) == {"12": Decimal(5)}
    check_books(desk.house)


def test_nothing_is_said_to_be_taken_when_the_queue_takes_nothing(desk: Desk) -> None:
    buyer = desk.house.buyer()
    desk.intake.is_down = True

    with pytest.raises(StorageUnavailableError):
        desk.send(desk.house.event(buyer))

    assert desk.house.report.metrics["EventsAcceptedByHttp"] == 0


def test_what_is_all_wrong_needs_no_queue(desk: Desk) -> None:
    desk.intake.is_down = True

    assert desk.send({"id": "e1"}).rejected == 1
    with pytest.raises(UnreadableError):
        desk.send()


def test_an_event_too_old_by_the_time_it_is_queued_is_seen_where_it_is_rejected(desk: Desk) -> None:
    buyer = desk.house.buyer()
    oldest_at = desk.house.clock.now() - desk.house.policy.late_max
    assert desk.send(desk.house.event(buyer, time=oldest_at.isoformat())).rejected == 0

    desk.house.clock.move_to(desk.house.clock.now() + timedelta(seconds=1))
    desk.house.drain_bodies(desk.intake.bodies)

    assert [one.code for one in desk.house.rejected.rejections] == ["time_too_old"]


def test_the_log_counts_what_is_accepted_and_refused_and_quotes_nothing(desk: Desk) -> None:
    buyer = desk.house.buyer()

    desk.send(desk.house.event(buyer, "secret"), desk.house.event(buyer, "secret", quantity=-1))

    assert desk.house.report.events[-1] == (
        "usage_accepted",
        {"events": 1, "refused": 1, "codes": {"quantity_negative": 1}},
    )
    assert desk.house.report.metrics["EventsAcceptedByHttp"] == 1
    assert desk.house.report.metrics["EventsRefusedByHttp"] == 1
