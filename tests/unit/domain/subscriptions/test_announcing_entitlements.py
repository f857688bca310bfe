"""What is told of entitlements: all of them, when another thing is held, and never otherwise."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.announcing import News, news_of
from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.state import State
from tests.unit.domain.subscriptions.announced import (
    ACTIVE,
    AMENDED,
    EXTENDED,
    HOLDING,
    UNREGISTERED,
    change,
)
from tests.unit.domain.subscriptions.aws_tells import when

NOTHING = Entitlements(when(84))


def asked_again(state: State) -> State:
    """Return a state of which AWS was asked later, and said the same."""
    assert state.entitlements is not None
    return replace(state, entitlements=replace(state.entitlements, asked_at=when(9_000)))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, HOLDING, ["registered", "activated", "entitlements_changed"]),
        (ACTIVE, HOLDING, ["entitlements_changed"]),
        (HOLDING, replace(EXTENDED, entitlements=NOTHING), ["entitlements_changed"]),
        (HOLDING, replace(EXTENDED, entitlements=HOLDING.entitlements), ["changed"]),
    ],
    ids=[
        "what is held from the beginning is told with it",
        "what is known to be held for the first time is told",
        "what is held no longer is told, with whatever else is another",
        "what is held as before is no change",
    ],
)
def test_it_is_told_when_another_thing_is_held(
    before: State | None, after: State, told: list[str]
) -> None:
    assert [*news_of(before, after)] == told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HOLDING, asked_again(HOLDING)),
        (ACTIVE, replace(ACTIVE, entitlements=NOTHING)),
        (replace(ACTIVE, entitlements=NOTHING), ACTIVE),
    ],
    ids=[
        "AWS was asked again, and says the same",
        "AWS was asked for the first time, and nothing is held",
        "nothing was held, and what AWS said is gone",
    ],
)
def test_of_entitlements_it_is_no_news_that(before: State, after: State) -> None:
    assert news_of(before, after) == ()


def test_a_quantity_of_one_is_another_thing_than_yes() -> None:
    one, yes = (
        replace(ACTIVE, entitlements=Entitlements(when(83), (Entitlement("sso", value),)))
        for value in (Decimal(1), True)
    )

    assert news_of(one, yes) == (News.ENTITLEMENTS_CHANGED,)


def test_all_that_is_held_is_told_to_the_last_digit_and_when_aws_was_asked() -> None:
    (told,) = change(HOLDING, AMENDED).announcements

    assert told.detail_type == "Subscription Entitlements Changed"
    said = told.detail["subscription"]
    assert isinstance(said, dict)
    until = when(31_536_000).isoformat()
    assert said["entitlements"] == {
        "asked_at": when(5_000).isoformat(),
        "all": [
            {"dimension": "edition", "kind": "name", "value": "gold", "expires_at": until},
            {"dimension": "seats", "kind": "quantity", "value": "40.5", "expires_at": until},
            {"dimension": "sso", "kind": "flag", "value": True},
        ],
    }
    (unknown,) = change(UNREGISTERED, ACTIVE).announcements
    assert isinstance(of_it := unknown.detail["subscription"], dict)
    assert of_it["entitlements"] is None, "AWS never said"


def test_a_repetition_has_the_same_id_and_other_entitlements_another() -> None:
    several = [change(ACTIVE, after, 4).announcements[0] for after in (HOLDING, AMENDED)]
    again = [replace(one.change, record_id="900").announcements[0] for one in several]

    assert several[0].id != several[1].id
    assert [one.id for one in again] == [one.id for one in several]
