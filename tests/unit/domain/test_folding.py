"""Folding: each distinct event counts once, in whichever order its pages are read."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.folding import Fold, fold_billable, fold_late, home_event_ids
from meterhouse.domain.journal import Page, PageKind
from tests.unit.domain.builders import HOUR, NOON_AT, page_of
from tests.unit.domain.strategies import pages

ADS, SEARCH = (("team", "ads"),), (("team", "search"),)


def test_no_pages_fold_to_nothing() -> None:
    assert fold_billable([]) == Fold()


def test_distinct_events_are_summed_exactly() -> None:
    fold = fold_billable([page_of(("a", "0.1"), ("b", "0.2")), page_of(("c", "9999999999.7"))])

    assert fold.units == Decimal("10000000000.0")
    assert (fold.events, fold.repeats, fold.conflicts) == (3, 0, 0)


def test_a_repeated_event_counts_once_within_and_across_pages() -> None:
    fold = fold_billable([page_of(("a", 5), ("b", 1), ("a", 5)), page_of(("a", "5.0"))])

    assert fold.units == 6
    assert (fold.events, fold.repeats, fold.conflicts) == (2, 2, 0)


def test_one_id_with_two_quantities_counts_the_smaller() -> None:
    for quantities in ([9, 4], [4, 9]):
        fold = fold_billable([page_of(*(("a", quantity) for quantity in quantities))])
        assert fold.units == 4
        assert (fold.events, fold.repeats, fold.conflicts) == (1, 1, 1)


def test_one_id_with_two_tag_sets_counts_once_and_is_a_conflict() -> None:
    one, other = page_of(("a", 5), tags=SEARCH), page_of(("a", 5), tags=ADS)

    assert fold_billable([one, other]) == fold_billable([other, one])
    assert fold_billable([one, other]).units == 5
    assert fold_billable([one, other]).conflicts == 1


def test_sums_are_kept_for_each_tag_set() -> None:
    fold = fold_billable(
        [
            page_of(("a", 1), ("b", 2), tags=ADS),
            page_of(("c", 4), tags=SEARCH),
            page_of(("d", 8)),
            page_of(("e", 16), tags=ADS),
        ]
    )

    assert fold.by_tags == {ADS: 19, SEARCH: 4, (): 8}


def test_the_earliest_time_of_any_page_is_kept() -> None:
    early, late = NOON_AT + timedelta(minutes=7), NOON_AT + timedelta(minutes=40)

    fold = fold_billable(
        [page_of(("a", 1), earliest_at=late), page_of(("b", 1), earliest_at=early)]
    )

    assert fold.earliest_at == early


def test_late_usage_of_an_hour_is_known_there_and_billed_elsewhere() -> None:
    found = [page_of(("a", 1)), page_of(("b", 2), kind=PageKind.LATE)]

    assert fold_billable(found).units == 1
    assert fold_late(found).units == 2
    assert home_event_ids(found) == {"a", "b"}


@pytest.mark.parametrize(
    "kind", [PageKind.CARRIED_EVENTS, PageKind.CARRIED_RECORD, PageKind.CARRIED_REST]
)
def test_carried_usage_with_the_id_of_a_home_event_is_another_event(kind: PageKind) -> None:
    carried = page_of(("a", 2), kind=kind, from_hour_at=NOON_AT - HOUR)
    earlier = replace(carried, from_hour_at=NOON_AT - 2 * HOUR)

    assert fold_billable([page_of(("a", 1)), carried, earlier, carried]).units == 5
    assert home_event_ids([carried]) == set()


@given(st.lists(pages(few_ids=True), max_size=6), st.randoms())
def test_the_order_of_pages_and_entries_changes_nothing(
    found: list[Page], shuffler: Random
) -> None:
    shuffled = [
        replace(page, entries=tuple(sorted(page.entries, key=lambda _: shuffler.random())))
        for page in sorted(found, key=lambda _: shuffler.random())
    ]

    assert fold_billable(shuffled) == fold_billable(found)
    assert fold_late(shuffled) == fold_late(found)


@given(st.lists(pages(few_ids=True), max_size=4))
def test_reading_a_page_twice_adds_nothing(found: list[Page]) -> None:
    once, twice = fold_billable(found), fold_billable(found + found)

    assert (twice.units, twice.by_tags, twice.events) == (once.units, once.by_tags, once.events)
    assert sum(once.by_tags.values()) == once.units


def test_what_a_late_page_took_elsewhere_is_not_billed_again_by_a_write_that_came_after() -> None:
    home = page_of(("a", 1), ("b", 1000))
    late = page_of(("b", 1000), ("c", 7), kind=PageKind.LATE)

    fold = fold_billable([home, late])

    assert fold.units == 1
    assert fold.events == 1
    assert fold_late([home, late]).units == 1007


def test_an_event_of_another_hour_counts_though_its_id_is_that_of_a_late_one() -> None:
    carried = page_of(("b", 5), kind=PageKind.CARRIED_EVENTS, from_hour_at=NOON_AT - HOUR)
    late = page_of(("b", 1000), kind=PageKind.LATE)

    assert fold_billable([carried, late]).units == 5
