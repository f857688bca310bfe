"""A record that waits as a spike is shown with its norm; its decision is said first, then done."""

from dataclasses import replace
from decimal import Decimal

import pytest
from loopback_console.testing.visiting import Page, Visitor

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.spikes import SpikeHold
from tests.integration.operations.console.filled_stack import FilledStack
from tests.unit.operations.lives import find_record
from tests.unit.use_cases.billing.spiking import steady_buyer

PATH = "/needs-a-person"


@pytest.fixture
def held(filled: FilledStack) -> RecordKey:
    """Let a buyer of ten units an hour use a thousand."""
    house = filled.house
    house.policy = replace(house.policy, spikes=SpikeHold(Decimal(10), Decimal(50)))
    buyer = steady_buyer(house)
    house.drain(house.event(buyer, quantity=1_000))
    house.reconcile()
    filled.stack.at = house.clock.now()
    return house.key(buyer)


def state_of(filled: FilledStack, key: RecordKey) -> RecordState:
    batch, place = find_record(filled.house.ledger, key)
    return batch.records[place].state


def ask(operator: Visitor, path: str, key: RecordKey) -> Page:
    answer = operator.submit(f"{path}/confirm", **{"pick-1": str(key)})
    assert answer.status_code == 200, Page(answer.text).text
    return Page(answer.text)


def test_it_stands_there_with_its_norm_and_when_it_goes_by_itself(
    visitor: Visitor, held: RecordKey
) -> None:
    page = visitor.read(PATH)

    assert f"{held} 1,000 10 2026-" in page.text
    assert page.all("form") == []


@pytest.mark.parametrize(
    ("path", "state"),
    [("/spikes/release", RecordState.METERED), ("/spikes/reject", RecordState.REJECTED)],
    ids=["it is billed", "it is not billed"],
)
def test_a_person_decides(
    operator: Visitor, held: RecordKey, filled: FilledStack, *, path: str, state: RecordState
) -> None:
    asked = ask(operator, path, held)
    assert state_of(filled, held) is RecordState.SEALED, "nothing is done yet"

    fields = asked.values()
    assert "that is not what was shown" in operator.fail(path, **{**fields, "seen": ""}).text
    assert "The records" in operator.go_on(path, **fields).text
    filled.house.reconcile()

    assert state_of(filled, held) is state


def test_what_does_not_wait_as_a_spike_is_said(operator: Visitor, held: RecordKey) -> None:
    other = str(held._replace(dimension="other"))

    page = operator.fail("/spikes/release/confirm", **{"pick-1": other})

    assert f"that does not wait as a spike: {other}" in page.text
