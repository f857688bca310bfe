"""Folding tenants' usage: on the meter of who pays, each event once, whatever the order."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.naming import NamedSpan, Names
from meterhouse.domain.journal.segments import Segment
from meterhouse.domain.keys import MeterKey, RecordKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey, tenant_key
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.errors import FoldTooLargeError
from tests.unit.domain.builders import (
    HOUR,
    MINUTE,
    NOON_AT,
    fold_of,
    segment_of,
    usage_event,
)

ACME = tenant_key("acme")
HOME = RecordKey(ACME, "api_calls", NOON_AT)
HALF_PAST = NOON_AT + 30 * MINUTE
OLD, NEW = SubscriptionKey("license#l-old"), SubscriptionKey("license#l-new")
OLD_METER, NEW_METER = MeterKey(OLD, "api_calls"), MeterKey(NEW, "api_calls")
BEFORE = NamedSpan(ACME, NOON_AT, HALF_PAST, OLD, 0)
AFTER = NamedSpan(ACME, HALF_PAST, NOON_AT + HOUR, NEW, 0)


def used(minute: int, event_id: str = "e1", quantity: int = 1) -> UsageEvent:
    at = NOON_AT + minute * MINUTE + timedelta(microseconds=999_999)
    return usage_event(event_id, quantity, occurred_at=at, home=HOME)


def units(fold: LogFold) -> dict[MeterKey, tuple[int, int]]:
    """Return each meter's units, and those that are late."""
    return {meter: (int(one.units), int(one.late_units)) for meter, one in fold.meters.items()}


def test_each_second_of_a_tenant_is_kept_apart_in_a_segment_and_of_others_none() -> None:
    other = usage_event("e1", occurred_at=NOON_AT + 5 * MINUTE)
    early = usage_event("e0", occurred_at=NOON_AT)
    segment = segment_of(used(7, "b"), used(3, "a"), used(3, "c"), other, early)

    assert [(one.meter.subscription, one.earliest_at) for one in segment.meters] == [
        (other.home.subscription, NOON_AT),
        (ACME, NOON_AT + 3 * MINUTE),
        (ACME, NOON_AT + 7 * MINUTE),
    ]
    assert [segment.ids[one.start : one.end] for one in segment.meters] == [
        ["e0", "e1"],
        ["a", "c"],
        ["b"],
    ]


def test_usage_counts_for_who_pays_and_what_is_open_for_the_tenant() -> None:
    events = used(10, "a", 1), used(40, "b", 10)

    assert units(fold_of([segment_of(*events)], names=[BEFORE])) == {
        OLD_METER: (1, 0),
        HOME.meter: (10, 0),
    }
    assert units(fold_of([segment_of(*events)], names=[BEFORE, AFTER])) == {
        OLD_METER: (1, 0),
        NEW_METER: (10, 0),
    }


def test_what_names_a_tenant_and_what_names_its_license_are_different_events() -> None:
    own = usage_event("e1", 5, home=RecordKey(OLD, "api_calls", NOON_AT))

    fold = fold_of([segment_of(own, used(10, "e1", 5))], names=[BEFORE])

    assert units(fold) == {OLD_METER: (10, 0)}
    assert not fold.meters[OLD_METER].is_carried


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param([40], [10], NEW_METER, id="the copy of the first generation"),
        pytest.param([40, 10], [], OLD_METER, id="of one generation the one with the first time"),
    ],
)
def test_of_copies_with_two_payers_one_counts(
    first: list[int], second: list[int], expected: MeterKey
) -> None:
    generations = [[segment_of(used(minute)) for minute in some] for some in (first, second)]

    fold = fold_of(*generations, names=[BEFORE, AFTER])

    assert {meter: one for meter, (one, _) in units(fold).items() if one} == {expected: 1}
    assert sum(one.repeats for one in fold.meters.values()) == 1


def test_a_copy_whose_payer_is_open_goes_before_a_later_one_that_is_settled() -> None:
    generations = [segment_of(used(40))], [segment_of(used(10))]

    fold = fold_of(*generations, names=[BEFORE])

    assert (units(fold)[HOME.meter], units(fold)[OLD_METER]) == ((1, 0), (0, 0))


def test_what_was_settled_after_the_freeze_is_late_for_the_record() -> None:
    generations = [segment_of(used(10, "a", 1), used(40, "b", 10))], [segment_of(used(11, "c", 5))]
    late = AFTER._replace(subscription=OLD, generation=1)

    fold = fold_of(*generations, names=[BEFORE, late], through={OLD_METER: 0})

    assert units(fold) == {OLD_METER: (1, 15)}
    assert fold.frozen_late(1) == {OLD_METER: {(): 15}}


