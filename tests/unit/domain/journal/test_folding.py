"""Folding: each distinct event counts once, in whichever order its segments are read."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from meterhouse.domain.journal.folding import Freeze, LogFold
from meterhouse.domain.journal.meter_fold import MeterFold
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.errors import FoldTooLargeError
from tests.unit.domain.builders import (
    KEY,
    METER,
    MINUTE,
    NOON_AT,
    carried_segment,
    fold_of,
    segment_of,
    usage_event,
)

ADS, SEARCH = (("team", "ads"),), (("team", "search"),)
ORIGINS = [f"2026-11-18T11#00/late#{number:06}#000" for number in range(3)]
OTHER = KEY._replace(dimension="gigabytes")

Generation = Sequence[UsageEvent]


def noon_of(fold: LogFold) -> MeterFold:
    return fold.meters[METER]


def of_events(*generations: Generation, through: int | None = None) -> MeterFold:
    """Fold one meter's events, a segment for each generation."""
    frozen = {} if through is None else {METER: through}
    return noon_of(fold_of(*([segment_of(*one)] for one in generations), through=frozen))


def test_no_segments_fold_to_nothing() -> None:
    assert fold_of().meters == {}
    assert MeterFold().units == MeterFold().late_units == MeterFold().repeats == 0
    assert MeterFold().by_tags == {}


def test_distinct_events_are_summed_exactly() -> None:
    fold = of_events(
        [usage_event("a", "0.1"), usage_event("b", "0.2")], [usage_event("c", "9999999999.7")]
    )

    assert fold.units == Decimal("10000000000.0")
    assert (fold.repeats, fold.conflicts) == (0, set())


def test_a_repeated_event_counts_once_within_and_across_segments_and_generations() -> None:
    first = segment_of(usage_event("a", 5), usage_event("b", 1))
    again = segment_of(usage_event("a", "5.0"), usage_event("c", 2))

    fold = noon_of(fold_of([first, again], [again]))

    assert fold.units == 8
    assert (fold.entries, fold.repeats, fold.conflicts) == (6, 3, set())


@pytest.mark.parametrize("quantities", [[9, 4], [4, 9]])
def test_one_id_with_two_quantities_counts_the_smaller(quantities: list[int]) -> None:
    events = [usage_event("a", quantity) for quantity in quantities]

    for fold in (of_events(events), of_events(events[:1], events[1:])):
        assert fold.units == 4
        assert (fold.repeats, fold.conflicts) == (1, {("", "a")})


def test_one_id_with_two_tag_sets_counts_once_and_is_a_conflict() -> None:
    one, other = usage_event("a", 5, tags=SEARCH), usage_event("a", 5, tags=ADS)

    folds = [of_events([one], [other]), of_events([other], [one]), of_events([one, other])]

    assert [fold.by_tags for fold in folds] == [{ADS: 5}] * 3
    assert [fold.conflicts for fold in folds] == [{("", "a")}] * 3


def test_sums_are_kept_for_each_tag_set() -> None:
    fold = of_events(
        [usage_event("a", 1, tags=ADS), usage_event("c", 4, tags=SEARCH), usage_event("d", 8)],
        [usage_event("b", 2, tags=ADS), usage_event("e", 16, tags=ADS)],
    )

    assert fold.by_tags == {ADS: 19, SEARCH: 4, (): 8}


def test_the_earliest_time_of_any_segment_is_kept() -> None:
    early, later = NOON_AT + 7 * MINUTE, NOON_AT + 40 * MINUTE

    fold = of_events([usage_event("a", occurred_at=later)], [usage_event("b", occurred_at=early)])

    assert fold.earliest_at == early


def test_meters_are_kept_apart() -> None:
    fold = fold_of(
        [segment_of(usage_event("a", 1), usage_event("a", 2, home=OTHER))],
        [segment_of(usage_event("b", 4, home=OTHER))],
    )

    assert {meter: one.units for meter, one in fold.meters.items()} == {METER: 1, OTHER.meter: 6}
    assert not any(one.conflicts for one in fold.meters.values())


def test_what_came_after_the_record_was_frozen_is_late_and_not_billed_by_it() -> None:
    generations = [[usage_event("a", 1)], [usage_event("b", 2)], [usage_event("c", 4)]]

    fold = of_events(*generations, through=0)

    assert fold.units == 1
    assert fold.late_units == 6
    assert {g: sum(q for q, _ in one[""].values()) for g, one in fold.late.items()} == {1: 2, 2: 4}
    assert of_events(*generations, through=1).units == 3
    assert of_events(*generations, through=2).late_units == 0


def test_an_event_that_is_known_from_an_earlier_generation_is_no_late_usage() -> None:
    billed, late, new = usage_event("a", 1), usage_event("b", 2), usage_event("c", 4)

    log = fold_of(
        [segment_of(billed)],
        [segment_of(billed, late)],
        [segment_of(billed, late, new)],
        through={METER: 0},
    )

    assert [log.frozen_late(g) for g in range(3)] == [
        {},
        {METER: {(): Decimal(2)}},
        {METER: {(): Decimal(4)}},
    ]
    assert [log.late_events(g, log.meters) for g in range(3)] == [0, 1, 1]
    assert noon_of(log).repeats == 3


