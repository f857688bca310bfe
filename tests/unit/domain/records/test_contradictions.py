"""What a record may say, and what only a hand can have written: no step of ours makes it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from meterhouse.domain.keys import LogKey
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records.reasons import Reason
from meterhouse.domain.records.record import (
    Allocation,
    Batch,
    BatchKey,
    MeteringRecord,
    RecordStatus,
    SealedRecord,
    contradictions,
)
from meterhouse.domain.subscriptions.identity import LicenseIdentity
from tests.unit.operations.builders import HOUR, KEY, NOON_AT

TAGS = (("team", "ads"),)
IDENTITY = LicenseIdentity("444455556666", "arn:aws:license-manager::1:license:l-0")
WITH_RECEIPT = {RecordState.METERED, RecordState.DISPUTED}
NEVER_UNSENT = sorted(
    {RecordState.SUBMITTING, RecordState.METERED, RecordState.DISPUTED, RecordState.EXPIRED}
)


def record(state: RecordState = RecordState.METERED, **status: Any) -> MeteringRecord:
    """Return a record as the application writes it, of 7 units."""
    sealed = SealedRecord(KEY, IDENTITY, "product", NOON_AT, Decimal(7))
    if state is RecordState.INCLUDED:
        sealed = replace(sealed, quantity=Decimal(0), included=Decimal(7))
    stands = RecordStatus(
        state=state,
        due_at=NOON_AT if state in UNFINISHED else None,
        sends=1,
        metering_record_id="receipt" if state in WITH_RECEIPT else None,
    )
    return MeteringRecord(sealed, replace(stands, **status))


def frozen(**changes: Any) -> MeteringRecord:
    one = record()
    return replace(one, sealed=replace(one.sealed, **changes))


def said(one: MeteringRecord) -> list[str]:
    return list(contradictions(one))


@pytest.mark.parametrize("state", RecordState)
def test_a_record_that_meterhouse_wrote_contradicts_nothing(state: RecordState) -> None:
    assert said(record(state)) == []


@pytest.mark.parametrize("state", [RecordState.REJECTED, RecordState.CARRIED])
def test_what_nobody_registered_ends_without_a_send(state: RecordState) -> None:
    one = record(state, sends=0)

    assert said(replace(one, sealed=replace(one.sealed, identity=None, product_code=""))) == []


@pytest.mark.parametrize("state", NEVER_UNSENT)
def test_what_aws_was_asked_was_sent(state: RecordState) -> None:
    assert said(record(state, sends=0)) == [f"is {state} and was never sent"]


@pytest.mark.parametrize("state", RecordState)
def test_what_was_sent_names_somebody(state: RecordState) -> None:
    one = record(state)

    (clause,) = said(replace(one, sealed=replace(one.sealed, identity=None)))

    assert clause == f"is {state} and names nobody whom AWS could have been told of"


def test_what_is_to_be_sent_names_somebody() -> None:
    one = record(RecordState.SEALED, sends=0)

    assert said(one) == []
    assert len(said(replace(one, sealed=replace(one.sealed, identity=None)))) == 1


def test_what_aws_bills_has_a_receipt() -> None:
    assert said(record(metering_record_id=None)) == ["is METERED and has no receipt of AWS"]


def test_a_duplicate_of_our_own_may_come_without_a_receipt_and_a_receipt_without_a_name() -> None:
    assert said(record(metering_record_id=None, reason=Reason.OWN_DUPLICATE)) == []
    assert said(record(metering_record_id="")) == []


@pytest.mark.parametrize("state", sorted(set(RecordState) - WITH_RECEIPT))
def test_what_aws_does_not_hold_has_no_receipt(state: RecordState) -> None:
    clauses = said(record(state, metering_record_id="receipt"))

    assert clauses == [f"is {state} and has a receipt of AWS"]


def test_allocations_sum_to_the_quantity() -> None:
    parts = (Allocation(Decimal(5), TAGS), Allocation(Decimal(2), ()))

    assert said(frozen(allocations=parts)) == []
    assert said(frozen(allocations=parts, quantity=Decimal("7.000001"))) == [
        "allots 7 units and stands for 7.000001"
    ]


def test_what_is_included_has_nothing_to_be_billed_and_something_that_is_included() -> None:
    clause = "is INCLUDED and has something to be billed, or nothing that is included"
    one = record(RecordState.INCLUDED)

    for wrong in ({"quantity": Decimal(1)}, {"included": Decimal(0)}, {"included": None}):
        assert said(replace(one, sealed=replace(one.sealed, **wrong))) == [clause]


def test_no_record_stands_for_more_than_aws_takes() -> None:
    more = QUANTITY_MAX + Decimal("0.000001")

    assert said(frozen(quantity=more)) == ["stands for more than AWS takes: 10000000000 units"]


def test_units_are_set_apart_only_beyond_the_largest_quantity() -> None:
    rest = (Allocation(Decimal(3), ()),)

    assert said(frozen(quantity=QUANTITY_MAX, rest=rest)) == []
    assert said(frozen(rest=rest)) == ["sets 3 units apart and has room for them: it stands for 7"]


@pytest.mark.parametrize("seconds", [0, 3_599])
def test_a_time_within_the_hour_is_told(seconds: int) -> None:
    assert said(frozen(timestamp_at=NOON_AT + timedelta(seconds=seconds))) == []


@pytest.mark.parametrize("off", [-timedelta(seconds=1), HOUR])
def test_a_time_outside_the_hour_is_noticed(off: timedelta) -> None:
    (clause,) = said(frozen(timestamp_at=NOON_AT + off))

    assert clause.startswith("tells AWS a time outside its hour: 2026-11-18T1")


def test_everything_that_is_wrong_is_said() -> None:
    assert len(said(record(sends=0, metering_record_id=None))) == 2


def test_what_a_lost_table_may_have_sent_needs_no_send_and_no_receipt() -> None:
    expired = record(RecordState.EXPIRED, sends=0)
    metered = record(RecordState.METERED)
    metered = replace(metered, status=replace(metered.status, metering_record_id=None))

    assert (
        said(replace(expired, status=replace(expired.status, reason=Reason.TABLE_RESTORED))) == []
    )
    assert said(metered) == ["is METERED and has no receipt of AWS"]
    lost = replace(metered.status, reason=Reason.LOST_DUPLICATE)
    assert said(replace(metered, status=lost)) == []


@pytest.mark.parametrize("state", NEVER_UNSENT)
def test_no_step_of_ours_makes_a_record_that_contradicts_itself(state: RecordState) -> None:
    batch = Batch(BatchKey(LogKey(KEY.hour_at, 0), "name"), 0, (record(RecordState.SEALED),))
    one = record(state)

    assert batch.with_statuses({0: one.status}).records[0].status == one.status
    with pytest.raises(AssertionError, match="was never sent"):
        batch.with_statuses({0: replace(one.status, sends=0)})


def test_what_a_hand_has_written_holds_up_no_step_of_its_batch() -> None:
    odd, sound = (
        record(RecordState.SEALED, metering_record_id="by hand"),
        record(RecordState.SEALED),
    )
    batch = Batch(BatchKey(LogKey(KEY.hour_at, 0), "name"), 0, (odd, sound))
    claimed = record(RecordState.SUBMITTING).status

    after = batch.with_statuses({0: replace(claimed, metering_record_id="by hand"), 1: claimed})

    assert [one.state for one in after.records] == [RecordState.SUBMITTING] * 2
