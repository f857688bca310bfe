"""Segments: what goes in comes out, under its own name, in an item that DynamoDB takes."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.segments import (
    CarriedPart,
    EncodedSegment,
    Segment,
    carried_name,
    decode_segment,
    encode_carried,
    encode_events,
    why_unreadable,
)
from meterhouse.domain.journal.uuid_columns import id_text
from meterhouse.domain.keys import MeterKey
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.events import Tags, UsageEvent
from tests.unit.domain.builders import HOUR, KEY, METER, NOON_AT, fold_of, segment_of, usage_event
from tests.unit.domain.strategies import meters, quantities, tag_sets, usage_events, uuids

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
ITEM_BYTES_MAX = 400 * 1024
ADS: Tags = (("team", "ads"),)
ORIGIN = "2026-11-18T11#00/late#000001#000"

Row = tuple[MeterKey, str, Decimal, Tags]


def written(events: Sequence[UsageEvent]) -> list[EncodedSegment]:
    """Return the segments that a drain writes of the events of one log."""
    return list(encode_events(NOON_AT, distinct(events)))


def read(segments: Sequence[EncodedSegment]) -> list[Segment]:
    assert [why_unreadable(one.name, one.blob) for one in segments] == [None] * len(segments)
    return [decode_segment(one.name, one.blob) for one in segments]


def rows_of(segment: Segment) -> list[Row]:
    """Return everything that counts in a segment, one row an event."""
    return [
        (usage.meter, id_text(segment.ids[place]), *segment.entries[place])
        for usage in segment.meters
        for place in range(usage.start, usage.end)
    ]


def row_of(event: UsageEvent) -> Row:
    return event.home.meter, event.event_id, event.quantity, event.tags


@given(st.lists(usage_events(homes=12), min_size=1, max_size=20))
def test_every_event_survives_being_written_and_read(events: list[UsageEvent]) -> None:
    segments = read(written(events))

    rows = [row for segment in segments for row in rows_of(segment)]
    assert sorted(rows) == sorted({row_of(event) for event in events})
    assert {(segment.hour_at, segment.origin) for segment in segments} == {(NOON_AT, "")}


@given(st.lists(usage_events(few_ids=True, homes=3), min_size=1, max_size=20))
def test_repeated_and_contradicting_events_are_kept_apart(events: list[UsageEvent]) -> None:
    (segment,) = read(written(events))

    assert sorted(rows_of(segment)) == sorted({row_of(event) for event in events})


@given(st.lists(usage_events(few_ids=True, homes=3), min_size=1, max_size=12))
def test_every_meter_stands_once_with_its_earliest_second(events: list[UsageEvent]) -> None:
    segment = segment_of(*events)

    assert {usage.meter: usage.earliest_at for usage in segment.meters} == {
        meter: min(
            event.occurred_at.replace(microsecond=0) for event in events if event.home[:2] == meter
        )
        for meter in {event.home.meter for event in events}
    }
    assert len(segment.meters) == len({event.home.meter for event in events})
    starts = [usage.start for usage in segment.meters]
    assert starts == [0, *(usage.end for usage in segment.meters[:-1])]


@given(st.lists(usage_events(few_ids=True, homes=4), min_size=1, max_size=12), st.randoms())
def test_the_order_of_messages_and_their_repeats_leave_no_trace(
    events: list[UsageEvent], shuffler: Random
) -> None:
    shuffled = sorted([*events, *events], key=lambda _: shuffler.random())

    assert written(shuffled) == written(events)


@given(st.lists(usage_events(homes=4), min_size=1, max_size=8))
def test_the_scale_of_a_quantity_leaves_no_trace(events: list[UsageEvent]) -> None:
    other_scale = [
        event._replace(quantity=event.quantity + Decimal("0.000000")) for event in events
    ]

    assert written(other_scale) == written(events)


@given(
    st.lists(usage_events(few_ids=True, homes=2), min_size=1, max_size=4),
    st.lists(usage_events(few_ids=True, homes=2), min_size=1, max_size=4),
)
def test_what_counts_differently_has_another_name(
    one: list[UsageEvent], other: list[UsageEvent]
) -> None:
    (mine,), (yours,) = written(one), written(other)

    is_same = segment_of(*one) == segment_of(*other)
    assert (mine.name == yours.name) is is_same


@pytest.mark.parametrize(
    "changed",
    [
        usage_event("e1", 2),
        usage_event("e2", 1),
        usage_event("e1", 1, tags=ADS),
        usage_event("e1", 1, occurred_at=NOON_AT + timedelta(seconds=1)),
        usage_event("e1", 1, home=KEY._replace(dimension="other")),
        usage_event("e1", 1, home=KEY._replace(subscription=SubscriptionKey("other"))),
    ],
)
def test_whatever_differs_in_an_event_changes_the_name(changed: UsageEvent) -> None:
    assert written([changed])[0].name != written([usage_event("e1", 1)])[0].name


def test_equal_events_of_two_hours_have_different_names() -> None:
    event = usage_event()
    (noon,) = encode_events(NOON_AT, [event])
    (later,) = encode_events(NOON_AT + HOUR, [event])

    assert noon.name != later.name


NEARLY_UUIDS = [
    ["0A8C1F3E-5D2B-4C6F-8A9B-1C2D3E4F5A6B"],
    ["0a8c1f3e5d2b4c6f8a9b1c2d3e4f5a6b", "0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6b"],
    ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6b", "order 7"],
    ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6"],
    ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6b0"],
    ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6g"],
    ["0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6 "],
    ["-a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6b"],
    ["0a8c1f3ef5d2b-4c6f-8a9b-1c2d3e4f5a6b"],
    ["0a8c1f3e5d2b4c6f8a9b1c2d3e4f5a6 "],
    ["0a8c1f3e5d2b4c6f 8a9b1c2d3e4f5a6"],
    ["--------------------------------"],
    ["0a8c1f3e-d2b-4c6f-8a9b-1c2d3e4f5a6b", "0a8c1f3e-5d2b-4c6f-8a9b-1c2d3e4f5a6bb"],
    ["\u0660" * 32],
    ["\u0660" * 36],
    ["uuid"],
    ["hex"],
]


@pytest.mark.parametrize("ids", NEARLY_UUIDS, ids=repr)
def test_ids_that_are_nearly_uuids_come_back_exactly(ids: list[str]) -> None:
    segment = segment_of(*(usage_event(one) for one in ids))

    assert sorted(map(id_text, segment.ids)) == sorted(ids)


def _nearly_uuids() -> st.SearchStrategy[str]:
    digits = st.text("0123456789abcdef", min_size=32, max_size=32)
    dashed = st.uuids().map(str)
    return digits | dashed | dashed.map(str.upper) | st.text("0af- A", min_size=31, max_size=37)


@given(st.lists(_nearly_uuids(), min_size=1, max_size=5, unique=True))
def test_ids_of_hexadecimal_digits_and_dashes_come_back_exactly(ids: list[str]) -> None:
    segment = segment_of(*(usage_event(one) for one in ids))

    assert sorted(map(id_text, segment.ids)) == sorted(ids)


@given(uuids(), st.lists(uuids() | st.text("abc ", min_size=1, max_size=3), max_size=4))
def test_an_id_is_one_event_whether_it_is_stored_as_bytes_or_as_text(
    event_id: str, neighbours: list[str]
) -> None:
    alone = segment_of(usage_event(event_id, 5))
    in_company = segment_of(*(usage_event(one, 5) for one in {event_id, *neighbours, "a text"}))

    fold = fold_of([alone, in_company]).meters[METER]

    assert fold.units == 5 * len({event_id, *neighbours, "a text"})
    assert fold.repeats == 1


def test_a_uuid_with_dashes_and_without_are_two_events() -> None:
    dashed = str(uuid.uuid4())
    plain = dashed.replace("-", "")

    fold = fold_of([segment_of(usage_event(dashed)), segment_of(usage_event(plain))])

    assert fold.meters[METER].units == 2


@given(
    st.lists(
        st.builds(
            lambda home, quantity, tags: CarriedPart(home.meter, quantity, tags),
            meters(6),
            quantities(highest="99999999999999.999999"),
            tag_sets(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.randoms(),
)
def test_what_is_carried_arrives_whole_however_it_was_ordered(
    parts: list[CarriedPart], shuffler: Random
) -> None:
    shuffled = sorted(parts, key=lambda _: shuffler.random())
    encoded = encode_carried(NOON_AT, ORIGIN, parts, NOON_AT)
    (segment,) = read([encoded])

    assert encode_carried(NOON_AT, ORIGIN, shuffled, NOON_AT) == encoded
    assert (segment.origin, encoded.name) == (ORIGIN, carried_name(ORIGIN))
    arrived = sorted((meter, quantity, tags) for meter, _, quantity, tags in rows_of(segment))
    assert arrived == sorted(tuple(part) for part in parts)
    assert sum(fold.units for fold in fold_of([segment]).meters.values()) == sum(
        part.quantity for part in parts
    )


def test_what_is_carried_says_when_it_came() -> None:
    carried_at = NOON_AT + timedelta(minutes=7, seconds=8.9)
    encoded = encode_carried(NOON_AT, ORIGIN, [CarriedPart(METER, Decimal(1), ())], carried_at)

    (usage,) = read([encoded])[0].meters
    assert usage.earliest_at == NOON_AT + timedelta(minutes=7, seconds=8)


@pytest.mark.parametrize("carried_at", [NOON_AT - HOUR, NOON_AT + 30 * HOUR], ids=str)
def test_what_is_carried_to_an_hour_before_or_after_it_began_comes_back(
    carried_at: datetime,
) -> None:
    encoded = encode_carried(NOON_AT, ORIGIN, [CarriedPart(METER, Decimal(1), ())], carried_at)

    (usage,) = read([encoded])[0].meters
    assert usage.earliest_at == carried_at
