"""Folding, by chance: the same sums whatever the order, and as a plain reading has them."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal.folding import LogFold
from meterhouse.domain.journal.meter_fold import Counted
from meterhouse.domain.journal.segments import Segment
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.usage.events import Tags, UsageEvent
from tests.unit.domain.builders import METER, carried_segment, fold_of, segment_of
from tests.unit.domain.strategies import usage_events

ADS = (("team", "ads"),)

Entry = tuple[Decimal, Tags]


def naively(generations: Sequence[Sequence[UsageEvent]], through: int | None) -> list[Entry]:
    """Say what each event counts, own ones first, then late ones, by reading one after another."""
    groups: dict[int, dict[str, list[Entry]]] = {}
    for number, events in enumerate(generations):
        place = 0 if through is None or number <= through else number
        for event in events:
            entries = groups.setdefault(place, {}).setdefault(event.event_id, [])
            entries.append((event.quantity, event.tags))
    seen: set[str] = set()
    counted: list[Entry] = []
    for _, of_place in sorted(groups.items()):
        counted += [min(entries) for one, entries in of_place.items() if one not in seen]
        seen |= of_place.keys()
    return sorted(counted)


GENERATIONS = st.lists(
    st.lists(usage_events(few_ids=True), min_size=1, max_size=5), min_size=1, max_size=4
)


@given(GENERATIONS, st.none() | st.integers(0, 3))
def test_folding_does_what_reading_one_event_after_another_does(
    generations: list[list[UsageEvent]], through: int | None
) -> None:
    frozen = {} if through is None else {METER: through}
    fold = fold_of(*([segment_of(*one)] for one in generations), through=frozen).meters[METER]

    buckets = [fold.own, *fold.late.values()]
    counted = [entry for one in buckets for known in one.values() for entry in known.values()]
    assert sorted(counted) == naively(generations, through)
    assert fold.units + fold.late_units == sum(quantity for quantity, _ in counted)
    assert sum(fold.by_tags.values()) == fold.units
    assert fold.repeats == fold.entries - len(counted)


def segments_of(generations: Sequence[Sequence[UsageEvent]]) -> list[list[Segment]]:
    """Give every event of a generation a segment of its own, and add something carried."""
    return [
        [*(segment_of(event) for event in events), carried_segment((number + 1, ADS))]
        for number, events in enumerate(generations)
    ]


HOMES = st.lists(
    st.lists(usage_events(few_ids=True, homes=4), min_size=1, max_size=6), min_size=1, max_size=3
)


def frozen_through(generations: Sequence[Sequence[UsageEvent]]) -> dict[MeterKey, int]:
    """Freeze every second meter, one after the other."""
    meters = sorted({event.home.meter for events in generations for event in events})
    return {meter: place % 3 for place, meter in enumerate(meters) if place % 2}


def counted_in(log: LogFold) -> dict[MeterKey, tuple[Counted, dict[int, Counted]]]:
    return {meter: (one.own, one.late) for meter, one in log.meters.items()}


@given(HOMES, st.randoms())
def test_the_order_of_segments_within_a_generation_changes_nothing(
    generations: list[list[UsageEvent]], shuffler: Random
) -> None:
    through = frozen_through(generations)
    segments = segments_of(generations)
    shuffled = [sorted(one, key=lambda _: shuffler.random()) for one in segments]

    assert fold_of(*shuffled, through=through) == fold_of(*segments, through=through)


@given(HOMES)
def test_how_events_were_shared_out_among_segments_changes_no_sum(
    generations: list[list[UsageEvent]],
) -> None:
    through = frozen_through(generations)
    together = fold_of(*([segment_of(*one)] for one in generations), through=through)
    apart = fold_of(*([segment_of(e) for e in one] for one in generations), through=through)

    assert counted_in(together) == counted_in(apart)
    conflicts = [{m: one.conflicts for m, one in log.meters.items()} for log in (together, apart)]
    assert conflicts[0] == conflicts[1]


@given(HOMES, st.data())
def test_what_is_wanted_never_changes_the_result_for_wanted_meters(
    generations: list[list[UsageEvent]], data: st.DataObject
) -> None:
    through = frozen_through(generations)
    segments = segments_of(generations)
    everything = fold_of(*segments, through=through)
    wanted = data.draw(st.sets(st.sampled_from(sorted(everything.meters))))

    some = fold_of(*segments, through=through, wanted=wanted)

    # Meters without a record are always wanted: they have one to come.
    expected = {
        meter: one
        for meter, one in everything.meters.items()
        if meter in wanted or meter not in through
    }
    assert some.meters == expected
    for generation in range(len(generations)):
        late = everything.frozen_late(generation).items()
        assert some.frozen_late(generation) == {
            meter: units for meter, units in late if meter in wanted
        }
