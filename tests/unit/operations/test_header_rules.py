"""What a header may say, and what only a hand or a bug can have written there."""

from dataclasses import replace
from typing import Any

import pytest

from meterhouse.domain.lifecycle import UNFINISHED, RecordState
from meterhouse.domain.records import MeteringRecord
from operations.header_rules import contradictions
from tests.unit.domain.builders import frozen_usage, record_in

IN_INDEX: dict[str, Any] = {"due_at": {"N": "1"}, "due_shard": {"S": "due#0"}}


def said(record: MeteringRecord, header: dict[str, Any] | None = None) -> list[str]:
    if header is None:
        header = IN_INDEX if record.state in UNFINISHED else {}
    return list(contradictions(header, record))


def record(state: RecordState) -> MeteringRecord:
    return replace(record_in(state), sends=0 if state is RecordState.OPEN else 1)


@pytest.mark.parametrize("state", RecordState)
def test_a_record_that_meterhouse_wrote_contradicts_nothing(state: RecordState) -> None:
    assert said(record(state)) == []


def test_what_was_never_known_is_rejected_or_carried_without_telling_aws() -> None:
    for state in (RecordState.REJECTED, RecordState.CARRIED):
        assert said(replace(record(state), frozen=None, sends=0)) == []


@pytest.mark.parametrize("state", sorted(set(RecordState) - {RecordState.OPEN}))
def test_a_record_that_was_sealed_has_units(state: RecordState) -> None:
    assert f"is {state} and has no frozen units" in said(replace(record(state), units=None))


def test_an_open_record_has_no_units() -> None:
    units = replace(record(RecordState.OPEN), units=frozen_usage().quantity)

    assert said(units) == ["is open and has frozen units"]


@pytest.mark.parametrize(
    "state", [RecordState.SEALED, RecordState.METERED, RecordState.DISPUTED, RecordState.EXPIRED]
)
def test_what_aws_was_told_is_kept(state: RecordState) -> None:
    (clause,) = said(replace(record(state), frozen=None))

    assert "nothing that AWS could have been told" in clause


def test_aws_is_told_what_the_record_stands_for() -> None:
    told = replace(record(RecordState.METERED), frozen=frozen_usage("7.000001"))

    assert said(told) == ["tells AWS 7.000001 units and stands for 7"]


def test_a_record_of_zero_units_that_tells_aws_more_is_noticed() -> None:
    zero = replace(record(RecordState.METERED), units=frozen_usage(0).quantity)

    assert said(zero) == ["tells AWS 7 units and stands for 0"]


def test_a_metered_record_was_sent() -> None:
    assert said(replace(record(RecordState.METERED), sends=0)) == ["is METERED and was never sent"]


@pytest.mark.parametrize("lost", IN_INDEX)
@pytest.mark.parametrize("state", sorted(UNFINISHED))
def test_an_unfinished_record_stands_in_the_due_index(state: RecordState, lost: str) -> None:
    header = {name: value for name, value in IN_INDEX.items() if name != lost}

    (clause,) = said(record(state), header)

    assert "not in the due index" in clause


@pytest.mark.parametrize("state", sorted(set(RecordState) - UNFINISHED))
def test_a_finished_record_has_left_the_due_index(state: RecordState) -> None:
    (clause,) = said(record(state), IN_INDEX)

    assert "still in the due index" in clause
