"""Sealing: what is frozen and what is carried on is exactly what was folded."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.calls.payload import usage_record
from meterhouse.domain.quantity import QUANTITY_MAX
from meterhouse.domain.records.record import Allocation
from meterhouse.domain.records.sealing import (
    ALLOCATIONS_MAX,
    SealedUsage,
    seal_usage,
    timestamp_of,
)
from meterhouse.domain.usage.events import Tags
from tests.unit.domain.builders import HOUR, MINUTE, NOON_AT, sealed_record
from tests.unit.domain.strategies import quantities, tag_sets

ADS, SEARCH = (("team", "ads"),), (("team", "search"),)
FREE_ALLOCATION_BYTES = 350_000


def assert_is_exact(sealed: SealedUsage, by_tags: dict[Tags, Decimal]) -> None:
    allocated = sum((part.quantity for part in sealed.allocations), Decimal(0))
    rest = sum((part.quantity for part in sealed.rest), Decimal(0))
    assert sealed.quantity + rest == sum(by_tags.values())
    assert sealed.quantity <= QUANTITY_MAX
    assert not rest or sealed.quantity == QUANTITY_MAX, "only what does not fit is carried on"
    assert not sealed.allocations or allocated == sealed.quantity
    assert all(part.quantity > 0 for part in (*sealed.allocations, *sealed.rest))


def assert_is_what_aws_takes(allocations: tuple[Allocation, ...]) -> None:
    # UsageRecord$UsageAllocations, and the rules of vendor-metered tagging in the seller guide.
    assert len(allocations) <= ALLOCATIONS_MAX
    assert len({part.tags for part in allocations}) == len(allocations)
    assert len({key for part in allocations for key, _ in part.tags}) <= 5


@given(st.dictionaries(tag_sets(), quantities(), max_size=8))
def test_allocations_and_rest_sum_to_the_fold_exactly(by_tags: dict[Tags, Decimal]) -> None:
    sealed = seal_usage(by_tags)

    assert_is_exact(sealed, by_tags)
    assert_is_what_aws_takes(sealed.allocations)


@given(st.dictionaries(tag_sets(), quantities(), max_size=8), st.randoms())
def test_sealing_is_the_same_in_whichever_order_tags_were_folded(
    by_tags: dict[Tags, Decimal], shuffler: Random
) -> None:
    shuffled = dict(sorted(by_tags.items(), key=lambda _: shuffler.random()))

    assert seal_usage(shuffled) == seal_usage(by_tags)


def test_untagged_usage_has_no_allocations() -> None:
    assert seal_usage({(): Decimal("7.5")}) == SealedUsage(Decimal("7.5"), (), ())


def test_nothing_seals_to_zero() -> None:
    assert seal_usage({}) == SealedUsage(Decimal(0), (), ())
    assert seal_usage({ADS: Decimal(0)}) == SealedUsage(Decimal(0), (), ())


def test_untagged_usage_beside_tagged_usage_is_the_allocation_without_tags() -> None:
    sealed = seal_usage({ADS: Decimal(2), (): Decimal(5), SEARCH: Decimal(3)})

    assert sealed.quantity == 10
    assert sealed.allocations == (
        Allocation(Decimal(3), SEARCH),
        Allocation(Decimal(2), ADS),
        Allocation(Decimal(5), ()),
    )


def test_a_sum_beyond_ten_digits_is_cut_to_the_last_decimal_and_the_rest_keeps_its_tags() -> None:
    by_tags = {ADS: Decimal(9_999_999_999), SEARCH: Decimal(3), (): Decimal("0.5")}

    sealed = seal_usage(by_tags)

    assert_is_exact(sealed, by_tags)
    assert sealed.quantity == QUANTITY_MAX
    assert sealed.allocations == (
        Allocation(Decimal(9_999_999_999), ADS),
        Allocation(Decimal("0.999999"), SEARCH),
    )
    assert sealed.rest == (
        Allocation(Decimal("2.000001"), SEARCH),
        Allocation(Decimal("0.5"), ()),
    )


def test_the_largest_quantity_itself_leaves_no_rest() -> None:
    assert seal_usage({(): QUANTITY_MAX}) == SealedUsage(QUANTITY_MAX, (), ())


def test_the_allocation_limit_costs_the_smallest_sums_their_tags_and_no_units() -> None:
    by_tags: dict[Tags, Decimal] = {(("team", f"{n:04}"),): Decimal(n) for n in range(1, 3_001)}

    sealed = seal_usage(by_tags)

    assert_is_exact(sealed, by_tags)
    assert_is_what_aws_takes(sealed.allocations)
    assert sealed.allocations[0] == Allocation(Decimal(3_000), (("team", "3000"),))
    assert sealed.allocations[-1].tags == ()


def test_a_sixth_tag_key_loses_its_tags_and_the_five_of_the_largest_sums_keep_theirs() -> None:
    by_tags: dict[Tags, Decimal] = {((f"key{n}", "x"),): Decimal(10 - n) for n in range(7)}

    sealed = seal_usage(by_tags)

    assert_is_exact(sealed, by_tags)
    assert [part.tags for part in sealed.allocations] == [
        *(((f"key{n}", "x"),) for n in range(5)),
        (),
    ]
    assert sealed.allocations[-1].quantity == 5 + 4


def widest_tags(n: int) -> Tags:
    return tuple((f"{key}{'k' * 99}", f"{n:04}{'v' * 252}") for key in range(5))


def test_a_record_with_the_widest_tags_leaves_room_in_an_item_and_in_a_call() -> None:
    by_tags = {widest_tags(n): Decimal(n) + Decimal("0.000001") for n in range(1, 2_400)}

    sealed = seal_usage(by_tags)

    assert_is_exact(sealed, by_tags)
    frozen = sealed_record(
        sealed.quantity, *((part.quantity, part.tags) for part in sealed.allocations)
    )
    assert len(str(usage_record(frozen))) < FREE_ALLOCATION_BYTES


@pytest.mark.parametrize(
    ("earliest_at", "now", "expected"),
    [
        (
            NOON_AT + timedelta(minutes=7, seconds=8.9),
            NOON_AT + HOUR,
            timedelta(minutes=7, seconds=8),
        ),
        (None, NOON_AT + HOUR, timedelta(0)),
        # Whatever was carried into an hour, and whatever a producer's clock says.
        (NOON_AT - 3 * HOUR, NOON_AT + HOUR, timedelta(0)),
        (NOON_AT + 5 * HOUR, NOON_AT + 2 * HOUR, timedelta(minutes=59, seconds=59)),
        # AWS need not take what lies in the future.
        (NOON_AT + 30 * MINUTE, NOON_AT + 10 * MINUTE, timedelta(minutes=10)),
        (NOON_AT + 30 * MINUTE, NOON_AT - MINUTE, timedelta(0)),
    ],
)
def test_the_timestamp_lies_within_the_hour_and_not_ahead(
    earliest_at: datetime | None, now: datetime, expected: timedelta
) -> None:
    assert timestamp_of(NOON_AT, earliest_at, now) == NOON_AT + expected


HALF = NOON_AT + 30 * MINUTE
LATE_IN_THE_DAY = NOON_AT + 12 * HOUR
TIMES_OF_A_SUBSCRIPTION = {
    "usage before the start is told as the start": (HALF, None, NOON_AT, 30 * MINUTE),
    "a start within a second is told as the next one": (
        HALF + timedelta(microseconds=1),
        None,
        NOON_AT,
        timedelta(minutes=30, seconds=1),
    ),
    "usage after the start is told as it was": (HALF, None, HALF + MINUTE, 31 * MINUTE),
    "usage after the end is told as the end": (None, HALF, HALF + 9 * MINUTE, 30 * MINUTE),
    "an end within a second is told as that second": (
        None,
        HALF + timedelta(seconds=0.9),
        HALF + 9 * MINUTE,
        30 * MINUTE,
    ),
    "usage before the end is told as it was": (None, HALF, HALF - MINUTE, 29 * MINUTE),
    "a start in an earlier hour changes nothing": (NOON_AT - HOUR, None, HALF, 30 * MINUTE),
    "a start in a later hour changes nothing": (NOON_AT + HOUR, None, HALF, 30 * MINUTE),
    "an end in an earlier hour changes nothing": (None, NOON_AT - MINUTE, HALF, 30 * MINUTE),
    "an end in a later hour changes nothing": (None, NOON_AT + 2 * HOUR, HALF, 30 * MINUTE),
    "a start in the hour's last second stays in the hour": (
        NOON_AT + HOUR - timedelta(microseconds=1),
        None,
        NOON_AT,
        timedelta(minutes=59, seconds=59),
    ),
    "what began and ended in one second is told no earlier than it began": (
        HALF + timedelta(seconds=0.2),
        HALF + timedelta(seconds=0.9),
        NOON_AT,
        timedelta(minutes=30, seconds=1),
    ),
}


@pytest.mark.parametrize(
    ("starts_at", "ended_at", "earliest_at", "expected"),
    TIMES_OF_A_SUBSCRIPTION.values(),
    ids=TIMES_OF_A_SUBSCRIPTION,
)
def test_the_timestamp_lies_within_the_subscriptions_time(
    starts_at: datetime | None,
    ended_at: datetime | None,
    earliest_at: datetime,
    expected: timedelta,
) -> None:
    found = timestamp_of(
        NOON_AT, earliest_at, LATE_IN_THE_DAY, starts_at=starts_at, ended_at=ended_at
    )

    assert found == NOON_AT + expected
