"""Late usage that waits is no risk for itself, and is billed in the final hour of who leaves."""

from datetime import datetime

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.errors import StorageUnavailableError
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import MINUTE, run_at
from tests.unit.use_cases.billing.leaving import run_until, say_ended
from tests.unit.use_cases.billing.spiking import meterhouse, steady_buyer
from tests.unit.use_cases.billing.waiting import DEADLINE_AT, refused, unanswered, units_of
from tests.unit.use_cases.ledgers import HookedLedger, on


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_it_is_no_risk_beside_a_record_that_needs_a_person(house: Meterhouse) -> None:
    refused(house)
    house.clock.move_to(DEADLINE_AT - HOUR)

    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 0
    assert house.report.metrics["RecordsPending"] == 0


def test_it_is_a_risk_once_it_should_have_gone() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    refused(house)
    ledger.before = on("take", _fail)
    house.clock.move_to(DEADLINE_AT + 40 * MINUTE)

    house.reconcile()

    assert house.report.metrics["RecordsAtRisk"] == 1


class _DeafTargetsLedger(InMemoryLedger):
    """No other hour than noon says that it counts what was appended to it."""

    def open_log(self, log: LogKey, due_at: datetime, written_at: datetime | None = None) -> bool:
        return log.hour_at == NOON and super().open_log(log, due_at, written_at)


def test_what_does_not_arrive_is_pending_though_other_late_usage_waits() -> None:
    house = Meterhouse(_DeafTargetsLedger())
    other = house.buyer()
    house.drain(house.event(other, quantity=1_000))
    unanswered(house)
    house.drain(house.event(other, "late", quantity=50))
    assert house.state(other) is RecordState.METERED

    run_at(house, 60)

    assert house.report.metrics["RecordsPending"] == 2, "the record, and the hour"


def test_of_who_leaves_it_goes_on_though_a_person_rejected_the_record() -> None:
    """AWS takes it for an hour only, in which no table is restored and no record sent anew."""
    house = meterhouse()
    buyer = steady_buyer(house)
    house.drain(house.event(buyer, quantity=1_000))
    house.reconcile(rejected=[house.key(buyer)])
    house.drain(house.event(buyer, "late", quantity=5))
    assert units_of(house, Standing.CARRIED) == 0
    house.marketplace.end_agreement(buyer.agreement_id)
    say_ended(house, buyer)

    run_until(house, house.clock.now() + 55 * MINUTE)

    assert sum(house.billed(buyer).values()) == 5
    assert house.report.metrics["FinalUnitsAtRisk"] == 0


def test_of_who_leaves_it_waits_for_a_record_that_aws_may_still_take(house: Meterhouse) -> None:
    buyer = unanswered(house)
    house.marketplace.end_agreement(buyer.agreement_id)
    say_ended(house, buyer)

    run_until(house, house.clock.now() + 20 * MINUTE)
    assert units_of(house, Standing.CARRIED) == 0
    house.marketplace.clear_faults()
    run_until(house, house.clock.now() + 35 * MINUTE)

    assert sum(house.billed(buyer).values()) == 105


def test_somebody_elses_final_hour_does_not_read_its_hour_at_every_run(house: Meterhouse) -> None:
    refused(house)
    leaver = house.buyer()
    run_at(house, 60)
    before = house.head().open
    house.marketplace.end_agreement(leaver.agreement_id)
    say_ended(house, leaver)

    run_until(house, house.clock.now() + 50 * MINUTE)

    assert 2 <= house.head().open - before <= 4


def _fail() -> None:
    raise StorageUnavailableError("down")
