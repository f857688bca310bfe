"""What people do about records is on record: who, when, what, why."""

from decimal import Decimal

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.audit_trail import AuditEntry, Deed
from meterhouse.domain.records.settlement import Order
from tests.fakes.meterhouse import Meterhouse
from tests.unit.use_cases.billing.test_settling import (
    ANN,
    invoiced,
    rejected,
    reopen,
    reopening,
    settle,
    status_of,
    trail,
)


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_who_did_what_and_why_is_on_record_with_what_was_before_and_after(
    house: Meterhouse,
) -> None:
    key = rejected(house)
    word = invoiced(house)
    settle(house, key, word)
    back = reopening(house)
    reopen(house, key)

    first, second = trail(house)
    assert first == AuditEntry(
        done_at=word.settled_at,
        deed=Deed.BILLED_ELSEWHERE,
        record=key,
        units=Decimal(3),
        late_units=Decimal(0),
        operator=ANN,
        reason="by invoice",
        reference="INV-7",
        before="REJECTED",
        after="REJECTED, billed_elsewhere",
    )
    assert (second.deed, second.reason) == (Deed.REOPENED, back.reopened_reason)
    assert (second.before, second.after) == (first.after, first.before)


def test_a_settlement_is_in_the_log_should_the_table_be_lost(house: Meterhouse) -> None:
    key = rejected(house)

    settle(house, key, invoiced(house))

    [line] = [fields for name, fields in house.report.events if name == "usage_settled"]
    assert (line["record"], line["deed"]) == (str(key), "billed_elsewhere")
    assert Decimal(str(line["units"])) == 3
    assert (line["caller"], line["reference"]) == (ANN.caller, "INV-7")


def test_a_redrive_is_on_record_with_who_ordered_it(house: Meterhouse) -> None:
    key = rejected(house)
    order = Order(ANN, house.clock.now(), "the dimension was added")

    house.reconcile(key, orders={key: order})

    [entry] = trail(house)
    assert (entry.deed, entry.operator, entry.reason) == (Deed.REDRIVEN, ANN, order.reason)
    assert (entry.done_at, entry.units) == (order.given_at, Decimal(3))
    assert (entry.before, entry.after) == ("REJECTED", "SEALED")
    assert status_of(house, key).sends == 2, "it was sent again"


def test_a_redrive_that_is_refused_is_not_on_record(house: Meterhouse) -> None:
    key = rejected(house)
    metered = RecordKey(key.subscription, "api_calls", key.hour_at)

    house.reconcile(metered, orders={metered: Order(ANN, house.clock.now())})

    assert trail(house) == []