@pytest.mark.parametrize("quantity", [3, 1000])
def test_a_late_event_that_contradicts_what_was_billed_or_carried_changes_nothing(
    quantity: int,
) -> None:
    billed, late = usage_event("a", 5), usage_event("b", 6)
    others = [usage_event(one, quantity) for one in ("a", "b")]

    fold = of_events([billed], [late], others, through=0)

    assert fold.units == 5
    assert fold.late_units == 6
    assert fold.conflicts == {("", "a"), ("", "b")}


def test_late_events_of_one_generation_that_contradict_each_other_count_the_smaller() -> None:
    fold = of_events([usage_event("a")], [usage_event("b", 9), usage_event("b", 4)], through=0)

    assert fold.late_units == 4
    assert fold.conflicts == {("", "b")}


def test_what_could_not_be_read_when_the_record_was_frozen_is_late_in_its_last_generation() -> None:
    hidden = segment_of(usage_event("b", 2), usage_event("c", 4, home=OTHER))
    log = fold_of(
        [hidden, segment_of(usage_event("a", 1))],
        [segment_of(usage_event("d", 8))],
        [segment_of(usage_event("e", 16))],
        through={METER: 1},
        left_out={"0#0", "1#1"},
    )

    assert log.meters[METER].units == 9
    assert [log.frozen_late(g) for g in range(3)] == [
        {},
        {METER: {(): Decimal(2)}},
        {METER: {(): Decimal(16)}},
    ]
    assert log.meters[OTHER.meter].units == 4


@pytest.mark.parametrize("quantity", [2, 9])
def test_a_repeat_of_what_was_left_out_counts_where_it_was_read(quantity: int) -> None:
    """It stands before what repeats it, and is billed or carried elsewhere."""
    log = fold_of(
        [segment_of(usage_event("a", quantity), usage_event("b", quantity))],
        [segment_of(usage_event("a", 2))],
        [segment_of(usage_event("b", 2))],
        through={METER: 1},
        left_out={"0#0"},
    )

    assert noon_of(log).units == 2
    assert [log.frozen_late(g) for g in range(3)] == [{}, {METER: {(): Decimal(quantity)}}, {}]
    assert noon_of(log).repeats == 2
    assert noon_of(log).conflicts == (set() if quantity == 2 else {("", "a"), ("", "b")})


def test_late_usage_tells_no_time() -> None:
    early = usage_event("late", occurred_at=NOON_AT)

    fold = of_events([usage_event("a", occurred_at=NOON_AT + MINUTE)], [early], through=0)

    assert fold.earliest_at == NOON_AT + MINUTE


def test_late_usage_of_nothing_but_zeros_is_nothing_to_carry() -> None:
    log = fold_of(
        [segment_of(usage_event("a"))], [segment_of(usage_event("b", 0))], through={METER: 0}
    )

    assert log.frozen_late(1) == {}


def test_carried_usage_with_the_id_of_an_event_is_another_event() -> None:
    home = segment_of(usage_event("0", 1))
    carried = [carried_segment((2, ()), origin=origin) for origin in ORIGINS[:2]]

    fold = noon_of(fold_of([home, *carried, carried[0]]))

    assert fold.units == 5
    assert (fold.repeats, fold.conflicts) == (1, set())


def test_carried_usage_that_was_appended_to_two_generations_counts_once() -> None:
    carried = carried_segment((2, ADS), (3, ()))

    assert noon_of(fold_of([carried], [carried])).units == 5
    frozen = noon_of(fold_of([carried], [carried], through={METER: 0}))
    assert frozen.units == 5
    assert frozen.late_units == 0


def test_carried_usage_that_comes_after_the_record_was_frozen_is_late_too() -> None:
    log = fold_of([segment_of(usage_event("a"))], [carried_segment((2, ADS))], through={METER: 0})

    assert log.frozen_late(1) == {METER: {ADS: Decimal(2)}}


def test_a_fold_takes_as_many_events_as_its_bound_and_not_one_more() -> None:
    fold = LogFold({}, events_max=3)
    fold.add(0, "a", segment_of(usage_event("a"), usage_event("b")))
    fold.add(1, "a", segment_of(usage_event("c")))
    assert noon_of(fold).units == 3

    with pytest.raises(FoldTooLargeError):
        fold.add(1, "a", segment_of(usage_event("d")))


def test_a_fold_is_refused_before_its_memory_is_filled_with_repeats() -> None:
    fold = LogFold({}, events_max=3)
    for _ in range(3):
        fold.add(0, "a", segment_of(usage_event("a")))

    with pytest.raises(FoldTooLargeError):
        fold.add(0, "a", segment_of(usage_event("a")))


def test_meters_that_are_not_wanted_cost_no_memory() -> None:
    fold = LogFold(
        {METER: Freeze(0), OTHER.meter: Freeze(0)}, frozenset({OTHER.meter}), events_max=1
    )

    fold.add(
        0, "a", segment_of(*(usage_event(f"e{n}") for n in range(50)), usage_event(home=OTHER))
    )

    assert set(fold.meters) == {OTHER.meter}
