"""A record that waits as a spike is billed in time, whoever comes and whatever he says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.hours import deadline_of
from meterhouse.domain.operator_commands import Flush
from meterhouse.domain.records.audit_trail import Action
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.settlement import Operator, Order
from meterhouse.domain.records.spikes import RELEASE_LEAD
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.spiking import meterhouse, steady_buyer
from tests.unit.use_cases.billing.subscription_times import MINUTE, Told


@pytest.fixture
def held() -> tuple[Meterhouse, Agreement]:
    """Return a deployment with one spike of a thousand units."""
    house = meterhouse()
    buyer = steady_buyer(house)
    house.drain(house.event(buyer, quantity=1_000))
    assert house.billed(buyer) == {}
    return house, buyer


@pytest.mark.parametrize("pause", [MINUTE, 5 * MINUTE, 15 * MINUTE], ids=str)
@pytest.mark.parametrize("offset", [timedelta(0), timedelta(seconds=59), 4 * MINUTE], ids=str)
def test_it_goes_by_itself_before_its_deadline_whenever_runs_come(
    held: tuple[Meterhouse, Agreement], pause: timedelta, offset: timedelta
) -> None:
    house, buyer = held
    house.clock.move_to(house.clock.now() + offset)
    while house.clock.now() < deadline_of(NOON):
        house.reconcile()
        if house.clock.now() < deadline_of(NOON) - RELEASE_LEAD:
            assert house.billed(buyer) == {}
            assert house.report.metrics["RecordsAtRisk"] == 0
            assert house.report.metrics["OldestPendingAgeSeconds"] == 0
            assert house.report.metrics["SpikesHeld"] == 1
        house.clock.move_to(house.clock.now() + pause)

    assert house.billed(buyer) == {"12": Decimal(1_000)}
    assert house.report.metrics["RecordsAtRisk"] == 0
    assert house.report.metrics["SpikesHeld"] == 0
    check_books(house)


def test_one_that_should_have_gone_and_did_not_is_at_risk(
    held: tuple[Meterhouse, Agreement],
) -> None:
    house, buyer = held
    house.marketplace.inject_fault("throttle", count=10_000)
    house.clock.move_to(deadline_of(NOON) - RELEASE_LEAD + 31 * MINUTE)

    house.reconcile()

    assert house.billed(buyer) == {}
    assert house.report.metrics["RecordsAtRisk"] == 1
    assert house.report.metrics["UnitsAtRisk"] == 1_000


def test_one_that_nobody_could_send_when_it_should_have_gone_is_named(
    held: tuple[Meterhouse, Agreement],
) -> None:
    house, buyer = held
    house.policy = replace(house.policy, is_fenced=True)

    house.clock.move_to(deadline_of(NOON) - RELEASE_LEAD + 29 * MINUTE)
    house.reconcile()
    assert "record_at_risk" not in house.report.failures
    assert (house.report.metrics["SpikesHeld"], house.report.metrics["RecordsAtRisk"]) == (1, 0)

    house.clock.move_to(house.clock.now() + 2 * MINUTE)
    house.reconcile()
    assert "record_at_risk" in house.report.failures
    assert (house.report.metrics["SpikesHeld"], house.report.metrics["RecordsAtRisk"]) == (0, 1)
    assert house.record(buyer).status.reason == Reason.SPIKE_HELD


def test_at_the_end_of_a_month_the_deadline_is_nearer_and_so_is_the_time_to_go() -> None:
    house = meterhouse()
    house.hour_at = datetime(2026, 11, 30, 23, tzinfo=UTC)
    house.clock.move_to(house.hour_at + HOUR + 20 * MINUTE)
    buyer = steady_buyer(house)
    house.drain(house.event(buyer, quantity=1_000))
    assert house.record(buyer).status.due_at == datetime(2026, 12, 1, 4, tzinfo=UTC)

    house.clock.move_to(datetime(2026, 12, 1, 4, 1, tzinfo=UTC))
    house.reconcile()

    assert house.billed(buyer) == {"23": Decimal(1_000)}


def test_usage_in_arrears_that_comes_when_others_go_does_not_wait() -> None:
    house = meterhouse()
    buyer = steady_buyer(house)
    house.clock.move_to(deadline_of(NOON) - RELEASE_LEAD)

    house.drain(house.event(buyer, quantity=1_000))

    assert house.billed(buyer) == {"12": Decimal(1_000)}


def test_a_person_releases_it_and_it_is_billed_in_the_same_run(
    held: tuple[Meterhouse, Agreement],
) -> None:
    house, buyer = held
    frozen = house.record(buyer).sealed

    summary = house.reconcile(released=[house.key(buyer)])

    assert summary.answers() == {"released": {str(house.key(buyer)): "released"}}
    assert house.billed(buyer) == {"12": Decimal(1_000)}
    assert house.record(buyer).sealed == frozen
    assert house.report.metrics["SpikesHeld"] == 0
    check_books(house)


def test_a_person_rejects_it_and_it_is_not_billed_until_it_is_redriven(
    held: tuple[Meterhouse, Agreement],
) -> None:
    house, buyer = held
    key = house.key(buyer)
    house.report.failures.clear()

    summary = house.reconcile(rejected=[key])

    assert summary.answers() == {"rejected": {str(key): "rejected"}}
    record = house.record(buyer)
    assert (record.state, record.status.reason) == (*(RecordState.REJECTED, Reason.SPIKE_REJECTED),)
    assert house.report.metrics["SpikesRejected"] == 1
    assert house.report.metrics["RecordsRejected"] == 0, "nobody is alarmed of their own word"
    assert "record_step" not in house.report.failures
    house.clock.move_to(deadline_of(NOON) - RELEASE_LEAD + MINUTE)
    house.reconcile()
    assert house.billed(buyer) == {}
    check_books(house)

    house.reconcile(key)

    assert house.billed(buyer) == {"12": Decimal(1_000)}
    check_books(house)


@pytest.mark.parametrize(
    ("is_wrong", "action", "after"),
    [(False, Action.SPIKE_RELEASED, "SEALED"), (True, Action.SPIKE_REJECTED, "REJECTED")],
    ids=["released", "rejected"],
)
def test_who_decided_is_on_record(
    held: tuple[Meterhouse, Agreement], action: Action, after: str, *, is_wrong: bool
) -> None:
    house, buyer = held
    key, now = house.key(buyer), house.clock.now()
    word = Order(Operator("arn:aws:iam::1:user/ann", "Ann"), now, "asked the buyer")

    for _ in ("said", "and said again, which does nothing"):
        if is_wrong:
            house.reconcile(rejected=[key], orders={key: word})
        else:
            house.reconcile(released=[key], orders={key: word})

    assert isinstance(house.ledger, InMemoryLedger)
    [entry] = house.ledger.audit_trail(now, now, count_max=9)
    assert (entry.action, entry.before, entry.after) == (action, "SEALED", after)
    assert (entry.operator, entry.reason) == (word.given_by, "asked the buyer")
    assert (entry.record, entry.units) == (key, Decimal(1_000))
    check_books(house)


def test_of_what_does_not_wait_nothing_is_decided(held: tuple[Meterhouse, Agreement]) -> None:
    house, buyer = held
    other = house.buyer()
    house.drain(house.event(other))
    nobody = house.key(house.subscribe())
    names = [house.key(other), nobody]

    summary = house.reconcile(released=names, rejected=names)

    expected = {str(names[0]): "not_held: METERED", str(nobody): "not_found"}
    assert summary.answers() == {"released": expected, "rejected": expected}
    assert house.billed(other) == {"12": Decimal(1)}
    assert house.record(buyer).status.reason == Reason.SPIKE_HELD


def test_what_was_released_is_not_rejected_afterwards(held: tuple[Meterhouse, Agreement]) -> None:
    house, buyer = held
    key = house.key(buyer)
    house.marketplace.inject_fault("throttle", count=20)

    summary = house.reconcile(released=[key], rejected=[key])

    assert summary.records["released"] == {str(key): "released"}
    assert summary.records["rejected"] == {str(key): "not_held: SEALED"}


def test_of_a_subscription_that_ends_it_goes_at_once(held: tuple[Meterhouse, Agreement]) -> None:
    house, buyer = held
    ended_at = house.clock.now()
    Told(house, buyer)(ended_at=ended_at, closes_at=ended_at + HOUR)

    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(1_000)}
    assert house.report.metrics["FinalUnitsAtRisk"] == 0


@pytest.mark.parametrize("how", ["ended_at", "ends_at"])
def test_of_a_subscription_that_has_ended_or_will_have_nothing_waits(how: str) -> None:
    house = meterhouse()
    buyer = steady_buyer(house)
    Told(house, buyer)(**{how: NOON + HOUR})

    house.drain(house.event(buyer, quantity=1_000))

    assert house.billed(buyer) == {"12": Decimal(1_000)}


def test_a_flush_bills_it_and_holds_nothing(held: tuple[Meterhouse, Agreement]) -> None:
    house, buyer = held
    now = house.clock.now()
    house.drain(
        house.event(buyer, "e2", quantity=5_000, time=(NOON + HOUR).isoformat()), sent_at=now
    )

    house.clock.move_to(now + MINUTE)
    summary = house.reconcile(flushes=[Flush(house.key(buyer).subscription, house.clock.now())])

    assert house.billed(buyer) == {"12": Decimal(1_000), "13": Decimal(5_000)}
    assert summary.flush_left == 0


def test_what_was_carried_in_from_earlier_hours_does_not_wait_again(
    held: tuple[Meterhouse, Agreement],
) -> None:
    house, buyer = held
    house.reconcile(rejected=[house.key(buyer)])
    house.clock.move_to(deadline_of(NOON) + HOUR)
    house.reconcile(house.key(buyer))

    for _ in range(3):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()

    assert sum(house.billed(buyer).values()) == 1_000
    check_books(house)


def test_other_records_of_its_call_do_not_wait_for_it() -> None:
    house = meterhouse()
    buyers = [steady_buyer(house) for _ in range(5)]
    house.drain(
        *(
            house.event(buyer, quantity=1_000 if not place else 1)
            for place, buyer in enumerate(buyers)
        )
    )

    assert [house.billed(buyer) for buyer in buyers] == [{}, *[{"12": Decimal(1)}] * 4]
