"""What somebody, or a bug, did to an hour: segments, manifests and heads."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.accounting.balances import Standing
from meterhouse.domain.journal.segments import encode_events
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.ports.ledger import StoredSegment
from operations.findings import FaultKind, Scope
from tests.fakes.meterhouse import HOUR
from tests.unit.operations.books import Books, difference
from tests.unit.operations.builders import faults_of, named


def other_events(key: RecordKey, *quantities: str) -> bytes:
    events = [
        UsageEvent(f"other {n}", key, Decimal(one), key.hour_at, ())
        for n, one in enumerate(quantities)
    ]
    (segment,) = encode_events(key.hour_at, events)
    return segment.blob


def test_a_segment_that_disappeared(books: Books) -> None:
    one = books.segment(books.keys.log)
    books.drop(books.keys.log, one)

    found = books.audit()

    subject = f"{books.keys.log}/0#{one.name}"
    assert (subject, FaultKind.SEGMENT_MISSING) in named(found)
    assert difference(books.keys.metered) in named(found)
    line = next(line for line in found.statements if line.meter == books.keys.metered.meter)
    assert line.balance.difference == Decimal("-100.000001")


def test_a_segment_that_disappeared_from_the_open_hour_is_not_seen(books: Books) -> None:
    # It is in no manifest yet: nothing tells that it ever was there.
    one = books.segment(books.keys.last_log)
    books.drop(books.keys.last_log, one)

    assert FaultKind.SEGMENT_MISSING not in {kind for _, kind in named(books.audit())}


def test_a_segment_with_another_content(books: Books) -> None:
    key, log = books.keys.metered, books.keys.log
    one = books.segment(log)
    books.rewrite(log, one, other_events(key, "100.000001"))

    found = books.audit()

    (detail,) = (
        fault.detail for fault in found.faults if fault.kind is FaultKind.SEGMENT_UNREADABLE
    )
    assert "does not hold what it was named after" in detail
    assert {subject for subject, kind in named(found) if kind is FaultKind.SEGMENT_UNREADABLE} == {
        f"{log}/0#{one.name}"
    }


@pytest.mark.parametrize("blob", [b"", b"text"])
def test_a_damaged_segment_of_an_open_hour(books: Books, blob: bytes) -> None:
    log = books.keys.last_log
    one = StoredSegment(0, "0" * 32, blob)
    books.ledger.append(log, one)

    assert named(books.audit()) == {(f"{log}/0#{one.name}", FaultKind.SEGMENT_UNREADABLE)}


def test_a_segment_that_no_manifest_names_is_nothing(books: Books) -> None:
    stray = StoredSegment(0, "0" * 32, b"damaged, too")
    books.ledger.append(books.keys.log, stray)

    assert books.audit().is_right


def test_a_segment_that_was_set_aside(books: Books) -> None:
    head = books.ledger.stored_heads[books.keys.log]
    books.ledger.stored_heads[head.log] = replace(head, aside=("1#" + "0" * 32,))

    (fault,) = faults_of(books.audit())

    assert (fault.subject, fault.kind) == (
        f"{head.log}/1#{'0' * 32}",
        FaultKind.SEGMENT_ASIDE,
    )


@pytest.mark.parametrize("generation", [0, 1])
def test_a_manifest_that_disappeared(books: Books, generation: int) -> None:
    del books.ledger.stored_manifests[books.keys.log, generation]

    (fault,) = faults_of(books.audit())

    assert (fault.subject, fault.kind) == (str(books.keys.log), FaultKind.MANIFEST_MISSING)
    assert f"generation {generation}" in fault.detail


def test_a_manifest_that_disappeared_before_its_hour_was_dealt_with(books: Books) -> None:
    head = books.ledger.stored_heads[books.keys.log]
    books.ledger.stored_heads[head.log] = replace(head, done=0, is_balanced=False)
    del books.ledger.stored_manifests[head.log, 0]

    assert (str(head.log), FaultKind.MANIFEST_MISSING) in named(books.audit())


def test_an_hour_that_is_being_closed_has_no_manifest_yet(books: Books) -> None:
    head = books.ledger.stored_heads[books.keys.last_log]
    books.ledger.stored_heads[head.log] = replace(head, open=1)

    assert books.audit().is_right


def test_an_hour_whose_head_disappeared(books: Books) -> None:
    del books.ledger.stored_heads[books.keys.log]

    found = books.audit()

    assert named(found) == {(str(books.keys.log), FaultKind.HEAD_MISSING)}
    # Its units are shown all the same.
    (line,) = (line for line in found.statements if line.meter == books.keys.rejected.meter)
    assert line.balance.standings[Standing.REJECTED] == 2


def test_an_hour_whose_head_disappeared_before_it_was_closed(books: Books) -> None:
    del books.ledger.stored_heads[books.keys.last_log]

    assert named(books.audit()) == {(str(books.keys.last_log), FaultKind.HEAD_MISSING)}


def test_a_fault_before_the_period_is_not_looked_for(books: Books) -> None:
    books.refreeze(books.keys.metered, quantity=Decimal(99))
    hour_at = books.keys.log.hour_at

    assert not books.audit(Scope(since_at=hour_at)).is_right
    assert books.audit(Scope(since_at=hour_at + HOUR)).is_right


def test_only_the_faults_of_a_subscription_and_of_its_hours_are_told(books: Books) -> None:
    books.refreeze(books.keys.metered, quantity=Decimal(99))
    books.restate(books.keys.rejected, metering_record_id="receipt")
    books.ledger.append(books.keys.last_log, StoredSegment(0, "0" * 32, b"damaged"))

    found = books.audit(Scope(subscription=books.keys.rejected.subscription))

    assert [line.meter for line in found.statements] == [books.keys.rejected.meter]
    assert {kind for _, kind in named(found)} == {
        FaultKind.STATE_IMPOSSIBLE,
        FaultKind.SEGMENT_UNREADABLE,
    }
