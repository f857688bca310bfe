"""`quota.batch`: ten BatchMeterUsage calls a second per account and region."""

from datetime import datetime, timedelta

import pytest

from marketplace_sandbox.core.operations.pacing import book_call
from tests.builders import NOON_AT, Shop, code_of, statuses

SECOND = timedelta(seconds=1)
TENTH = timedelta(milliseconds=100)


@pytest.fixture
def throttled_shop() -> Shop:
    return Shop(metering_calls_per_second=10)


def answers(shop: Shop, calls: int) -> list[str]:
    """Make that many calls at once; return `Success` or AWS's name for the refusal of each."""
    before = len(shop.marketplace.calls())
    for _ in range(calls):
        try:
            shop.meter(shop.licensed_record())
        except shop.marketplace.exceptions.ClientError:
            continue
    return [call.outcome for call in shop.marketplace.calls()[before:]]


def test_the_eleventh_call_of_a_second_is_throttled(throttled_shop: Shop) -> None:
    assert answers(throttled_shop, 11) == ["Success"] * 10 + ["ThrottlingException"]


def test_a_throttled_call_bills_nothing_and_is_no_refusal_of_its_records(
    throttled_shop: Shop,
) -> None:
    answers(throttled_shop, 10)
    storage = throttled_shop.licensed_record(Dimension="storage")

    assert code_of(lambda: throttled_shop.meter(storage)) == "ThrottlingException"
    assert throttled_shop.billed() == [("api_calls", "5")]
    assert throttled_shop.marketplace.refusals() == ()
    throttled_shop.now += TENTH
    assert statuses(throttled_shop.meter(storage)) == ["Success"]


def test_a_throttled_call_stands_in_the_list_of_calls_with_its_records(
    throttled_shop: Shop,
) -> None:
    answers(throttled_shop, 11)

    throttled = throttled_shop.marketplace.calls()[-1]
    assert (throttled.outcome, throttled.records, throttled.fault) == (
        "ThrottlingException",
        1,
        None,
    )


def test_throttling_comes_before_a_scripted_fault_which_waits_for_the_next_call(
    throttled_shop: Shop,
) -> None:
    answers(throttled_shop, 10)
    throttled_shop.marketplace.inject_fault("access_denied")

    assert answers(throttled_shop, 1) == ["ThrottlingException"]
    throttled_shop.now += SECOND
    assert answers(throttled_shop, 1) == ["AccessDeniedException"]


def test_ten_evenly_spaced_calls_a_second_are_never_throttled(throttled_shop: Shop) -> None:
    answers(throttled_shop, 10)
    for _ in range(50):
        throttled_shop.now += TENTH
        assert answers(throttled_shop, 2) == ["Success", "ThrottlingException"]


def test_a_pause_saves_up_one_second_of_calls_and_no_more(throttled_shop: Shop) -> None:
    answers(throttled_shop, 10)
    throttled_shop.now += 60 * SECOND

    assert answers(throttled_shop, 12).count("Success") == 10


def test_throttled_calls_use_up_nothing(throttled_shop: Shop) -> None:
    answers(throttled_shop, 200)
    throttled_shop.now += SECOND / 2

    assert answers(throttled_shop, 6) == ["Success"] * 5 + ["ThrottlingException"]


def test_resolving_a_customer_has_no_quota(throttled_shop: Shop) -> None:
    token = throttled_shop.marketplace.mint_token(throttled_shop.licensed.agreement_id).token
    answers(throttled_shop, 11)

    for _ in range(20):
        throttled_shop.marketplace.resolve_customer(RegistrationToken=token)


def test_a_clock_that_was_turned_back_does_not_lock_the_caller_out(throttled_shop: Shop) -> None:
    answers(throttled_shop, 10)
    throttled_shop.now -= timedelta(hours=1)

    assert answers(throttled_shop, 11) == ["Success"] * 10 + ["ThrottlingException"]


def test_there_is_no_quota_in_process_unless_one_is_given(shop: Shop) -> None:
    assert answers(shop, 100) == ["Success"] * 100


@pytest.mark.parametrize("rate", [1, 3, 7, 10, 1_000])
def test_a_full_bucket_holds_one_second_of_calls_at_any_rate(rate: int) -> None:
    booked_to: datetime | None = None
    admitted = 0
    for _ in range(2 * rate):
        after = book_call(booked_to, calls_per_second=rate, now=NOON_AT)
        if after is not None:
            booked_to, admitted = after, admitted + 1

    assert admitted == rate
