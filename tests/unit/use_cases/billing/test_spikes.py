"""What is far beyond its meter's norm waits for a person, and nothing else does."""

from datetime import datetime
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.accounting.sheets import DaySheet
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.spikes import RELEASE_LEAD
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import JournalCorruptError
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import NOON
from tests.unit.use_cases.billing.spiking import meterhouse, steady_buyer, used_to


def test_what_is_far_beyond_its_norm_waits_and_what_is_not_goes() -> None:
    house = meterhouse()
    usual, unusual = steady_buyer(house), steady_buyer(house)

    house.drain(house.event(usual, quantity=100), house.event(unusual, quantity=101))

    assert house.billed(usual) == {"12": Decimal(100)}
    assert house.billed(unusual) == {}
    status = house.record(unusual).status
    assert (status.state, status.reason, status.sends) == (
        *(RecordState.SEALED, Reason.SPIKE_HELD),
        0,
    )
    assert status.due_at == deadline_of(NOON) - RELEASE_LEAD
    (held,) = [one for name, one in house.report.events if name == "spike_held"]
    assert (held["units"], held["norm"]) == ("101", "10")


@pytest.mark.parametrize(
    ("units", "days"),
    [
        (49, {2: 1, 3: 1, 4: 1}),
        (5_000, {2: 1, 3: 1}),
        (5_000, {10: 1, 11: 1, 12: 1}),
        (5_000, {2: 1, 3: 1, 4: 500}),
        (5_000, {}),
    ],
    ids=[
        "fewer units than anybody would look at",
        "billed on two days only",
        "billed longer than nine days ago only",
        "as much in one hour of last week",
        "a buyer who is new",
    ],
)
def test_what_is_no_spike_is_billed_at_once(units: int, days: dict[int, int]) -> None:
    house = meterhouse()
    buyer = house.buyer()
    used_to(house, buyer, days)

    house.drain(house.event(buyer, quantity=units))

    assert house.billed(buyer) == {"12": Decimal(units)}


def test_a_spike_that_was_not_billed_is_nobodys_norm() -> None:
    house = meterhouse()
    buyer = steady_buyer(house)
    used_to(house, buyer, {5: 1_000}, standing=Standing.REJECTED)

    house.drain(house.event(buyer, quantity=1_000))

    assert house.record(buyer).status.reason == Reason.SPIKE_HELD


def test_switched_off_nothing_is_asked_and_nothing_waits() -> None:
    house = meterhouse(factor=0, ledger=WithoutSheets())
    buyer = house.buyer()

    house.drain(house.event(buyer, quantity=1_000_000))

    assert house.billed(buyer) == {"12": Decimal(1_000_000)}
    assert "norm_not_read" not in house.report.failures
    house.reconcile()
    assert "SpikesHeld" not in house.report.metrics


class WithoutSheets(InMemoryLedger):
    """Has sheets that nobody can read."""

    def sheets(
        self, subscription: SubscriptionKey, first_at: datetime, last_at: datetime
    ) -> list[DaySheet]:
        raise JournalCorruptError(f"no sheets of {subscription}, {first_at} to {last_at}")


def test_a_norm_that_cannot_be_read_keeps_no_bill_waiting() -> None:
    house = meterhouse(ledger=WithoutSheets())
    buyer = house.buyer()

    house.drain(house.event(buyer, quantity=1_000))

    assert house.billed(buyer) == {"12": Decimal(1_000)}
    assert "norm_not_read" in house.report.failures
