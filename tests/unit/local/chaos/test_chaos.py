"""When a run of chaos counts as passed."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from local.chaos.__main__ import find_problems
from local.chaos.play import ChaosOutcome
from local.chaos.saboteur import FUNCTIONS
from local.seller.comparison import compare
from local.seller.usage import UsageKey
from tests.template.cloudformation import resources

KEY = UsageKey("agmt-1", "documents", datetime(2026, 11, 18, 12, tzinfo=UTC))


def outcome(billed: str) -> ChaosOutcome:
    return ChaosOutcome(
        comparison=compare({KEY: Decimal("2.5")}, {KEY: Decimal(billed)}),
        distinct_events=3,
        messages=4,
        done=Counter({"workers killed": 1}),
        faulty_calls=1,
        calls=2,
        messages_in_dlq=0,
        unknown=(),
    )


def test_a_bill_that_is_exact_after_harm_is_no_problem() -> None:
    assert find_problems(outcome("2.5")) == []


@pytest.mark.parametrize(
    ("billed", "said"), [("2.4", "0.1 units lost"), ("2.6", "0.1 units billed twice")]
)
def test_a_tenth_of_a_unit_is_named(billed: str, said: str) -> None:
    assert find_problems(outcome(billed)) == [said]


def test_messages_in_the_dead_letter_queue_are_named() -> None:
    one = replace(outcome("2.5"), messages_in_dlq=2)

    assert find_problems(one) == ["2 messages in the dead-letter queue"]


@pytest.mark.parametrize(
    "change", [{"distinct_events": 0}, {"done": Counter[str]()}, {"faulty_calls": 0}]
)
def test_a_run_without_harm_proves_nothing(change: dict[str, object]) -> None:
    (problem,) = find_problems(replace(outcome("2.5"), **change))  # type: ignore[arg-type] # any field

    assert "nothing was broken" in problem


def test_a_subscription_that_is_not_known_as_aws_holds_it_is_named() -> None:
    one = replace(outcome("2.5"), unknown=("buyer-1-1", "buyer-2-1"))

    assert find_problems(one) == ["not known as active: buyer-1-1, buyer-2-1"]


def test_workers_of_every_function_are_killed() -> None:
    assert set(FUNCTIONS) == resources("AWS::Serverless::Function").keys()
