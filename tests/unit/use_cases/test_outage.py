"""An outage of the drain moves no unit to another hour or month: a backlog is not late usage."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.keys import LogKey
from meterhouse.domain.usage.events import QueueMessage
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse

MINUTE = timedelta(minutes=1)
RUN_EVERY = 5 * MINUTE
MESSAGES_PER_DRAIN = 3
LAST_DAY_NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Traffic:
    """A producer that reports a unit a minute, a queue, and drains that may be down.

    The queue delivers roughly in the order of sending, as SQS's standard queues do.
    """

    def __init__(self, house: Meterhouse, buyer: Agreement) -> None:
        self.house = house
        self.buyer = buyer
        self._queue: list[QueueMessage] = []
        self.sent: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def run_until(self, ends_at: datetime, *, drains_run: bool, produces: bool = True) -> None:
        """Let time pass; the schedule runs in any case."""
        clock = self.house.clock
        while clock.now() < ends_at:
            clock.move_to(clock.now() + RUN_EVERY)
            if produces:
                self._produce()
            if drains_run:
                self._drain()
            self.house.queue.waiting = len(self._queue)
            self.house.reconcile()

    def _produce(self) -> None:
        now = self.house.clock.now()
        moments = [now - minutes * MINUTE for minutes in range(5)]
        self.sent.update(moment.strftime("%d %H") for moment in moments)
        events = [
            self.house.event(self.buyer, moment.isoformat(), time=moment.isoformat())
            for moment in moments
        ]
        body = json.dumps({"events": events})
        self._queue.append(QueueMessage(f"m{now.isoformat()}", body, now))

    def _drain(self) -> None:
        if not self._queue:
            return
        share, self._queue = self._queue[:MESSAGES_PER_DRAIN], self._queue[MESSAGES_PER_DRAIN:]
        self.house.queue.waiting, self.house.queue.in_flight = len(self._queue), len(share)
        kept = self.house.drain_messages(share[::-1])
        self.house.queue.in_flight = 0
        assert kept == []

    def billed(self) -> dict[str, Decimal]:
        return {
            line.used_at.strftime("%d %H"): line.quantity
            for line in self.house.marketplace.bill()
            if line.agreement.agreement_id == self.buyer.agreement_id
        }


def traffic_at(moment: datetime, *, quiet: timedelta = timedelta(0)) -> Traffic:
    house = Meterhouse()
    house.policy = type(house.policy)(settle=house.policy.settle, quiet=quiet, heartbeat=False)
    house.clock.move_to(moment)
    return Traffic(house, house.buyer())


@pytest.mark.parametrize("quiet", [timedelta(0), timedelta(minutes=2)], ids=["at once", "quiet"])
@pytest.mark.parametrize(
    "outage_at",
    [
        datetime(2026, 11, 18, 12, 10, tzinfo=UTC),
        datetime(2026, 11, 30, 22, 30, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 5, tzinfo=UTC),
    ],
    ids=["at noon", "at month end", "at year end"],
)
def test_a_two_hour_outage_of_the_drain_moves_no_unit(
    outage_at: datetime, quiet: timedelta
) -> None:
    traffic = traffic_at(outage_at - HOUR, quiet=quiet)
    traffic.run_until(outage_at, drains_run=True)
    back_at = outage_at + 2 * HOUR
    traffic.run_until(back_at, drains_run=False)
    assert traffic.waiting == 24

    traffic.run_until(back_at + HOUR, drains_run=True)
    assert traffic.waiting == 0
    traffic.run_until(back_at + 3 * HOUR, drains_run=True, produces=False)

    assert traffic.billed() == dict(traffic.sent)
    assert traffic.house.report.metrics["LateEventsCarried"] == 0
    check_books(traffic.house)


def test_an_hour_that_waits_for_the_backlog_says_so() -> None:
    outage_at = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
    traffic = traffic_at(outage_at - HOUR)
    traffic.run_until(outage_at, drains_run=True)
    traffic.run_until(outage_at + 2 * HOUR, drains_run=False)

    unfinished = [one.key for one in traffic.house.ledger.due(now=None, count_max=10)]
    noon = outage_at - 30 * MINUTE

    assert LogKey(noon, 0) in unfinished
    assert traffic.house.is_open(traffic.buyer, hour_at=noon)
    assert traffic.house.head(noon).reason == "queue_backlog"


@pytest.mark.parametrize(
    ("hour_at", "margin_at"),
    [
        # Two hours before 24 hours are over, or before 06:00 UTC on the 1st.
        (datetime(2026, 11, 18, 12, tzinfo=UTC), datetime(2026, 11, 19, 10, tzinfo=UTC)),
        (datetime(2026, 11, 30, 4, tzinfo=UTC), datetime(2026, 12, 1, 2, tzinfo=UTC)),
        (LAST_DAY_NOON, datetime(2026, 12, 1, 4, tzinfo=UTC)),
        (datetime(2026, 11, 30, 23, tzinfo=UTC), datetime(2026, 12, 1, 4, tzinfo=UTC)),
    ],
)
def test_no_backlog_holds_an_hour_open_longer_than_until_two_hours_before_its_deadline(
    hour_at: datetime, margin_at: datetime
) -> None:
    house = Meterhouse()
    house.hour_at = hour_at
    house.clock.move_to(hour_at + 40 * MINUTE)
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=7))
    house.queue.waiting = 1_000

    while house.clock.now() < margin_at - RUN_EVERY:
        house.clock.move_to(house.clock.now() + RUN_EVERY)
        house.reconcile()
    assert house.is_open(buyer)
    house.clock.move_to(margin_at)
    house.reconcile()

    assert house.billed(buyer) == {hour_at.strftime("%H"): Decimal(7)}


def test_what_still_comes_after_the_margin_is_carried_and_not_lost() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.queue.waiting = 1_000
    house.drain(house.event(buyer, "first", quantity=7), sent_at=house.hour_at + 30 * MINUTE)
    house.clock.move_to(house.hour_at + 22 * HOUR)
    house.reconcile()
    house.drain(house.event(buyer, "second", quantity=5), sent_at=house.hour_at + 31 * MINUTE)
    house.queue.waiting = 0

    house.clock.move_to(house.hour_at + 24 * HOUR)
    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(7), "10": Decimal(5)}
    assert house.report.metrics["LateEventsCarried"] == 1


def test_a_queue_that_is_never_empty_holds_no_hour_whose_messages_were_drained() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.queue.waiting = 1_000

    house.drain(house.event(buyer, quantity=7), sent_at=house.hour_at + HOUR + 16 * MINUTE)

    assert house.billed(buyer) == {"12": Decimal(7)}


def test_messages_in_the_hands_of_another_drain_hold_their_hour() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    sent_at = house.hour_at + 30 * MINUTE
    house.queue.in_flight = 2
    house.drain(house.event(buyer, "first", quantity=7), sent_at=sent_at)
    assert house.is_open(buyer)

    house.queue.in_flight = 1
    house.clock.move_to(house.clock.now() + RUN_EVERY)
    house.drain(house.event(buyer, "second", quantity=5), sent_at=sent_at)

    assert house.billed(buyer) == {"12": Decimal(12)}


def test_a_drain_notes_the_oldest_of_its_messages() -> None:
    """Whatever the order of delivery: the hours of all of them must stay open."""
    house = Meterhouse()
    now, buyer = house.clock.now(), house.buyer()
    ages = [3 * MINUTE, 47 * MINUTE, 12 * MINUTE]
    bodies = [json.dumps(house.event(buyer, f"{number}")) for number in range(len(ages))]

    house.drain_messages(
        [
            QueueMessage(f"m{number}", body, now - age)
            for number, (body, age) in enumerate(zip(bodies, ages, strict=True))
        ]
    )

    assert house.queue.drained_to_at == now - 47 * MINUTE


def test_a_report_in_arrears_that_an_outage_cuts_in_two_is_billed_in_one_record() -> None:
    """What waits in the queue was sent in time, though its hour had settled before the report."""
    house = Meterhouse()
    house.policy = replace(house.policy, quiet=2 * MINUTE)
    buyer, reported_at = house.buyer(), house.hour_at + HOUR + 40 * MINUTE
    house.clock.move_to(reported_at)
    house.drain(house.event(buyer, "first", quantity=7), sent_at=reported_at)
    house.queue.waiting = 1

    # As long as the drains' notes count; without them nothing is closed anyway.
    for _ in range(3):
        house.clock.move_to(house.clock.now() + RUN_EVERY)
        house.reconcile()
    assert house.billed(buyer) == {}
    house.queue.waiting = 0
    house.drain(house.event(buyer, "second", quantity=5), sent_at=reported_at + MINUTE)
    for _ in range(3):
        house.clock.move_to(house.clock.now() + RUN_EVERY)
        house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(12)}
    check_books(house)
