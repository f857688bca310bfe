"""What somebody, or a bug, did to records: what they bill, and in which batches they are."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.record import BatchKey
from operations.findings import FaultKind
from tests.unit.operations.books import Books, difference
from tests.unit.operations.builders import faults_of, named
from tests.unit.operations.lives import find_record


@pytest.mark.parametrize(("units", "left"), [("100.000002", "-0.000001"), ("100", "0.000001")])
def test_a_record_that_bills_other_units_than_its_hour_holds(
    books: Books, units: str, left: str
) -> None:
    books.refreeze(books.keys.metered, quantity=Decimal(units))

    found = books.audit()

    assert named(found) == {difference(books.keys.metered)}
    (wrong,) = (line for line in found.statements if not line.is_right)
    assert wrong.balance.difference == Decimal(left)
    assert wrong.faults[0].detail == (
        f"its journal holds 101.000001 units, it accounts for {Decimal(units) + 1}"
    )


def test_a_record_that_tells_aws_something_else(books: Books) -> None:
    books.restate(books.keys.metered, metering_record_id=None)

    (fault,) = faults_of(books.audit())

    assert (fault.subject, fault.kind) == (str(books.keys.metered), FaultKind.STATE_IMPOSSIBLE)
    assert fault.detail == "it is METERED and has no receipt of AWS"


def test_a_meter_that_was_frozen_in_two_batches(books: Books) -> None:
    batch, _ = find_record(books.ledger, books.keys.rejected)
    twin = BatchKey(batch.key.log, "twin")
    books.ledger.stored_batches[twin] = replace(batch, key=twin)

    twice = {subject for subject, kind in named(books.audit()) if kind is FaultKind.FROZEN_TWICE}

    assert twice == {str(record.key) for record in batch.records}


def test_a_meter_that_was_frozen_in_two_shards_of_an_hour(books: Books) -> None:
    batch, _ = find_record(books.ledger, books.keys.rejected)
    twin = BatchKey(LogKey(batch.key.log.hour_at, 1), "twin")
    books.ledger.stored_batches[twin] = replace(batch, key=twin)
    head = books.ledger.stored_heads[batch.key.log]
    books.ledger.stored_heads[twin.log] = replace(head, log=twin.log)

    found = books.audit()

    assert (str(books.keys.rejected), FaultKind.FROZEN_TWICE) in named(found)
    (detail,) = (
        one.detail
        for one in faults_of(found)
        if one.kind is FaultKind.FROZEN_TWICE and one.subject == str(books.keys.rejected)
    )
    assert detail == f"it was frozen twice: in {batch.key} and in {twin}"


def test_a_batch_that_was_frozen_while_its_generation_was_open(books: Books) -> None:
    batch, _ = find_record(books.ledger, books.keys.submitting)
    books.ledger.stored_batches[batch.key] = replace(batch, through=1)

    found = named(books.audit())

    assert (str(batch.key), FaultKind.FROZEN_TOO_EARLY) in found


def test_a_batch_that_disappeared_after_its_hour_was_balanced(books: Books) -> None:
    batch, _ = find_record(books.ledger, books.keys.metered)
    del books.ledger.stored_batches[batch.key]

    found = books.audit()

    gone = {difference(record.key) for record in batch.records if record.units}
    assert gone <= named(found)
    (wrong,) = (line for line in found.statements if line.meter == books.keys.rejected.meter)
    assert wrong.balance.standings[Standing.PENDING] == 0
    assert wrong.balance.difference == 2
    assert wrong.faults[0].detail == "2 units have no record, and nothing will make one"
