"""The accounting speaks of what it has seen whole, and sees what is gone or changes meanwhile."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import day_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import BatchKey
from meterhouse.errors import CommandRefusedError
from meterhouse.use_cases import assembly, reconcile_assembly
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.regressions.accidents import KilledError, kill
from tests.unit.operations.lives import live_on_a_contract
from tests.unit.use_cases.ledgers import HookedLedger, on

DAY = day_of(NOON)
ACCOUNTED_AT = NOON + 2 * HOUR
FILED_AT = DAY + timedelta(days=2, hours=2)


def redrive(house: Meterhouse, buyer: Agreement) -> None:
    reconcile = reconcile_assembly.reconcile_usage(house.ports(), house.subscriptions)
    reconcile.obey.redrive(house.record(buyer, "unheard_of").key)


def with_a_refused_record() -> tuple[Meterhouse, HookedLedger, Agreement]:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = house.buyer()
    house.drain(house.event(buyer, dimension="unheard_of", quantity=3))
    assert house.record(buyer, "unheard_of").state is RecordState.REJECTED
    return house, ledger, buyer


def test_a_batch_that_is_gone_is_a_difference() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    house.drain(house.event(house.buyer(), quantity=3))
    ledger.stored_batches.clear()

    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()

    assert house.report.metrics["AccountingDifferences"] == 1
    assert not house.head().is_balanced
    assert house.head().reason == "accounting_difference"


@pytest.mark.parametrize("method", ["batches", "manifests", "carries"])
def test_a_log_that_changes_while_it_is_accounted_for_is_accounted_for_again(method: str) -> None:
    house, ledger, buyer = with_a_refused_record()
    house.clock.move_to(ACCOUNTED_AT)
    ledger.after = on(method, lambda: redrive(house, buyer))
    house.reconcile()

    assert not house.head().is_balanced
    assert house.head().due_at is not None
    assert house.report.metrics["AccountingDifferences"] == 0


@pytest.mark.parametrize("method", ["heads_between", "batches", "write_sheet", "postpone"])
def test_a_record_that_is_redriven_while_its_day_is_filed_is_filed_again(method: str) -> None:
    house, ledger, buyer = with_a_refused_record()
    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()
    assert house.head().is_balanced

    house.clock.move_to(FILED_AT)
    ledger.after = on(method, lambda: redrive(house, buyer))
    house.reconcile()
    ledger.after = on("no method", lambda: None)
    for _ in range(4):
        house.clock.move_to(house.clock.now() + HOUR)
        house.reconcile()

    # AWS takes no record of that day any more, so the units went to another hour.
    [sheet] = house.ledger.sheets(house.key(buyer).subscription, DAY, DAY)
    assert [(line.standing, line.units) for line in sheet.lines] == [(Standing.CARRIED, Decimal(3))]
    assert house.head().due_at is None


def test_a_redrive_that_its_log_never_lets_through_says_so_and_changes_nothing() -> None:
    house, ledger, buyer = with_a_refused_record()
    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()

    def put_off_by_another() -> None:
        house.clock.move_to(house.clock.now() + timedelta(seconds=1))
        head = house.head()
        ledger.postpone(head, replace(head, due_at=house.clock.now()))

    ledger.before = on("postpone", put_off_by_another, times=9)

    with pytest.raises(CommandRefusedError, match="try again"):
        redrive(house, buyer)
    assert house.record(buyer, "unheard_of").state is RecordState.REJECTED


def test_two_records_of_one_meter_are_a_difference_and_no_hour_that_balances() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    house.drain(house.event(house.buyer(), quantity=3))
    [batch] = ledger.stored_batches.values()
    twin = replace(batch, key=BatchKey(batch.key.log, "twin"))
    ledger.stored_batches[twin.key] = twin
    house.clock.move_to(ACCOUNTED_AT)

    summary = house.reconcile()

    assert house.report.metrics["AccountingDifferences"] == 1
    assert (summary.differences, summary.hours_balanced) == (1, 0)


def test_held_units_are_not_published_once_they_are_billed() -> None:
    house = Meterhouse()
    buyer = house.subscribe()
    house.drain(house.event(buyer, quantity=7))
    house.reconcile()
    assert house.report.metrics["UnitsHeld"] == 7
    house.register(buyer)
    house.clock.move_to(house.clock.now() + HOUR)
    house.report.metrics.clear()

    house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(7)}
    assert house.report.metrics["UnitsHeld"] == 0


def test_included_units_are_measured_where_there_are_any() -> None:
    house, other = Meterhouse(), Meterhouse()
    live_on_a_contract(house)
    other.drain(other.event(other.buyer(), quantity=7))
    for one in (house, other):
        one.clock.move_to(NOON + 4 * HOUR)
        one.reconcile()
        one.report.metrics.clear()
        one.reconcile()

    assert house.report.metrics["UnitsIncluded"] == 100
    assert house.report.metrics["UnitsMetered"] == 30.5
    assert "UnitsIncluded" not in other.report.metrics
    assert other.report.metrics["UnitsMetered"] == 7


def test_what_is_near_its_deadline_goes_before_the_filing_of_old_days() -> None:
    """Filing takes longer than a run may last, and every run is killed in it."""
    house, ledger, buyer = with_a_refused_record()
    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()
    file_at = house.head().due_at
    assert file_at is not None
    hour_at = file_at - 2 * HOUR
    house.clock.move_to(hour_at + timedelta(minutes=10))
    house.drain(house.event(buyer, "new", quantity=7, time=hour_at.isoformat()))
    ledger.before = on("write_sheet", kill, times=1_000)
    house.clock.move_to(file_at)

    for _ in range(24):
        house.clock.move_to(house.clock.now() + HOUR)
        with suppress(KilledError):
            house.reconcile()

    assert house.billed(buyer)[hour_at.strftime("%H")] == 7


def test_filing_a_day_reads_its_heads_once_for_each_shard() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    house.policy = replace(house.policy, shards=8)
    buyers = [house.buyer() for _ in range(40)]
    for ago in range(12):
        time = (NOON - ago * HOUR).isoformat()
        house.drain(*(house.event(one, time=time) for one in buyers))
    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()
    house.clock.move_to(NOON + 48 * HOUR)
    ledger.asked.clear()

    house.reconcile()

    filed = [head for log, head in ledger.stored_heads.items() if log.hour_at <= NOON]
    assert len(filed) > 80
    assert all(head.due_at is None for head in filed)
    # The totals of the last days are the one read of everybody's heads.
    assert ledger.counted["heads_between"] == 1


def test_a_day_that_does_not_fit_into_a_run_is_left_and_said_to_be() -> None:
    house, _, _ = with_a_refused_record()
    house.clock.move_to(ACCOUNTED_AT)
    house.reconcile()
    house.clock.move_to(FILED_AT)
    head = house.head()
    file_day = assembly.submit_usage(house.ports()).file_day
    house.clock.move_to(FILED_AT, seconds_left=10)

    file_day(head)

    assert [name for name, _ in house.report.events if name == "day_not_filed"]
    assert house.head() == head
