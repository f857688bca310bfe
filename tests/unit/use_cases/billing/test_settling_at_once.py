"""Settling while somebody redrives, and more of it than one write or one carry takes."""

from datetime import datetime

import pytest
from marketplace_sandbox.testing import Agreement

from meterhouse.domain.records.settlement import SettledAs, Settlement
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.billing.subscription_times import run_on
from tests.unit.use_cases.billing.test_late_usage_of_strangers import (
    late_stranger,
    redrive,
    redriven_stranger,
)
from tests.unit.use_cases.billing.test_settling import (
    ANN,
    dealt_with,
    invoiced,
    settle,
    trail,
    who_needs_a_person,
    written_off,
)
from tests.unit.use_cases.ledgers import HookedLedger, on


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def hooked_ledger(house: Meterhouse) -> HookedLedger:
    assert isinstance(house.ledger, HookedLedger)
    return house.ledger


@pytest.fixture
def hooked() -> Meterhouse:
    return Meterhouse(HookedLedger())


def test_of_a_redrive_and_a_settlement_at_once_the_settlement_is_done(hooked: Meterhouse) -> None:
    stranger = late_stranger(hooked)
    hooked.register(stranger)
    key = hooked.key(stranger)
    # Another run settles it when this one has read everything.
    ledger = hooked_ledger(hooked)
    ledger.before = on("write_carry", lambda: settle(hooked, key, invoiced(hooked)))

    assert redrive(hooked, stranger) == "changed_meanwhile"

    run_on(hooked, hours=50)
    assert hooked.billed(stranger) == {}
    check_books(hooked)


def test_what_only_came_late_is_settled_or_redriven_and_not_both(hooked: Meterhouse) -> None:
    stranger = redriven_stranger(hooked)
    key = hooked.key(stranger)
    ledger = hooked_ledger(hooked)
    ledger.before = on("write_carry", lambda: settle(hooked, key, invoiced(hooked)))

    assert redrive(hooked, stranger) == "changed_meanwhile"

    run_on(hooked, hours=50)
    assert sum(hooked.billed(stranger).values()) == 3
    check_books(hooked)


def test_of_a_settlement_and_a_redrive_at_once_the_redrive_is_done(hooked: Meterhouse) -> None:
    stranger = late_stranger(hooked)
    hooked.register(stranger)
    ledger = hooked_ledger(hooked)
    ledger.before = on("store_audited", lambda: redrive(hooked, stranger))

    assert settle(hooked, hooked.key(stranger), invoiced(hooked)) == "changed_meanwhile"

    run_on(hooked, hours=50)
    assert sum(hooked.billed(stranger).values()) == 7
    assert trail(hooked) == []
    check_books(hooked)


def test_more_late_usage_than_one_write_takes_is_settled_all_the_same(
    house: Meterhouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meterhouse.use_cases.billing.settle_record.CARRIES_PER_WRITE_MAX", 2)
    stranger = late_stranger(house)
    for number in range(4):
        house.drain(house.event(stranger, f"late {number}", quantity=1))
    key = house.key(stranger)

    assert settle(house, key, written_off(house)) == "settled"

    assert who_needs_a_person(house) == []
    assert dealt_with(house) == [("3", "5"), ("0", "2"), ("0", "1")]


def test_a_carry_takes_so_many_words_and_no_more(house: Meterhouse) -> None:
    strangers = [house.subscribe() for _ in range(26)]
    house.drain(*(house.event(one, quantity=1) for one in strangers))
    house.clock.move_to(NOON + 26 * HOUR)
    house.reconcile()
    house.drain(*(house.event(one, "late", quantity=1) for one in strangers))

    def say(number: int, stranger: Agreement, at: datetime) -> str:
        word = Settlement(SettledAs.WRITTEN_OFF, f"reason {number}", None, ANN, at)
        return settle(house, house.key(stranger), word)

    *answers, last = [say(number, one, house.clock.now()) for number, one in enumerate(strangers)]

    assert (set(answers), last) == ({"settled"}, "too_many_settlements")
    assert who_needs_a_person(house) == [str(house.key(strangers[-1]))] * 2
