"""In how many days a subscription ends as agreed."""

from datetime import timedelta

import pytest

from meterhouse.domain.subscriptions.facts import Fact
from meterhouse.domain.subscriptions.folding import Folder, fold
from meterhouse.domain.subscriptions.identity import license_key
from tests.unit.domain.subscriptions.aws_tells import LICENSE, created, ended, licensed, when
from tests.unit.domain.subscriptions.lives import HOUR, MINE

NOW = when(HOUR)
END = NOW + timedelta(days=90)
AGREED = created(0, endTime=END.isoformat())


def days_left(*facts: Fact) -> int | None:
    mine = [fact for fact in facts if fact.license == license_key(LICENSE)]
    of_agreement = [fact for fact in facts if fact not in mine]
    agreement = of_agreement[0].folder
    folders = {
        MINE: Folder(MINE, tuple(mine), frozenset({agreement})),
        agreement: Folder(agreement, tuple(of_agreement)),
    }
    state = fold(MINE, folders, NOW)
    assert state is not None
    assert state.subscription is not None
    return state.subscription.days_left(NOW)


@pytest.mark.parametrize(
    ("facts", "days"),
    [
        ([AGREED], 90),
        ([created(0)], None),
        ([AGREED, ended(60)], None),
    ],
    ids=["as agreed", "until it is cancelled", "ended"],
)
def test_only_what_goes_on_to_an_agreed_end_has_days_left(
    facts: list[Fact], days: int | None
) -> None:
    assert days_left(*facts, licensed(61)) == days
