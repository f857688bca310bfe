"""What answers to one call say of the subscriptions in it."""

from dataclasses import replace
from itertools import permutations

from meterhouse.domain.records.answers import (
    Accepted,
    Duplicate,
    Missing,
    NotSubscribed,
    RecordAnswer,
    hear,
)
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.suspicion import Suspicion
from tests.unit.domain.builders import NOON_AT, SUBSCRIPTION

OTHER = replace(SUBSCRIPTION, key=SubscriptionKey("license#l-other"))


def test_one_record_that_aws_takes_says_more_than_all_that_it_refuses() -> None:
    answers: list[RecordAnswer] = [NotSubscribed(), Accepted("receipt"), NotSubscribed()]

    for order in permutations(answers):
        asked = ((SUBSCRIPTION, one) for one in order)
        assert hear(asked, NOON_AT) == {
            SUBSCRIPTION.key: Suspicion(SUBSCRIPTION, NOON_AT, is_raised=False)
        }


def test_each_subscription_is_judged_by_its_own_records() -> None:
    subscriptions = (SUBSCRIPTION, OTHER, None)
    answers: list[RecordAnswer] = [Accepted("receipt"), NotSubscribed(), NotSubscribed()]

    assert hear(zip(subscriptions, answers, strict=True), NOON_AT) == {
        SUBSCRIPTION.key: Suspicion(SUBSCRIPTION, NOON_AT, is_raised=False),
        OTHER.key: Suspicion(OTHER, NOON_AT, is_raised=True),
    }


def test_other_answers_say_nothing_of_a_subscription() -> None:
    asked = [(SUBSCRIPTION, one) for one in (Duplicate("receipt"), Missing())]

    assert hear(asked, NOON_AT) == {}
