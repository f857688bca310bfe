"""Segments fit into an item of DynamoDB, and cost few bytes an event."""

import uuid
from collections.abc import Sequence
from decimal import Decimal

import pytest

from meterhouse.domain.journal.segments import SEGMENT_BYTES_MAX, SEGMENT_EVENTS_MAX
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.usage.events import UsageEvent
from tests.unit.domain.builders import KEY, usage_event
from tests.unit.domain.journal.test_segments import read, row_of, rows_of, written

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
ITEM_BYTES_MAX = 400 * 1024


def worst_events(count: int) -> list[UsageEvent]:
    """Events that cannot be compressed: random ids of the greatest length, tags of their own."""
    return [
        usage_event(
            "".join(uuid.uuid4().hex for _ in range(4)),
            Decimal(9_999_999_999) - n + Decimal("0.123457"),
            tags=tuple((f"{tag}{uuid.uuid4().hex * 3}"[:100], "v" * 256) for tag in range(n % 6)),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("events", "segments"),
    [
        ([usage_event(uuid.uuid4().hex, n) for n in range(SEGMENT_EVENTS_MAX + 1)], 2),
        ([usage_event("\U0001f600" * 124 + f"{n:04}", n) for n in range(SEGMENT_EVENTS_MAX)], 1),
        (
            [
                usage_event(f"{n:05}", "9999999999.999999", tags=(("t", uuid.uuid4().hex),))
                for n in range(SEGMENT_EVENTS_MAX)
            ],
            2,
        ),
        (worst_events(6_000), 2),
    ],
    ids=["many uuids", "wide characters", "a tag set each", "incompressible"],
)
def test_segments_stay_within_an_item_however_the_events_look(
    events: list[UsageEvent], segments: int
) -> None:
    encoded = written(events)

    assert len(encoded) >= segments
    # The rest of an item is its key: at most 2,048 and 1,024 bytes.
    assert max(len(one.blob) for one in encoded) <= SEGMENT_BYTES_MAX < ITEM_BYTES_MAX - 4_096
    rows = [row for segment in read(encoded) for row in rows_of(segment)]
    assert sorted(rows) == sorted(map(row_of, events))


def bytes_an_event(events: Sequence[UsageEvent]) -> float:
    return sum(len(one.blob) for one in written(events)) / len(events)


# A write unit is a KB. A transaction costs two of them for each, and a plain write one:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
def test_twenty_thousand_events_of_one_meter_cost_less_than_twenty_bytes_each() -> None:
    ids = [uuid.uuid4() for _ in range(20_000)]

    for texts in (map(str, ids), (one.hex for one in ids)):
        assert bytes_an_event([usage_event(one, n % 50) for n, one in enumerate(texts)]) <= 20


def test_a_thousand_events_of_one_meter_cost_less_than_eighteen_bytes_each() -> None:
    assert bytes_an_event([usage_event(str(uuid.uuid4()), n % 50) for n in range(1_000)]) < 18


def test_events_of_two_thousand_meters_cost_less_than_forty_bytes_each() -> None:
    homes = [
        KEY._replace(subscription=SubscriptionKey(f"license#l-{uuid.uuid4().hex}"))
        for _ in range(2_000)
    ]

    assert bytes_an_event([usage_event(str(uuid.uuid4()), 3, home=one) for one in homes]) <= 40


def test_uuids_that_begin_with_a_time_cost_less_than_thirteen_bytes_each() -> None:
    started = 0x019A_0000_0000
    ids = [f"{started + n:012x}7{uuid.uuid4().hex[13:]}" for n in range(1_000)]

    assert bytes_an_event([usage_event(one, n % 50) for n, one in enumerate(ids)]) < 13


def test_a_segment_of_one_event_is_hardly_larger_than_its_event() -> None:
    assert bytes_an_event([usage_event(str(uuid.uuid4()))]) < 90
