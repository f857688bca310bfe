"""A person settles what AWS does not bill: it needs nobody any more, and is billed nowhere."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.quantity import format_quantity
from meterhouse.domain.records.audit_trail import AuditEntry
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.record import RecordStatus
from meterhouse.domain.records.settlement import (
    Operator,
    Reopening,
    SettledAs,
    Settlement,
)
from operations.reads import read_refused
from tests.fakes.books import check_books
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import lines, run_on
from tests.unit.use_cases.billing.test_late_usage_of_strangers import (
    late_stranger,
    redrive,
    redriven_stranger,
)

ANN = Operator("arn:aws:iam::123456789012:user/ann", "Ann")
EVER = (NOON - 99 * HOUR, NOON + 999 * HOUR)


def written_off(house: Meterhouse, reason: str = "goodwill") -> Settlement:
    return Settlement(SettledAs.WRITTEN_OFF, reason, None, ANN, house.clock.now())


def invoiced(house: Meterhouse, reference: str = "INV-7") -> Settlement:
    now = house.clock.now()
    return Settlement(SettledAs.BILLED_ELSEWHERE, "by invoice", reference, ANN, now)


def reopening(house: Meterhouse) -> Reopening:
    return Reopening("the wrong buyer", ANN, house.clock.now())


def settle(house: Meterhouse, key: RecordKey, settlement: Settlement) -> str:
    return house.reconcile(settled={key: settlement}).records["settled"][str(key)]


def reopen(house: Meterhouse, key: RecordKey) -> str:
    return house.reconcile(reopened={key: reopening(house)}).records["reopened"][str(key)]


def ledger_of(house: Meterhouse) -> InMemoryLedger:
    assert isinstance(house.ledger, InMemoryLedger)
    return house.ledger


def dealt_with(house: Meterhouse) -> list[tuple[str, str]]:
    """Return the units of records, and those that came late, of each action."""
    return [(format_quantity(one.units), format_quantity(one.late_units)) for one in trail(house)]


def trail(house: Meterhouse) -> list[AuditEntry]:
    return ledger_of(house).audit_trail(*EVER, count_max=99)


def who_needs_a_person(house: Meterhouse) -> list[str]:
    answer = read_refused(ledger_of(house), house.clock.now())
    return [*(one.record for one in answer.records), *(one.record for one in answer.late)]


def rejected(house: Meterhouse) -> RecordKey:
    """Let AWS refuse three units, in a batch with one unit that it bills."""
    buyer = house.buyer()
    house.drain(house.event(buyer, dimension="unheard_of", quantity=3), house.event(buyer))
    house.clock.move_to(house.clock.now() + timedelta(minutes=1))
    assert house.state(buyer, "unheard_of") is RecordState.REJECTED
    return house.key(buyer, "unheard_of")


def in_state(house: Meterhouse, state: RecordState) -> RecordKey:
    """Let a record end in a state in which AWS bills nothing for it."""
    key = rejected(house)
    ledger = ledger_of(house)
    for batch in ledger.stored_batches.values():
        records = tuple(
            replace(one, status=replace(one.status, state=state)) if one.key == key else one
            for one in batch.records
        )
        ledger.stored_batches[batch.key] = replace(batch, records=records)
    return key


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def status_of(house: Meterhouse, key: RecordKey) -> RecordStatus:
    [found] = [one for one in house.records(key.hour_at) if one.key == key]
    return found.status


@pytest.mark.parametrize("state", [RecordState.REJECTED, RecordState.DISPUTED, RecordState.EXPIRED])
def test_what_is_settled_needs_nobody_any_more_and_stays_what_it_is(
    house: Meterhouse, state: RecordState
) -> None:
    key = in_state(house, state)
    assert who_needs_a_person(house) == [str(key)]
    word = written_off(house)

    assert settle(house, key, word) == "settled"

    assert who_needs_a_person(house) == []
    assert ledger_of(house).refused(count_max=9) == []
    status = status_of(house, key)
    assert (status.state, status.settlement) == (state, word)


def test_its_units_stay_where_they_stand_in_the_accounts(house: Meterhouse) -> None:
    stranger = late_stranger(house)

    settle(house, house.key(stranger), written_off(house))

    run_on(house, hours=50)
    assert lines(house, stranger) == {("12", Standing.REJECTED): Decimal(7)}
    check_books(house)


@pytest.mark.parametrize("word", [invoiced, written_off])
def test_what_is_settled_is_never_redriven_until_it_is_opened_again(
    house: Meterhouse, word: object
) -> None:
    key = rejected(house)
    settlement = word(house)  # type: ignore[operator] # one of the two above
    settle(house, key, settlement)
    before = status_of(house, key)

    assert house.reconcile(key).records["redriven"] == {
        str(key): f"settled: {settlement.settled_as}"
    }
    assert status_of(house, key) == before

    assert reopen(house, key) == "reopened"
    assert who_needs_a_person(house) == [str(key)]
    assert house.reconcile(key).records["redriven"] == {str(key): "redriven"}


def test_what_stays_late_is_settled_with_its_record_and_opened_again_with_it(
    house: Meterhouse,
) -> None:
    stranger = late_stranger(house)
    key = house.key(stranger)
    assert who_needs_a_person(house) == [str(key), str(key)]

    assert settle(house, key, invoiced(house)) == "settled"

    assert who_needs_a_person(house) == []
    assert ledger_of(house).kept(count_max=9) == []
    assert dealt_with(house) == [("3", "4")]

    assert reopen(house, key) == "reopened"
    assert who_needs_a_person(house) == [str(key), str(key)]
    house.register(stranger)
    assert redrive(house, stranger) == "redriven"
    run_on(house, hours=50)
    assert sum(house.billed(stranger).values()) == 7
    check_books(house)


def test_usage_that_comes_after_it_was_settled_needs_a_person_again(house: Meterhouse) -> None:
    stranger = late_stranger(house, late=0)
    key = house.key(stranger)
    settle(house, key, written_off(house))
    house.drain(house.event(stranger, "late", quantity=4))
    assert who_needs_a_person(house) == [str(key)]

    assert settle(house, key, invoiced(house)) == "settled"

    assert who_needs_a_person(house) == []
    assert dealt_with(house) == [("3", "0"), ("0", "4")]


def test_what_is_settled_late_is_not_billed_when_its_record_was_redriven_before(
    house: Meterhouse,
) -> None:
    stranger = redriven_stranger(house)

    assert settle(house, house.key(stranger), invoiced(house)) == "settled"
    assert redrive(house, stranger) == "not_rejected: CARRIED"
    run_on(house, hours=50)

    assert sum(house.billed(stranger).values()) == 3
    check_books(house)


def test_what_came_later_goes_nowhere_while_its_record_is_settled(house: Meterhouse) -> None:
    stranger = late_stranger(house, late=0)
    settle(house, house.key(stranger), invoiced(house))
    house.drain(house.event(stranger, "late", quantity=4))
    house.register(stranger)

    assert redrive(house, stranger) == "settled: billed_elsewhere"
    run_on(house, hours=50)

    assert house.billed(stranger) == {}
    check_books(house)


def test_what_a_redrive_took_along_needs_nobody_and_cannot_be_settled(house: Meterhouse) -> None:
    stranger = late_stranger(house)
    house.register(stranger)
    redrive(house, stranger)

    assert ledger_of(house).kept(count_max=9) == []
    answer = settle(house, house.key(stranger), invoiced(house))
    assert answer == "not_unbilled: CARRIED"


def test_a_command_that_is_repeated_writes_nothing_twice(house: Meterhouse) -> None:
    key = rejected(house)
    settle(house, key, written_off(house))
    house.clock.move_to(house.clock.now() + HOUR)

    assert settle(house, key, written_off(house)) == "settled"
    assert settle(house, key, invoiced(house)) == "settled: written_off"
    assert len(trail(house)) == 1


def test_each_record_is_answered_for_itself(house: Meterhouse) -> None:
    key = rejected(house)
    metered = RecordKey(key.subscription, "api_calls", key.hour_at)
    unknown = RecordKey(key.subscription, "never_used", key.hour_at)
    word = written_off(house)

    summary = house.reconcile(settled=dict.fromkeys((metered, unknown, key), word))

    assert summary.records["settled"] == {
        str(metered): "not_unbilled: METERED",
        str(unknown): "not_found",
        str(key): "settled",
    }
    assert reopen(house, metered) == "not_settled"
    assert house.reconcile().records["settled"] == {}
