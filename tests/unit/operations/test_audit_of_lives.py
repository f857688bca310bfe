"""Audits of what the application wrote: whatever happened, and whenever one looks, it is right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.records.lifecycle import RecordState
from operations.findings import EVERYTHING, FaultKind, Findings, Scope
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.operations.builders import audited, faults_of, units_in
from tests.unit.operations.lives import LIVES, live_into_every_state, live_through_lateness
from tests.unit.operations.moving_ledger import MovingLedger

SEEDS = range(12)


def audit(house: Meterhouse, scope: Scope = EVERYTHING) -> Findings:
    return audited(house.ledger, house.clock.now(), scope)


@pytest.mark.parametrize("live", LIVES)
def test_whatever_happens_every_unit_has_its_place(live: Callable[[Meterhouse], None]) -> None:
    house = Meterhouse()
    live(house)

    found = audit(house)

    assert faults_of(found) == []
    assert found.is_right
    assert found.statements


def test_units_stand_where_their_records_do_to_the_last_decimal() -> None:
    house = Meterhouse()
    live_into_every_state(house)

    found = audit(house)

    assert found.is_right
    assert {standing: units_in(found, standing) for standing in Standing} == {
        Standing.METERED: Decimal(10_000_000_100),
        # The record that waits for AWS, the open hour, and what was carried to it.
        Standing.PENDING: Decimal("30.000001"),
        Standing.HELD: Decimal("6.5"),
        Standing.REJECTED: Decimal(2),
        Standing.DISPUTED: Decimal(3),
        Standing.EXPIRED: Decimal(4),
        Standing.INCLUDED: Decimal(0),
        # What came late, what was too much, and what was redriven; the first two went on twice.
        Standing.CARRIED: Decimal("25.000002"),
    }


def test_units_metered_are_the_units_that_aws_bills() -> None:
    house = Meterhouse()
    live_through_lateness(house)

    billed = sum((record.quantity for record in house.marketplace.bill()), Decimal(0))

    assert units_in(audit(house), Standing.METERED) == billed > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("live", LIVES)
def test_usage_that_moves_while_it_is_read_is_no_difference(
    live: Callable[[Meterhouse], None], seed: int
) -> None:
    ledger = MovingLedger()
    house = Meterhouse(ledger)
    audits: list[Findings] = []
    scope = Scope(since_at=NOON)

    ledger.run(lambda: live(house), lambda: audits.append(audit(house, scope)), seed)

    assert len(audits) > 1
    # A drain that stands still between its segment and the head that it makes is told of.
    faults = {fault for found in audits for fault in faults_of(found)}
    assert {fault for fault in faults if fault.kind is not FaultKind.HEAD_MISSING} == set()
    assert all(one.is_right for found in audits for one in found.statements)


def test_in_the_middle_of_a_run_nothing_is_at_fault_either() -> None:
    house = Meterhouse()
    buyer = house.buyer()
    house.marketplace.inject_fault("internal_error_before", count=1_000)
    house.drain(house.event(buyer, quantity=4))
    assert house.state(buyer) is RecordState.SUBMITTING

    found = audit(house)

    assert found.is_right
    assert units_in(found, Standing.HELD) == 4


def test_usage_of_an_open_hour_is_pending_and_a_repeat_counts_once() -> None:
    house = Meterhouse()
    house.hour_at = NOON + HOUR
    buyer = house.buyer()
    event = house.event(buyer, quantity=3, time=house.clock.now().isoformat())
    house.drain(event)
    house.drain(event, {**event, "id": "e2", "quantity": 4})

    found = audit(house)

    assert found.is_right
    (line,) = found.statements
    assert line.balance.journalled == line.balance.standings[Standing.PENDING] == 7


def test_usage_before_the_period_is_left_out_with_what_was_carried_from_it() -> None:
    house = Meterhouse()
    keys = live_into_every_state(house)

    found = audit(house, Scope(since_at=keys.held.hour_at))

    assert found.is_right
    # Two hours, and in the second of them what had come from earlier ones.
    assert sum(line.balance.journalled for line in found.statements) == Decimal("36.500001")
    assert {line.crossed.left for line in found.statements} == {0}
    assert {line.crossed.arrived for line in found.statements} == {0}


def test_what_was_carried_is_told_of_at_both_ends() -> None:
    house = Meterhouse()
    keys = live_into_every_state(house)

    crossed = {line.meter: line.crossed for line in audit(house).statements}

    assert crossed[keys.metered.meter].left == crossed[keys.metered.meter].arrived == 2
    assert crossed[keys.large.meter].left == Decimal("18.000002")
    assert crossed[keys.held.meter].left == 0


def test_idle_hours_balance() -> None:
    house = Meterhouse()
    house.policy = replace(house.policy, heartbeat=True)
    buyer = house.buyer()
    house.drain(house.event(buyer, quantity=1))
    house.clock.move_to(house.clock.now() + timedelta(hours=2))
    house.reconcile()

    (line,) = audit(house).statements

    assert line.is_right
    assert line.balance.records == 3
    assert line.balance.journalled == 1


def test_a_ledger_without_usage_is_right() -> None:
    found = audit(Meterhouse())

    assert (found.is_right, found.statements) == (True, ())
