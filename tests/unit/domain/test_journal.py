"""Journal pages: what goes in comes out, under its own name, in an item that DynamoDB takes."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.events import EVENT_ID_LENGTH_MAX, UsageEvent
from meterhouse.domain.journal import (
    PAGE_BYTES_MAX,
    Entry,
    Page,
    PageKind,
    decode_page,
    encode_page,
    paginate,
)
from tests.unit.domain.builders import NOON_AT, page_of, usage_event
from tests.unit.domain.strategies import pages, usage_events


def _nearly_uuids() -> st.SearchStrategy[str]:
    digits = st.text("0123456789abcdef", min_size=32, max_size=32)
    dashed = st.uuids().map(str)
    return digits | dashed | dashed.map(str.upper) | st.text("0af- A", min_size=31, max_size=37)


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
ITEM_BYTES_MAX = 400 * 1024


@given(pages())
def test_a_page_survives_being_written_and_read(page: Page) -> None:
    assert decode_page(encode_page(page).blob) == page


@given(pages())
def test_equal_pages_have_equal_names_and_equal_content(page: Page) -> None:
    other_scale = tuple(
        entry._replace(quantity=entry.quantity + Decimal("0.000000")) for entry in page.entries
    )

    assert encode_page(replace(page, entries=other_scale)) == encode_page(page)


@given(pages(), pages())
def test_different_pages_have_different_names(one: Page, other: Page) -> None:
    assert (encode_page(one).digest == encode_page(other).digest) is (one == other)


@pytest.mark.parametrize(
    "changed",
    [
        page_of(("e1", 2)),
        page_of(("e2", 1)),
        page_of(("e1", 1), tags=(("team", "ads"),)),
        page_of(("e1", 1), kind=PageKind.LATE),
        page_of(("e1", 1), earliest_at=NOON_AT + timedelta(microseconds=1)),
        page_of(("e1", 1), from_hour_at=NOON_AT - timedelta(hours=1)),
        page_of(("e1", 1), ("e1", 1)),
    ],
)
def test_whatever_differs_in_a_page_changes_its_name(changed: Page) -> None:
    assert encode_page(changed).digest != encode_page(page_of(("e1", 1))).digest


@given(st.lists(usage_events(), max_size=12), st.randoms())
def test_the_order_of_messages_does_not_change_the_pages(
    events: list[UsageEvent], shuffler: Random
) -> None:
    distinct = list({(one.event_id, one.quantity): one for one in events}.values())
    shuffled = sorted(distinct, key=lambda _: shuffler.random())

    assert list(paginate(shuffled)) == list(paginate(distinct))


@given(st.lists(usage_events(), max_size=12))
def test_pages_hold_every_event_once_and_the_earliest_time(events: list[UsageEvent]) -> None:
    found = list(paginate(events))

    entries = [entry for page in found for entry in page.entries]
    wanted = [Entry(one.event_id, one.quantity, one.tags) for one in events]
    assert sorted(entries, key=repr) == sorted(wanted, key=repr)
    if events:
        assert min(page.earliest_at for page in found) == min(one.occurred_at for one in events)
        assert sum(page.units for page in found) == sum(one.quantity for one in events)


def test_no_events_make_no_page() -> None:
    assert list(paginate([])) == []


def test_events_of_one_page_keep_their_kind() -> None:
    (page,) = paginate([usage_event()], kind=PageKind.LATE)

    assert page.kind is PageKind.LATE


def worst_events(count: int) -> list[UsageEvent]:
    """Events that cannot be compressed: random ids of the greatest length, tags of their own."""
    return [
        usage_event(
            (uuid.uuid4().hex * 4)[:EVENT_ID_LENGTH_MAX],
            Decimal(9_999_999_999) - n + Decimal("0.123457"),
            tags=tuple((f"{tag}{uuid.uuid4().hex * 3}"[:100], "v" * 256) for tag in range(n % 6)),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    "events",
    [
        [usage_event(uuid.uuid4().hex, n) for n in range(15_000)],
        [usage_event('"' * 64 + "\\" * 60 + f"{n:04}", n) for n in range(2_000)],
        [usage_event("\x01" * 124 + f"{n:04}", n) for n in range(1_000)],
        [usage_event("\U0001f600" * 124 + f"{n:04}", n) for n in range(1_500)],
        [
            usage_event(f"{n:05}", "9999999999.999999", tags=(("t", f"{n:05}"),))
            for n in range(12_000)
        ],
        worst_events(800),
    ],
    ids=[
        "uuids",
        "quotes",
        "control characters",
        "wide characters",
        "a tag set each",
        "incompressible",
    ],
)
def test_pages_stay_within_an_item_however_the_events_look(events: list[UsageEvent]) -> None:
    encoded = [encode_page(page) for page in paginate(events)]

    assert len(encoded) > 1, "the test is at the edge of a page"
    assert sum(len(page.entries) for page in paginate(events)) == len(events)
    # The rest of an item is its key: at most 2,048 and 1,024 bytes.
    assert max(len(page.blob) for page in encoded) < PAGE_BYTES_MAX * 1.1 < ITEM_BYTES_MAX - 4_096


def bytes_per_event(ids: Iterable[str]) -> float:
    events = [usage_event(one, n % 50) for n, one in enumerate(ids)]
    (page,) = paginate(events)
    return len(encode_page(page).blob) / len(events)


# A transaction costs two write units for each KB, and 50 for 1,000 events are the goal:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
def test_a_thousand_events_with_uuids_cost_less_than_eighteen_bytes_each() -> None:
    assert bytes_per_event(str(uuid.uuid4()) for _ in range(1_000)) < 18
    assert bytes_per_event(uuid.uuid4().hex for _ in range(1_000)) < 18


def test_uuids_that_begin_with_a_time_cost_less_than_thirteen_bytes_each() -> None:
    started = 0x019A_0000_0000
    timed = (f"{started + n:012x}7{uuid.uuid4().hex[13:]}" for n in range(1_000))

    assert bytes_per_event(timed) < 13


def test_a_page_of_one_event_is_hardly_larger_than_its_event() -> None:
    assert bytes_per_event([str(uuid.uuid4())]) < 70


@pytest.mark.parametrize(
    "ids",
    [
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
    ],
    ids=repr,
)
def test_ids_that_are_nearly_uuids_come_back_exactly(ids: list[str]) -> None:
    page = page_of(*((one, 1) for one in ids))

    assert decode_page(encode_page(page).blob) == page


@given(st.lists(_nearly_uuids(), min_size=1, max_size=5))
def test_ids_of_hexadecimal_digits_and_dashes_come_back_exactly(ids: list[str]) -> None:
    page = page_of(*((one, 1) for one in ids))

    assert decode_page(encode_page(page).blob) == page
