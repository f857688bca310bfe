"""Late usage leaves its hour once AWS has the hour's record, or takes it no more (ADR 0035)."""

from dataclasses import replace

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.journal.segments import decode_segment
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.use_cases.billing import carry_usage
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.hours import MINUTE, events_named, run_at
from tests.unit.use_cases.billing.waiting import DEADLINE_AT, refused, unanswered, units_of
from tests.unit.use_cases.ledgers import HookedLedger


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_it_stays_with_a_record_that_aws_has_not_taken(house: Meterhouse) -> None:
    unanswered(house)

    for _ in range(10):
        run_at(house, 60)

    assert house.marketplace.bill() == ()
    assert units_of(house, Standing.PENDING) == 5
    assert house.head().reason is Reason.LATE_USAGE_WAITS
    assert events_named(house, "late_usage_waits")


def test_it_goes_on_within_an_hour_once_aws_has_the_record(house: Meterhouse) -> None:
    buyer = unanswered(house)
    for _ in range(5):
        run_at(house, 60)
    house.marketplace.clear_faults()
    run_at(house, 60)
    assert house.state(buyer) is RecordState.METERED

    for _ in range(3):
        run_at(house, 60)

    assert house.billed(buyer)["12"] == 100
    assert sum(house.billed(buyer).values()) == 105
    assert house.head().reason is None
    check_books(house)


def test_it_goes_on_when_aws_takes_no_more_of_its_hour(house: Meterhouse) -> None:
    buyer = refused(house)
    house.clock.move_to(DEADLINE_AT - 6 * MINUTE)
    house.reconcile()
    assert units_of(house, Standing.CARRIED) == 0

    house.clock.move_to(DEADLINE_AT - 4 * MINUTE)
    house.reconcile()

    assert units_of(house, Standing.CARRIED) == 5
    assert house.state(buyer, "unheard_of") is RecordState.REJECTED
    for _ in range(3):
        run_at(house, 60)
    check_books(house)


def test_it_stays_with_a_record_of_a_buyer_who_is_not_subscribed(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.marketplace.end_agreement(buyer.agreement_id, ends_at=NOON - 3 * HOUR)
    house.drain(house.event(buyer, quantity=100))
    house.drain(house.event(buyer, "late", quantity=5))
    assert house.record(buyer).status.reason == Reason.NOT_SUBSCRIBED

    run_at(house, 60)

    assert units_of(house, Standing.CARRIED) == 0, "it may be subscribed again, and then be billed"


def test_it_goes_on_at_once_if_aws_has_another_record(house: Meterhouse) -> None:
    buyer = house.buyer()
    stranger = {
        "Timestamp": NOON,
        "Dimension": "api_calls",
        "Quantity": 99,
        "CustomerAWSAccountId": buyer.customer_aws_account_id,
        "LicenseArn": buyer.license_arn,
    }
    house.marketplace.batch_meter_usage(UsageRecords=[stranger])
    house.drain(house.event(buyer, quantity=100))
    assert house.state(buyer) is RecordState.DISPUTED

    house.drain(house.event(buyer, "late", quantity=5))

    assert units_of(house, Standing.CARRIED) == 5


def test_nobody_elses_waits_for_that(house: Meterhouse) -> None:
    buyer, other = house.buyer(), house.buyer()
    arn = buyer.license_arn
    house.marketplace.inject_fault("unprocessed", license_arn=arn, count=1_000_000)
    house.drain(house.event(buyer, quantity=100), house.event(other, quantity=1_000))
    late = house.event(buyer, "late", quantity=5), house.event(other, "late", quantity=50)
    house.drain(*late)
    run_at(house, 10)
    for _ in range(2):
        run_at(house, 60)
    assert sum(house.billed(other).values()) == 1_050
    assert house.billed(buyer) == {}

    house.marketplace.clear_faults()
    for _ in range(4):
        run_at(house, 60)

    assert sum(house.billed(buyer).values()) == 105
    assert sum(house.billed(other).values()) == 1_050
    assert house.report.metrics["LateEventsCarried"] == 2
    check_books(house)


def assert_all_of_three_is_billed(house: Meterhouse) -> None:
    """Let three buyers use 100 units, and 5 more that come late."""
    buyers = [house.buyer() for _ in range(3)]
    house.drain(*(house.event(buyer, quantity=100) for buyer in buyers))
    house.drain(*(house.event(buyer, "late", quantity=5) for buyer in buyers))

    for _ in range(4):
        run_at(house, 60)

    assert [sum(house.billed(buyer).values()) for buyer in buyers] == [105] * 3
    check_books(house)


class _ContendedLedger(InMemoryLedger):
    """Somebody who knew of one meter's record only is faster to write down what is carried."""

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        if len(carry.parts) > 1 and carry.version == 1:
            super().write_carry(replace(carry, parts=carry.parts[:1]))
        return super().write_carry(carry, keeper=keeper)


def test_what_somebody_else_did_not_write_down_goes_by_the_next_number() -> None:
    assert_all_of_three_is_billed(Meterhouse(_ContendedLedger()))


class _OvertakenLedger(InMemoryLedger):
    """Somebody who knew of the last meter's record only is faster to write down what is carried."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Carry] = []

    def write_carry(self, carry: Carry, *, keeper: Carry | None = None) -> Carry:
        if not self.written:
            [segment] = self.segments(carry.log, 1)
            *_, last = decode_segment(segment.name, segment.blob).meters
            parts = (carry.parts[0]._replace(meter=last.meter),)
            self.written.append(super().write_carry(replace(carry, parts=parts)))
        return super().write_carry(carry, keeper=keeper)


def test_whoever_is_overtaken_writes_down_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would write next may be in what stands: each item holds one part here."""
    monkeypatch.setattr(carry_usage, "CARRY_BYTES_MAX", 1)
    house = Meterhouse(_OvertakenLedger())
    assert_all_of_three_is_billed(house)
    assert house.report.metrics["LateEventsCarried"] == 2, "the other one counts its own"


def test_what_comes_while_some_waits_is_billed_with_it(house: Meterhouse) -> None:
    buyer = unanswered(house)
    for number in range(5):
        house.drain(house.event(buyer, f"later{number}", quantity=1))
        run_at(house, 60)

    house.marketplace.clear_faults()
    for _ in range(4):
        run_at(house, 60)

    assert sum(house.billed(buyer).values()) == 110
    check_books(house)


def test_what_was_carried_is_read_once_however_often_more_came() -> None:
    ledger = HookedLedger()
    house = Meterhouse(ledger)
    buyer = unanswered(house)
    for number in range(5):
        house.drain(house.event(buyer, f"later{number}", quantity=1))
        run_at(house, 60)
    ledger.asked.clear()

    run_at(house, 60)

    assert house.head().done < house.head().open - 5
    assert ledger.asked.count("carries") <= 2