def test_a_copy_in_a_segment_that_could_not_be_read_then_does_not_go_before_what_was_seen() -> None:
    hidden, seen = segment_of(used(10)), segment_of(used(40))

    fold = fold_of(
        [seen, hidden],
        names=[BEFORE, AFTER],
        through={NEW_METER: 0},
        left_out=frozenset({"0#1"}),
    )

    assert {meter: one for meter, one in units(fold).items() if any(one)} == {NEW_METER: (1, 0)}


def test_seconds_of_tenants_weigh_as_much_as_their_events() -> None:
    fold = LogFold({}, events_max=5)
    fold.add(0, "a", segment_of(used(1, "a"), used(2, "b")))

    with pytest.raises(FoldTooLargeError):
        fold.add(0, "b", segment_of(used(3, "c")))


EVENTS = st.builds(used, st.integers(0, 59), st.sampled_from(["a", "b", "c"]), st.integers(1, 3))
GENERATIONS = st.lists(st.lists(EVENTS, min_size=1, max_size=4), min_size=1, max_size=4)
CUTS = st.lists(st.integers(1, 59), max_size=3, unique=True)


@st.composite
def settled(draw: st.DrawFn) -> list[NamedSpan]:
    """Draw who pays for parts of the hour; some are open, and some nobody's."""
    minutes = [0, *sorted(draw(CUTS)), 60]
    payers = st.sampled_from([OLD, NEW, None, "open"])
    return [
        NamedSpan(
            ACME,
            NOON_AT + first * MINUTE,
            NOON_AT + until * MINUTE,
            None if payer is None else SubscriptionKey(payer),
            draw(st.integers(0, 3)),
        )
        for first, until in pairwise(minutes)
        for payer in [draw(payers)]
        if payer != "open"
    ]


def folded(generations: Sequence[Sequence[Segment]], spans: list[NamedSpan]) -> LogFold:
    return fold_of(*generations, names=spans, through={OLD_METER: 1})


@given(GENERATIONS, settled(), st.randoms())
@example(
    # A copy of the first generation waits; of the later ones one is of a second that is paid for.
    [[used(1, "a", 2)], [used(0, "a", 1), used(1, "a", 1)]],
    [NamedSpan(ACME, NOON_AT, NOON_AT + MINUTE, OLD, 0)],
    Random(1),  # noqa: S311 - no secret
)
def test_no_order_of_segments_and_no_way_of_sharing_events_out_changes_a_sum(
    generations: list[list[UsageEvent]], spans: list[NamedSpan], shuffler: Random
) -> None:
    apart = [[segment_of(event) for event in some] for some in generations]
    shuffled = [sorted(some, key=lambda _: shuffler.random()) for some in apart]
    together = [[segment_of(*some)] for some in generations]

    expected = {meter: one for meter, one in units(folded(apart, spans)).items() if any(one)}
    for segments in (shuffled, together):
        found = units(folded(segments, spans))
        assert {meter: one for meter, one in found.items() if any(one)} == expected


@given(GENERATIONS, settled())
def test_each_event_counts_on_one_meter_once(
    generations: list[list[UsageEvent]], spans: list[NamedSpan]
) -> None:
    fold = folded([[segment_of(*some)] for some in generations], spans)

    counted = [
        event_id
        for one in fold.meters.values()
        for bucket in (one.own, *one.late.values())
        for known in bucket.values()
        for event_id in known
    ]
    assert sorted(counted) == sorted({event.event_id for some in generations for event in some})
    assert fold.unnamed == {}


@given(GENERATIONS, settled(), st.integers(0, 3))
def test_what_a_closing_counted_no_later_generation_and_no_later_name_changes(
    generations: list[list[UsageEvent]], spans: list[NamedSpan], closed: int
) -> None:
    """Freeze everything that is settled when a generation closes; then look again at the end."""
    segments = [[segment_of(*some)] for some in generations]
    by_then = [span for span in spans if span.generation <= closed]
    frozen = fold_of(*segments[: closed + 1], names=by_then)
    records = {meter: one.units for meter, one in frozen.meters.items() if meter != HOME.meter}

    after = fold_of(*segments, names=spans, through=dict.fromkeys(records, closed))

    assert {meter: after.meters[meter].units for meter in records} == records
    assert Names(spans).at(ACME, NOON_AT - HOUR) is None


@given(GENERATIONS, settled(), st.integers(0, 3))
def test_what_was_carried_stays_late_in_its_generation(
    generations: list[list[UsageEvent]], spans: list[NamedSpan], closed: int
) -> None:
    segments = [[segment_of(*some)] for some in generations]
    at_first = [span for span in spans if span.generation == 0]
    by_then = [span for span in spans if span.generation <= closed]
    frozen = fold_of(*segments[:1], names=at_first).meters.keys() - {HOME.meter}
    through = dict.fromkeys(frozen, 0)

    then = fold_of(*segments[: closed + 1], names=by_then, through=through)
    after = fold_of(*segments, names=spans, through=through)

    for generation in range(1, closed + 1):
        assert then.frozen_late(generation) == after.frozen_late(generation)
