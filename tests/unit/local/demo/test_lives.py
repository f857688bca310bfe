from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from local.demo.lives import Life, Lives, describe, find_problems_of_lives, line_of_lives, use
from local.seller.comparison import compare
from local.seller.usage import UsageKey, tally_of
from meterhouse.domain.subscriptions.state import Phase
from tests.unit.local.demo.lives import BEFORE_IT, HOUR_AT, LIVES, state

LEAVING = LIVES.lives[1]


def with_leaving(**change: Any) -> Lives:
    early, leaving, renewing = LIVES.lives
    return replace(LIVES, lives=(early, replace(leaving, **change), renewing))


def moved_an_hour(life: Life) -> dict[UsageKey, Decimal]:
    units = tally_of(life.facts).units
    return {
        replace(key, hour_at=key.hour_at + timedelta(hours=2)): one for key, one in units.items()
    }


def test_something_is_used_in_each_minute_also_of_the_hour_before() -> None:
    chance = Random(1)  # noqa: S311 - to be repeated
    facts = use(chance, LEAVING.subscription, HOUR_AT, range(-2, 3))
    minutes = [int((fact.used_at - HOUR_AT) // timedelta(minutes=1)) for fact in facts]
    assert minutes == [-2, -1, 0, 1, 2]
    assert {fact.hour_at for fact in facts} == {BEFORE_IT, HOUR_AT}
    assert len({fact.event_id for fact in facts}) == len(facts)


def test_all_went_well_if_each_license_was_billed_by_the_hour_and_ended_as_it_must() -> None:
    assert find_problems_of_lives(LIVES) == []


def test_what_was_billed_is_told_by_license_and_by_what_the_events_had_to_do_with_it() -> None:
    early, leaving, renewing = (life.comparison.billed for life in LIVES.lives)
    assert line_of_lives(LIVES) == (
        f"last hours billed by AWS's events alone: leaving 5 events {leaving} units, "
        f"renewing 10 events {renewing} units; "
        f"first known by them: early 24 events {early} units"
    )


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        (replace(LIVES, missed=("it was not billed",)), "it was not billed"),
        (replace(LIVES, early=None), "before it registered"),
        (replace(LIVES, early=state(Phase.PENDING)), "before it registered"),
        (replace(LIVES, early=state(Phase.ACTIVE, registered_at=HOUR_AT)), "before it registered"),
        (with_leaving(state=None), "leaving is unknown instead of ended"),
        (with_leaving(state=state(Phase.ENDING)), "leaving is ending instead of ended"),
        (
            with_leaving(comparison=compare(tally_of(LEAVING.facts).units, moved_an_hour(LEAVING))),
            "not billed in the hours",
        ),
        (
            with_leaving(comparison=compare(tally_of(LEAVING.facts).units, {})),
            "not billed in the hours",
        ),
    ],
)
def test_whatever_is_not_as_it_must_be_is_named(seen: Lives, problem: str) -> None:
    (found,) = find_problems_of_lives(seen)
    assert problem in found


def test_what_is_known_of_somebody_is_told_in_a_few_words() -> None:
    assert describe(None) == "not known"
    assert describe(state(Phase.ACTIVE)) == "active, may use the product, never registered"
    gone = replace(state(Phase.ENDED, registered_at=BEFORE_IT), ended_at=HOUR_AT)
    assert describe(gone) == "ended, no access, registered at 18:00, ended at 19:00"
