"""What somebody, or a bug, did to usage on its way from hour to hour."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.journal.segments import encode_carried
from meterhouse.domain.keys import LogKey
from operations.findings import FaultKind
from tests.fakes.meterhouse import HOUR
from tests.unit.operations.books import Books, difference
from tests.unit.operations.builders import faults_of, named


def test_late_usage_whose_carry_disappeared(books: Books) -> None:
    carry = books.carry("late#")
    del books.ledger.stored_carries[carry.log, carry.name]

    found = books.audit()

    assert named(found) == {
        difference(books.keys.metered),
        (carry.origin, FaultKind.CARRY_DIFFERENCE),
    }
    (detail,) = (one.detail for one in faults_of(found) if one.subject == carry.origin)
    assert detail == f"no carry says that it left, 1 arrived in {carry.target}"


def test_a_rest_whose_carry_disappeared(books: Books) -> None:
    carry = books.carry("rest#")
    del books.ledger.stored_carries[carry.log, carry.name]

    found = books.audit()

    assert named(found) == {
        difference(books.keys.large),
        (carry.origin, FaultKind.CARRY_DIFFERENCE),
    }
    (detail,) = (one.detail for one in faults_of(found) if one.kind is FaultKind.DIFFERENCE)
    assert detail == "9.000001 units beyond AWS's largest quantity were not carried on"


def test_a_carried_record_whose_carry_disappeared(books: Books) -> None:
    carry = books.carry("record#")
    del books.ledger.stored_carries[carry.log, carry.name]

    found = books.audit()

    assert named(found) == {
        (str(books.keys.carried), FaultKind.CARRY_DIFFERENCE),
        (carry.origin, FaultKind.CARRY_DIFFERENCE),
    }


def test_a_record_that_was_carried_with_other_units_than_it_had(books: Books) -> None:
    carry = books.carry("record#")
    parts = tuple(part._replace(quantity=Decimal(4)) for part in carry.parts)
    books.ledger.stored_carries[carry.log, carry.name] = replace(carry, parts=parts)

    found = books.audit()

    assert named(found) == {
        (str(books.keys.carried), FaultKind.CARRY_DIFFERENCE),
        (carry.origin, FaultKind.CARRY_DIFFERENCE),
    }
    details = {one.subject: one.detail for one in faults_of(found)}
    assert details[carry.origin] == (
        f"4 units left it for {carry.target}, 5 arrived in {carry.target}"
    )
    assert details[str(books.keys.carried)] == (
        "it was carried on, with 5 units; carries say so of 4"
    )


@pytest.mark.parametrize("kind", ["late#", "rest#", "record#"])
def test_a_carried_segment_that_disappeared_where_it_went(books: Books, kind: str) -> None:
    carry = books.carry(kind)
    books.drop(carry.target, books.arrival(carry))

    found = books.audit()

    assert (carry.origin, FaultKind.CARRY_DIFFERENCE) in named(found)
    (wrong,) = (one for one in faults_of(found) if one.subject == carry.origin)
    assert wrong.detail.endswith(f" units left it for {carry.target}, none arrived there")


def test_a_carried_segment_with_other_units(books: Books) -> None:
    carry = books.carry("record#")
    parts = [part._replace(quantity=Decimal(6)) for part in carry.parts]
    other = encode_carried(carry.target.hour_at, carry.origin, parts, carry.carried_at)
    books.rewrite(carry.target, books.arrival(carry), other.blob)

    found = books.audit()

    assert named(found) == {(carry.origin, FaultKind.CARRY_DIFFERENCE)}
    (wrong,) = (line for line in found.statements if not line.is_right)
    assert wrong.crossed.lost == 1
    assert wrong.balance.difference == 0


def test_usage_that_was_carried_to_two_hours(books: Books) -> None:
    carry = books.carry("record#")
    books.ledger.append(LogKey(books.keys.last_log.hour_at + HOUR, 0), books.arrival(carry))
    head = books.ledger.stored_heads[books.keys.last_log]
    log = head.log._replace(hour_at=head.log.hour_at + HOUR)
    books.ledger.stored_heads[log] = replace(head, log=log)

    (fault,) = faults_of(books.audit())

    assert (fault.subject, fault.kind) == (carry.origin, FaultKind.CARRY_DIFFERENCE)
    assert fault.detail == (
        f"5 units left it for {carry.target}, 5 arrived in {carry.target} and 5 arrived in {log}"
    )
