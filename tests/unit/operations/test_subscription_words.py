"""What the command and the console say of entitlements and of facts, in words."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.subscriptions.entitlements import Entitlement, Entitlements
from meterhouse.domain.subscriptions.facts import Kind
from operations.entitlements import EXPIRED, NEVER_SAID, NOTHING, rows_of, words_about
from operations.fact_words import WORDS
from tests.unit.domain.builders import NOON_AT

DAY = timedelta(days=1)
SEATS = Entitlement("seats", Decimal(25), NOON_AT + DAY)


def said(*held: Entitlement) -> Entitlements:
    return Entitlements(NOON_AT, held)


def test_each_kind_of_fact_has_its_words() -> None:
    assert {*WORDS} == {*Kind}
    assert len({*WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize(
    ("known", "days", "words"),
    [
        (None, 0, NEVER_SAID),
        (said(), 0, NOTHING),
        (said(SEATS), 0, None),
        (said(SEATS), 1, EXPIRED),
        (said(Entitlement("seats", Decimal(25))), 900, None),
        (said(Entitlement("seats", Decimal(25), NOON_AT - DAY)), 900, None),
    ],
    ids=[
        "that AWS never said, and how it is asked",
        "that nothing is held",
        "nothing of what stands",
        "that what expired may have been renewed, and how AWS is asked",
        "nothing of what never expires",
        "nothing of what AWS says of it after it has expired",
    ],
)
def test_of_what_is_held_is_said(known: Entitlements | None, days: int, words: str | None) -> None:
    rows = rows_of(known, NOON_AT + days * DAY)

    assert words_about(None if known is None else NOON_AT, rows, has_ended=False) == words


def test_what_expired_with_the_end_is_no_question() -> None:
    rows = rows_of(said(SEATS), NOON_AT + DAY)

    assert [one.is_expired for one in rows] == [True]
    assert words_about(NOON_AT, rows, has_ended=True) is None
