"""What is at risk in a final hour, and that nothing says it was looked at when it was not."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import Batch
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import JournalCorruptError, StorageUnavailableError
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.fakes.world import InMemorySubscriptionBook
from tests.unit.use_cases.billing.leaving import (
    BEFORE,
    ENDED_AT,
    MINUTE,
    just_past_noon,
    leave,
    run_at,
    run_until,
    used_at,
)


@pytest.fixture
def house() -> Meterhouse:
    return just_past_noon(Meterhouse())


def _risk(house: Meterhouse) -> float | None:
    return house.report.metrics.get("FinalUnitsAtRisk")


def test_nobody_who_ends_is_no_risk(house: Meterhouse) -> None:
    house.reconcile()

    assert _risk(house) == 0


def test_units_that_aws_has_not_taken_are_at_risk_twenty_minutes_before_the_end(
    house: Meterhouse,
) -> None:
    buyer = leave(house)
    house.marketplace.inject_fault("throttle", count=1_000_000)

    run_at(house, ENDED_AT + 39 * MINUTE)
    assert _risk(house) == 0

    run_at(house, ENDED_AT + 40 * MINUTE)
    assert _risk(house) == 10
    [named] = [fields for name, fields in house.report.events if name == "final_units_at_risk"]
    assert named["subscription"] == house.key(buyer).subscription
    assert named["units"] == "10"

    house.marketplace.clear_faults()
    run_at(house, ENDED_AT + 45 * MINUTE)
    assert _risk(house) == 0


def test_usage_that_found_no_open_hour_is_at_risk(house: Meterhouse) -> None:
    buyer = leave(house)
    run_until(house, ENDED_AT + 35 * MINUTE)
    used_at(house, buyer, ENDED_AT + 36 * MINUTE, quantity=4)

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert _risk(house) == 4, "it waits for an hour that has not begun"


def test_late_usage_that_went_is_not_at_risk_while_anothers_waits_beside_it(
    house: Meterhouse,
) -> None:
    staying = house.buyer()
    arn = staying.license_arn
    house.marketplace.inject_fault("unprocessed", license_arn=arn, count=1_000_000)
    used_at(house, staying, BEFORE + 40 * MINUTE, quantity=100)
    run_at(house, NOON + 16 * MINUTE)
    ended_at = NOON + 20 * MINUTE
    buyer = leave(house, ended_at)
    run_until(house, ended_at + 5 * MINUTE)
    for one in (staying, buyer):
        used_at(house, one, BEFORE + 30 * MINUTE, quantity=4)

    run_until(house, ended_at + 45 * MINUTE)

    assert sum(house.billed(buyer).values()) == 14
    assert house.head(BEFORE).has_only_late_usage
    assert _risk(house) == 0


def test_usage_of_others_is_not_at_risk(house: Meterhouse) -> None:
    staying = house.buyer()
    used_at(house, staying, NOON + MINUTE, quantity=100)
    leave(house)

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert _risk(house) == 0


@pytest.mark.parametrize(("minutes", "risk"), [(1, 0), (2, 3)], ids=["a repeat", "late usage"])
def test_of_what_comes_after_its_record_only_repeats_are_no_risk(minutes: int, risk: int) -> None:
    ledger = InMemoryLedger()
    house = just_past_noon(Meterhouse(ledger))
    buyer = leave(house)
    run_at(house, ENDED_AT + 39 * MINUTE)
    used_at(house, buyer, NOON + minutes * MINUTE, quantity=3)
    # Another run holds the hour, so that this one cannot close it and drop or carry them.
    before = replace(house.head(), leased_until=house.clock.now() + HOUR)
    ledger.stored_heads[before.log] = before

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert house.head() == before
    assert _risk(house) == risk


def test_what_nobody_could_freeze_is_at_risk() -> None:
    ledger = InMemoryLedger()
    house = just_past_noon(Meterhouse(ledger))
    leave(house)
    head = house.head()
    ledger.stored_heads[head.log] = replace(head, leased_until=NOON + 2 * HOUR)

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert _risk(house) == 3


class DamagedLedger(InMemoryLedger):
    """Cannot read what was frozen of the hour before noon."""

    is_damaged = False

    def batches(self, log: LogKey) -> list[Batch]:
        if self.is_damaged and log.hour_at == BEFORE:
            raise JournalCorruptError(f"{log} is damaged")
        return super().batches(log)


@pytest.mark.parametrize(("is_refused", "risk"), [(False, None), (True, 3)])
def test_beside_an_hour_that_cannot_be_read_only_a_danger_is_published(
    risk: float | None, *, is_refused: bool
) -> None:
    ledger = DamagedLedger()
    house = just_past_noon(Meterhouse(ledger))
    leave(house)
    run_at(house, ENDED_AT)
    house.report.metrics.clear()
    if is_refused:
        house.marketplace.inject_fault("throttle", count=1_000_000)
    ledger.is_damaged = True

    run_at(house, ENDED_AT + 41 * MINUTE)

    assert _risk(house) == risk
    assert "final_risk_not_measured" in house.report.failures


def test_a_run_without_time_to_look_publishes_nothing(house: Meterhouse) -> None:
    leave(house)
    house.clock.move_to(ENDED_AT + 41 * MINUTE, seconds_left=10)

    house.reconcile()

    assert _risk(house) is None


class UnknowingBook(InMemorySubscriptionBook):
    """Cannot say who ended."""

    def ending(self, now: datetime) -> tuple[Subscription, ...]:
        raise StorageUnavailableError(f"at {now}")


def test_a_risk_that_was_not_measured_is_not_published(house: Meterhouse) -> None:
    house.subscriptions = UnknowingBook()
    buyer = house.buyer()
    used_at(house, buyer, BEFORE + 50 * MINUTE)

    run_at(house, NOON + 20 * MINUTE)

    assert _risk(house) is None
    assert "ending_not_read" in house.report.failures
    assert house.billed(buyer) == {"11": Decimal(1)}, "all else goes on"


def test_who_is_named_is_billed_though_nobody_can_say_who_else_ended(house: Meterhouse) -> None:
    house.subscriptions = UnknowingBook()
    buyer = leave(house)

    run_at(house, ENDED_AT, ending=[house.key(buyer).subscription])

    assert house.billed(buyer) == {"11": Decimal(7)}
    assert _risk(house) is None
