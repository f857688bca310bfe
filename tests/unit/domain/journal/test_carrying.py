"""Carrying usage to a later hour: where to, under which name, and whether it has arrived."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest

from meterhouse.domain.journal.carrying import (
    Arrival,
    Carry,
    KeptPart,
    has_met,
    judge_arrival,
    late_name,
    record_name,
    rest_name,
    target_of,
    waiting_parts,
)
from meterhouse.domain.journal.head import Head
from meterhouse.domain.journal.segments import CarriedPart, encode_carried
from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.reasons import Reason
from tests.unit.domain.builders import HOUR, LOG, METER, MINUTE, NOON_AT

TARGET = LogKey(NOON_AT + 5 * HOUR, 0)
CARRY = Carry(
    LOG,
    f"{late_name(1)}#000",
    (CarriedPart(METER, Decimal(3), ()),),
    carried_at=NOON_AT + 5 * HOUR + 20 * MINUTE,
    target=TARGET,
    generation=2,
)


@pytest.mark.parametrize(
    ("now", "hour_at"),
    [
        (NOON_AT + 5 * HOUR + 20 * MINUTE, NOON_AT + 5 * HOUR),
        (NOON_AT + HOUR, NOON_AT + HOUR),
        # What was flushed has used its own hour up.
        (NOON_AT + 30 * MINUTE, NOON_AT + HOUR),
        # A producer's clock may run ahead of ours.
        (NOON_AT - MINUTE, NOON_AT + HOUR),
    ],
)
def test_usage_goes_to_the_current_hour_and_never_to_its_own(
    now: datetime, hour_at: datetime
) -> None:
    assert target_of(LOG, now) == LogKey(hour_at, LOG.shard)


def test_usage_keeps_the_shard_of_its_subscription() -> None:
    assert target_of(LogKey(NOON_AT, 7), NOON_AT + 2 * HOUR).shard == 7


@pytest.mark.parametrize(
    ("open_generation", "manifest", "expected"),
    [
        (1, None, Arrival.ARRIVED),
        (2, None, Arrival.ARRIVED),
        (3, None, Arrival.UNDECIDED),
        (3, {CARRY.segment_name}, Arrival.ARRIVED),
        (3, {CARRY.segment_name, "another"}, Arrival.ARRIVED),
        (3, {"another"}, Arrival.MISSED),
        (3, set[str](), Arrival.MISSED),
        (9, set[str](), Arrival.MISSED),
    ],
)
def test_whether_a_segment_counts_is_told_by_the_open_generation_or_by_its_manifest(
    open_generation: int, manifest: set[str] | None, expected: Arrival
) -> None:
    head = Head(TARGET, open=open_generation)
    read = None if manifest is None else frozenset(manifest)

    assert judge_arrival(CARRY, head, read) is expected


def test_what_is_carried_arrives_under_one_name_wherever_it_goes() -> None:
    names = {
        encode_carried(hour_at, CARRY.origin, CARRY.parts, CARRY.carried_at).name
        for hour_at in (NOON_AT + HOUR, NOON_AT + 2 * HOUR)
    }

    assert names == {CARRY.segment_name}


def test_a_carry_of_which_everything_stays_has_nothing_left_to_do() -> None:
    [part] = CARRY.parts
    stays = replace(CARRY, parts=(), kept=(KeptPart(part, Reason.BEFORE_START),))

    assert stays.is_settled
    assert not replace(CARRY, kept=stays.kept).is_settled
    assert stays.all_parts == CARRY.parts


def test_no_two_things_that_are_carried_have_one_name() -> None:
    names = [
        *(late_name(one, met=met) for one in (0, 1, 10, 100_000) for met in (False, True)),
        *(rest_name(batch, met=met) for batch in ("a", "b") for met in (False, True)),
        *(
            record_name(batch, place, met=met)
            for batch in ("a", "b")
            for place in (0, 1, 10)
            for met in (False, True)
        ),
    ]
    carries = [
        Carry(log, name, CARRY.parts, CARRY.carried_at, TARGET, generation=0)
        for log in (LOG, LOG._replace(shard=1), LOG._replace(hour_at=NOON_AT + HOUR))
        for name in names
    ]

    assert len({carry.segment_name for carry in carries}) == len(names) * 3


@pytest.mark.parametrize("met", [False, True])
@pytest.mark.parametrize(
    "name",
    [partial(late_name, 7), partial(rest_name, "batch"), partial(record_name, "batch", 3)],
    ids=["late usage", "a rest", "a record"],
)
def test_the_name_of_a_carry_tells_whether_it_has_met_an_allowance(
    name: Callable[..., str], *, met: bool
) -> None:
    carry = replace(CARRY, name=f"{name(met=met)}#000")

    assert has_met(carry.origin) is met


@pytest.mark.parametrize("met", [False, True])
def test_what_was_kept_and_goes_on_has_met_what_it_had_before(*, met: bool) -> None:
    [part] = CARRY.parts
    unknown = KeptPart(part, Reason.SUBSCRIPTION_UNKNOWN)
    kept = replace(CARRY, name=f"{late_name(7, met=met)}#000", parts=(), kept=(unknown,))

    waiting = waiting_parts(kept, part.meter)

    assert waiting is not None
    assert has_met(replace(CARRY, name=waiting[0]).origin) is met
