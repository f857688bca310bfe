"""What is told of an allowance that is used up: each threshold once, and nothing in between."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhouse.domain.allowances.allowance import (
    THRESHOLDS_PERCENT,
    Allowance,
    AllowanceKey,
    crossed,
)
from meterhouse.domain.allowances.announcing import AllowanceAnnouncement, AllowanceChange
from meterhouse.domain.keys import MeterKey
from tests.unit.domain.builders import KEY, NOON_AT

CALLS = AllowanceKey(KEY.meter, "2026-11")
CHANGED_AT = NOON_AT + timedelta(hours=2)


def change(
    before: str | None, after: str, granted: str = "100", key: AllowanceKey = CALLS
) -> AllowanceChange:
    earlier = None if before is None else Allowance(key, Decimal(granted), Decimal(before))
    later = Allowance(key, Decimal(granted), Decimal(after))
    return AllowanceChange("7", earlier, later, CHANGED_AT)


def told(before: str | None, after: str, granted: str = "100") -> list[int]:
    return [one.percent for one in change(before, after, granted).announcements]


def one_of(
    before: str | None, after: str, granted: str = "100", key: AllowanceKey = CALLS
) -> AllowanceAnnouncement:
    (one,) = change(before, after, granted, key).announcements
    return one


@pytest.mark.parametrize(
    ("before", "after", "thresholds"),
    [
        (None, "79.999999", []),
        (None, "80", [80]),
        ("79.999999", "80.000001", [80]),
        ("80", "99.999999", []),
        ("99.999999", "100", [100]),
        (None, "100", [80, 100]),
    ],
    ids=[
        "nothing before the first",
        "the first when it is reached",
        "the first, to the last decimal",
        "nothing in between",
        "all of it",
        "both at once, in their order",
    ],
)
def test_a_threshold_is_told_of_by_the_taking_that_reaches_it(
    before: str | None, after: str, thresholds: list[int]
) -> None:
    assert told(before, after) == thresholds


@given(st.lists(st.decimals("0.000001", 9_999, places=6), min_size=1, max_size=9), st.data())
def test_each_threshold_is_told_of_once_in_whatever_steps_all_is_taken(
    steps: list[Decimal], data: st.DataObject
) -> None:
    granted = sum(steps, Decimal(0))
    taken = Decimal(0)
    found: list[int] = []
    for units in data.draw(st.permutations(steps)):
        found += crossed(taken, taken + units, granted)
        taken += units

    assert tuple(found) == THRESHOLDS_PERCENT


def test_more_that_is_granted_has_thresholds_of_its_own() -> None:
    first, again = one_of("75", "85"), one_of("155", "165", "200")

    assert (first.percent, again.percent) == (80, 80)
    assert first.id != again.id


def test_less_that_is_granted_than_was_taken_is_no_crossing() -> None:
    assert told("90", "90", "50") == []


def test_a_repeat_has_the_same_id_and_everything_else_another() -> None:
    others = [
        one_of("79", "80", key=CALLS._replace(period="2026-12")),
        one_of("79", "80", key=CALLS._replace(meter=MeterKey(KEY.subscription, "storage"))),
        one_of("99", "100"),
        one_of("79", "90", "110"),
    ]

    assert one_of("79", "80").id == one_of(None, "85").id
    assert len({one.id for one in [one_of("79", "80"), *others]}) == 1 + len(others)


def test_it_is_told_whose_it_is_how_much_is_taken_and_what_is_left() -> None:
    one = one_of("79", "80.5")

    assert one.detail_type == "Allowance Crossed"
    assert one.subscription == KEY.subscription
    assert one.detail == {
        "version": 1,
        "id": one.id,
        "type": "crossed",
        "changed_at": CHANGED_AT.isoformat(),
        "subscription": {"key": KEY.subscription},
        "allowance": {
            "dimension": KEY.dimension,
            "period": "2026-11",
            "percent": 80,
            "granted": "100",
            "taken": "80.5",
            "left": "19.5",
        },
    }
