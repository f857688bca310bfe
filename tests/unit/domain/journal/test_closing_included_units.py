"""Closing an hour of a meter of which units are included: what is taken, and what is billed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.allowances.allowance import Allowance, AllowanceKey, Taking
from meterhouse.domain.hours import deadline_of
from meterhouse.domain.journal.carrying import late_name, record_name
from meterhouse.domain.journal.closing import ClosingFacts, plan_closing
from meterhouse.domain.journal.late_usage import late_parts
from meterhouse.domain.journal.segments import CarriedPart
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.records.spikes import RELEASE_LEAD
from meterhouse.domain.usage.events import UsageEvent
from tests.unit.domain.builders import (
    KEY,
    LOG,
    METER,
    MINUTE,
    NOON_AT,
    SUBSCRIPTION,
    carried_segment,
    fold_of,
    segment_of,
    usage_event,
)
from tests.unit.domain.strategies import usage_events

ADS = (("team", "ads"),)
LATE, RECORD = (f"{LOG}/{name}#000" for name in (late_name(1), record_name("b", 0)))
TOO_LATE_AT = deadline_of(NOON_AT) - 5 * MINUTE
ALLOWANCE = AllowanceKey(METER, "2026-11")


def facts_with(granted: int | None, taken: int = 0, **facts: object) -> ClosingFacts:
    """Return what a closing rests on where so many units are included, and were taken."""
    grant = None if granted is None else Decimal(granted)
    allowances = {METER: Allowance(ALLOWANCE, grant, Decimal(taken))}
    known = {SUBSCRIPTION.key: SUBSCRIPTION}
    one = ClosingFacts(LOG, NOON_AT + 75 * MINUTE, known, allowances=allowances)
    return replace(one, **facts)  # type: ignore[arg-type] # fields of ClosingFacts


def test_what_is_left_is_taken_and_the_rest_is_billed() -> None:
    plan = plan_closing(fold_of([segment_of(usage_event("a", 30))]), facts_with(100, taken=80))

    [record] = plan.records
    assert (record.included, record.units) == (Decimal(20), Decimal(10))
    assert [*plan.takings.values()] == [Taking(ALLOWANCE, Decimal(80), Decimal(20), Decimal(100))]
    assert next(iter(plan.takings.values())).after == 100


def test_what_has_met_an_allowance_where_it_comes_from_takes_nothing_here() -> None:
    fold = fold_of(
        [
            segment_of(usage_event("a", 1)),
            carried_segment((2, ()), origin=LATE),
            carried_segment((4, ()), (8, ADS), origin=RECORD),
        ]
    )

    plan = plan_closing(fold, facts_with(100))

    [record] = plan.records
    assert (record.included, record.units) == (Decimal(3), Decimal(12))
    assert {part.tags: part.quantity for part in record.sealed.parts} == {(): 4, ADS: 8}


def test_it_is_late_apart_from_what_has_not() -> None:
    fold = fold_of(
        [segment_of(usage_event("a", 1))],
        [
            segment_of(usage_event("b", 2, tags=ADS)),
            carried_segment((4, ()), origin=LATE),
            carried_segment((8, ()), (16, ADS), origin=RECORD),
        ],
        through={METER: 0},
    )

    assert late_parts(fold, 1) == (
        CarriedPart(METER, Decimal(4), ()),
        CarriedPart(METER, Decimal(2), ADS),
    )
    assert late_parts(fold, 1, met=True) == (
        CarriedPart(METER, Decimal(8), ()),
        CarriedPart(METER, Decimal(16), ADS),
    )


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        (facts_with(100, known={}, now=TOO_LATE_AT), RecordState.REJECTED),
        (
            facts_with(
                100,
                known={SUBSCRIPTION.key: replace(SUBSCRIPTION, ended_at=NOON_AT)},
            ),
            RecordState.REJECTED,
        ),
        (facts_with(100, now=TOO_LATE_AT, may_be_billed=True), RecordState.EXPIRED),
    ],
    ids=["a stranger's", "after the end", "maybe billed by a lost table"],
)
def test_what_nobody_is_billed_for_takes_nothing(facts: ClosingFacts, state: RecordState) -> None:
    plan = plan_closing(fold_of([segment_of(usage_event("a", 30))]), facts)

    [record] = plan.records
    assert record.state is state
    assert record.sealed.included is None
    assert record.units == 30
    assert plan.takings == {}


@pytest.mark.parametrize("may_be_billed", [False, True])
def test_what_is_carried_or_sent_again_takes_from_its_own_hour(*, may_be_billed: bool) -> None:
    now = NOON_AT + 75 * MINUTE if may_be_billed else TOO_LATE_AT
    plan = plan_closing(
        fold_of([segment_of(usage_event("a", 130))]),
        facts_with(100, now=now, may_be_billed=may_be_billed),
    )

    [record] = plan.records
    assert record.state is (RecordState.SUBMITTING if may_be_billed else RecordState.CARRIED)
    assert (record.included, record.units) == (Decimal(100), Decimal(30))


@pytest.mark.parametrize("sooner", [0, 1])
def test_what_aws_does_not_tell_is_waited_for_until_two_hours_before_the_deadline(
    sooner: int,
) -> None:
    now = deadline_of(NOON_AT) - RELEASE_LEAD - sooner * MINUTE
    plan = plan_closing(
        fold_of([segment_of(usage_event("a", 30))]), facts_with(None, taken=80, now=now)
    )

    assert plan.waiting == plan.unentitled == ({METER.subscription} if sooner else set())
    assert [int(one.units) for one in plan.records] == ([] if sooner else [30])
    assert not any(one.included for one in plan.records)


EVENTS = st.lists(usage_events(few_ids=True, homes=1), min_size=1, max_size=6)
PARTS = st.lists(
    st.tuples(st.integers(1, 99), st.sampled_from([(), ADS])), min_size=1, max_size=3, unique=True
)


ALLOWED = st.tuples(st.integers(0, 300), st.integers(0, 300))


@given(EVENTS, PARTS, st.sampled_from([LATE, RECORD]), ALLOWED)
def test_every_unit_is_billed_or_included_and_no_more_is_than_is_left(
    events: list[UsageEvent],
    parts: list[tuple[int, tuple[tuple[str, str], ...]]],
    origin: str,
    allowed: tuple[int, int],
) -> None:
    granted, taken = allowed
    of_one = [event._replace(home=KEY) for event in events]
    fold = fold_of([segment_of(*of_one), carried_segment(*parts, origin=origin)])

    plan = plan_closing(fold, facts_with(granted, taken))

    sealed = [record.sealed for record in plan.records]
    told = sum(one.quantity + one.rest_units + (one.included or 0) for one in sealed)
    assert told == fold.meters[METER].units
    included = sum(one.included or 0 for one in sealed)
    own = sum(entry[0] for entry in fold.meters[METER].own.get("", {}).values())
    late = sum(quantity for quantity, _ in parts) if origin == LATE else 0
    assert included == min(max(granted - taken, 0), own + late)
    assert [one.units for one in plan.takings.values()] == ([included] if included else [])
