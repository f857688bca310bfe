"""Naming the records that make an account's balance wrong."""

from decimal import Decimal

import pytest

from meterhouse.domain.journal import PageKind
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import MeteringRecord
from operations.collected_report import CollectedReport
from operations.faults import FaultKind
from operations.location import locate_faults
from tests.fakes.ledger import InMemoryLedger
from tests.unit.domain.builders import HOUR, KEY, NOON_AT, page_of, record_in

LATER = KEY._replace(hour_at=NOON_AT + 3 * HOUR)


def located(
    *records: MeteringRecord, since_hours: int | None = None
) -> list[tuple[int, FaultKind]]:
    """Return the hours after noon and kinds of what is found."""
    ledger = InMemoryLedger()
    ledger.records = {record.key: record for record in records}
    since = None if since_hours is None else NOON_AT + since_hours * HOUR
    keys = [record.key for record in records]
    return [
        ((fault.record.hour_at - NOON_AT) // HOUR, fault.kind)
        for fault in locate_faults(ledger, CollectedReport(), keys, since)
    ]


def arrival(units: str, kind: PageKind = PageKind.CARRIED_RECORD) -> MeteringRecord:
    """Return an open record to which units of the record at noon were carried."""
    return record_in(
        RecordState.OPEN, page_of(("carried/0", units), kind=kind), page_of(("own", 1)), key=LATER
    )


@pytest.mark.parametrize("units", ["6.999999", "7.000001"])
def test_a_record_that_bills_other_units_than_its_journal_holds_is_named(units: str) -> None:
    right = record_in(RecordState.METERED, page_of(("e1", 7)))
    wrong = record_in(RecordState.METERED, page_of(("e1", 7)), key=LATER, units=units)

    assert located(right, wrong) == [(3, FaultKind.DIFFERENCE)]


def test_units_that_left_one_hour_and_arrived_in_another_are_no_fault() -> None:
    carried = record_in(RecordState.CARRIED, page_of(("e1", 7)))

    assert located(carried, arrival("7")) == []


@pytest.mark.parametrize("units", ["6.5", "7.5"])
def test_units_that_arrived_differently_are_a_fault_of_the_hour_that_they_left(units: str) -> None:
    carried = record_in(RecordState.CARRIED, page_of(("e1", 7)))

    assert located(carried, arrival(units)) == [(0, FaultKind.CARRY_DIFFERENCE)]


def test_late_usage_and_a_rest_leave_an_hour_too() -> None:
    late = page_of(("late", "0.5"), kind=PageKind.LATE)
    home = record_in(RecordState.METERED, page_of(("e1", 10)), late, units=7, rest_units=3)
    arrived = record_in(
        RecordState.OPEN,
        page_of(("late", "0.5"), kind=PageKind.CARRIED_EVENTS),
        page_of(("carried_rest/0", 3), kind=PageKind.CARRIED_REST),
        key=LATER,
    )

    assert located(home, arrived) == []
    assert located(home) == [(0, FaultKind.CARRY_DIFFERENCE)]


def test_usage_that_arrived_from_an_hour_without_a_record_names_that_hour() -> None:
    assert located(arrival("7")) == [(0, FaultKind.CARRY_DIFFERENCE)]
    assert located(arrival("7"), since_hours=1) == [], "that hour lies before the period"


def test_the_same_units_carried_from_two_hours_are_told_apart() -> None:
    one = record_in(RecordState.CARRIED, page_of(("e1", 7)))
    two = record_in(
        RecordState.CARRIED, page_of(("e1", 7)), key=KEY._replace(hour_at=NOON_AT + HOUR)
    )
    both_from_noon = record_in(
        RecordState.OPEN,
        page_of(("carried/0", 7), kind=PageKind.CARRIED_RECORD),
        page_of(("carried/1", 7), kind=PageKind.CARRIED_RECORD),
        key=LATER,
    )

    assert located(one, two, both_from_noon) == [
        (0, FaultKind.CARRY_DIFFERENCE),
        (1, FaultKind.CARRY_DIFFERENCE),
    ]


def test_details_are_exact() -> None:
    ledger = InMemoryLedger()
    ledger.records = {
        KEY: record_in(
            RecordState.METERED, page_of(("e1", "9999999999.999999")), units=Decimal("0.000001")
        )
    }

    (fault,) = locate_faults(ledger, CollectedReport(), [KEY], None)

    assert fault.detail == "its journal holds 9999999999.999999 units, it accounts for 0.000001"
