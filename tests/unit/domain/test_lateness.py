"""Late usage: remembered at home, billed in a later hour, once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.journal import PAGE_BYTES_MAX, PageKind, encode_page
from meterhouse.domain.lateness import carry_late, target_keys, unseen_events
from meterhouse.domain.lifecycle import RecordState
from meterhouse.domain.records import ABSENT_VERSION
from tests.unit.domain.builders import (
    HOUR,
    KEY,
    MINUTE,
    NOON_AT,
    frozen_usage,
    page_of,
    record_in,
    usage_event,
)

NOW = NOON_AT + 5 * HOUR + 20 * MINUTE


def test_events_that_the_closed_record_holds_already_are_not_carried() -> None:
    record = record_in(
        RecordState.METERED, page_of(("home", 1)), page_of(("late", 1), kind=PageKind.LATE)
    )

    unseen = unseen_events(record, [usage_event(name) for name in ("home", "late", "new")])

    assert [event.event_id for event in unseen] == ["new"]


def test_carried_usage_of_other_hours_does_not_hide_an_event_of_the_same_id() -> None:
    carried = page_of(
        ("carried_record/0", 5), kind=PageKind.CARRIED_RECORD, from_hour_at=NOON_AT - HOUR
    )

    unseen = unseen_events(
        record_in(RecordState.METERED, carried), [usage_event("carried_record/0")]
    )

    assert len(unseen) == 1


def test_a_repeated_late_event_is_carried_once() -> None:
    unseen = unseen_events(None, [usage_event("a"), usage_event("b"), usage_event("a")])

    assert [event.event_id for event in unseen] == ["a", "b"]


@pytest.mark.parametrize("quantities", [(9, 4), (4, 9)])
def test_a_late_id_with_two_quantities_counts_the_smaller_as_it_would_at_home(
    quantities: tuple[int, int],
) -> None:
    (unseen,) = unseen_events(None, [usage_event("a", quantity) for quantity in quantities])

    assert unseen.quantity == 4


def test_late_events_are_noted_at_home_and_billed_elsewhere_in_one_write() -> None:
    record = record_in(RecordState.METERED, page_of(("home", 1)), frozen=frozen_usage(1), units=1)
    events = [usage_event("x", "2.5"), usage_event("y", 4)]

    change = carry_late(KEY, record, events, NOW)

    assert change.record == replace(record, version=record.version + 1)
    assert change.before_version == record.version
    assert change.late_page is not None
    assert change.carried is not None
    assert (change.late_page.kind, change.carried.kind) == (PageKind.LATE, PageKind.CARRIED_EVENTS)
    assert change.late_page.entries == change.carried.entries
    assert change.late_page.units == Decimal("6.5")
    assert change.carried.from_hour_at == NOON_AT
    assert change.carried.earliest_at == NOW


def test_an_hour_without_a_record_is_opened_closed_so_that_its_events_are_known() -> None:
    change = carry_late(KEY, None, [usage_event("x", 3)], NOW)

    assert change.before_version == ABSENT_VERSION
    assert (change.record.state, change.record.reason) == (RecordState.CARRIED, "only_late_usage")
    assert change.record.units == 0
    assert change.record.due_at is None


def test_more_late_events_than_fit_into_a_page_are_carried_page_by_page() -> None:
    left = [usage_event(f"{n:0120}") for n in range(4_000)]
    carried = []
    record = None
    while left:
        change = carry_late(KEY, record, left, NOW)
        assert change.late_page is not None
        assert len(encode_page(change.late_page).blob) < PAGE_BYTES_MAX
        carried += [entry.event_id for entry in change.late_page.entries]
        record = record_in(RecordState.CARRIED, change.late_page, units=0)
        left = [event for event in left if event.event_id not in set(carried)]

    assert sorted(carried) == [f"{n:0120}" for n in range(4_000)]


def test_carried_usage_goes_to_the_current_hour_or_the_ones_after_it() -> None:
    hours = [(key.hour_at - NOON_AT) // HOUR for key in target_keys(KEY, NOW)]

    assert hours == [5, 6, 7]
    assert {key.account for key in target_keys(KEY, NOW)} == {KEY.account}


def test_usage_of_the_current_hour_goes_to_the_next_when_its_record_is_closed() -> None:
    hours = [(key.hour_at - NOON_AT) // HOUR for key in target_keys(KEY, NOON_AT + 30 * MINUTE)]

    assert hours == [1, 2, 3]
