"""What is told of usage that ended unbilled: each end once, and nothing of what goes well."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.records.announcing import BatchChange
from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.records.record import Batch, MeteringRecord
from meterhouse.domain.records.settlement import Operator, SettledAs, Settlement
from tests.unit.domain.builders import KEY, NOON_AT, batch_of, record_in, sealed_record

CHANGED_AT = NOON_AT + timedelta(hours=2)
OTHER_KEY = RecordKey(KEY.subscription, "storage", KEY.hour_at)
SENT = record_in(RecordState.SUBMITTING)
REJECTED = record_in(RecordState.REJECTED, reason="subscription_unknown")
WRITTEN_OFF = Settlement(SettledAs.WRITTEN_OFF, "goodwill", None, Operator("arn"), CHANGED_AT)
OTHER = replace(SENT, sealed=sealed_record(key=OTHER_KEY))


def change(before: Batch | None, after: Batch) -> BatchChange:
    return BatchChange("100", before, after, CHANGED_AT)


def told(before: list[MeteringRecord] | None, after: list[MeteringRecord]) -> list[str]:
    earlier = None if before is None else batch_of(*before)
    said = change(earlier, replace(batch_of(*after), version=2)).announcements
    return [f"{one.record.key.dimension} {one.news}" for one in said]


@pytest.mark.parametrize("state", sorted(NOT_BILLED))
def test_usage_that_ends_unbilled_is_told_of(state: RecordState) -> None:
    assert told([SENT, OTHER], [record_in(state), OTHER]) == [f"{KEY.dimension} {state.lower()}"]


@pytest.mark.parametrize("state", sorted(set(RecordState) - NOT_BILLED))
def test_whatever_else_becomes_of_usage_is_not(state: RecordState) -> None:
    assert told([SENT], [record_in(state)]) == []


def test_usage_that_was_never_sent_is_told_of_when_it_is_frozen() -> None:
    assert told(None, [REJECTED]) == [f"{KEY.dimension} rejected"]


def test_an_end_is_told_of_once_whatever_becomes_of_its_neighbours() -> None:
    assert told([REJECTED, OTHER], [REJECTED, record_in(RecordState.REJECTED, OTHER.sealed)]) == [
        "storage rejected"
    ]


def test_what_ends_so_again_after_a_redrive_is_told_of_again() -> None:
    first = change(batch_of(SENT), replace(batch_of(REJECTED), version=2))
    again = change(batch_of(SENT), replace(batch_of(REJECTED), version=4))

    assert first.announcements[0].id != again.announcements[0].id
    assert again.announcements[0].detail["sequence"] == 4


def test_nobody_is_told_of_what_a_person_did_about_it() -> None:
    settled = replace(REJECTED, status=replace(REJECTED.status, settlement=WRITTEN_OFF))

    assert told([REJECTED], [settled]) == []
    assert told([settled], [REJECTED]) == [], "it was taken back"
    assert told(None, [settled]) == [], "what it was before cannot be read"


def test_a_repeat_has_the_same_id_and_a_neighbour_another() -> None:
    both = batch_of(REJECTED, record_in(RecordState.REJECTED, OTHER.sealed))
    first, again = (change(None, both).announcements for _ in range(2))

    assert [one.id for one in first] == [one.id for one in again]
    assert len({one.id for one in first}) == 2


def test_nobody_is_told_of_a_zero() -> None:
    assert told([SENT], [record_in(RecordState.REJECTED, sealed_record(0))]) == []


def test_it_is_told_whose_usage_it_is_how_much_and_why() -> None:
    sealed = sealed_record(Decimal("12.50"))
    rejected = record_in(RecordState.REJECTED, sealed, reason="subscription_unknown")

    (one,) = change(None, batch_of(rejected)).announcements

    assert one.detail_type == "Usage Rejected"
    assert one.detail["usage"] == {
        "dimension": KEY.dimension,
        "hour": KEY.hour_at.isoformat(),
        "quantity": "12.5",
        "sends": 0,
        "reason": "subscription_unknown",
    }
    assert one.detail["subscription"] == {
        "key": KEY.subscription,
        "license_arn": getattr(sealed.identity, "license_arn", None),
        "product_code": sealed.product_code,
    }
    assert "tags" not in json.dumps(one.detail)
