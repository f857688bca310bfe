"""When usage is accepted: section 1.2 of the rules."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.sandbox.builders import Shop, code_of, statuses

FIRST_AT = datetime(2026, 12, 1, tzinfo=UTC)
TOO_EARLY_OR_LATE = "TimestampOutOfBoundsException"


def outcome(shop: Shop, used_at: datetime) -> str:
    """Meter usage of a moment; return its status, or the error that refuses the call."""
    record = shop.licensed_record(Timestamp=used_at)
    try:
        return statuses(shop.meter(record))[0]
    except shop.marketplace.exceptions.TimestampOutOfBoundsException as error:
        return str(error.response["Error"]["Code"])


def test_usage_is_less_than_24_hours_old(shop: Shop) -> None:
    a_day_ago = shop.now - timedelta(hours=24)
    assert outcome(shop, a_day_ago) == TOO_EARLY_OR_LATE
    assert outcome(shop, a_day_ago + timedelta(milliseconds=1)) == "Success"


def test_usage_is_not_older_than_its_license(shop: Shop) -> None:
    starts_at = shop.now - timedelta(minutes=90)
    young = shop.marketplace.create_agreement("licensed", starts_at=starts_at)
    early = shop.licensed_record(young, Timestamp=starts_at - timedelta(milliseconds=1))
    assert code_of(lambda: shop.meter(early)) == "InvalidLicenseException"
    assert statuses(shop.meter(shop.licensed_record(young, Timestamp=starts_at))) == ["Success"]


def test_usage_from_before_a_legacy_subscription_is_not_metered(shop: Shop) -> None:
    shop.marketplace.create_agreement(
        "legacy", customer_aws_account_id="777788889999", starts_at=shop.now
    )
    early = shop.legacy_record(CustomerIdentifier=None, CustomerAWSAccountId="777788889999")
    answer = shop.meter_legacy(early, shop.legacy_record())
    assert statuses(answer) == ["CustomerNotSubscribed", "Success"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (FIRST_AT + timedelta(hours=6) - timedelta(seconds=1), "Success"),
        (FIRST_AT + timedelta(hours=6), TOO_EARLY_OR_LATE),
    ],
)
def test_last_months_usage_is_accepted_until_six_on_the_first(now: datetime, expected: str) -> None:
    assert outcome(Shop(now=now), FIRST_AT - timedelta(minutes=1)) == expected


def test_at_the_turn_of_the_month_both_limits_hold() -> None:
    five = Shop(now=FIRST_AT + timedelta(hours=5))
    assert outcome(five, FIRST_AT - timedelta(hours=19)) == TOO_EARLY_OR_LATE
    assert outcome(five, FIRST_AT - timedelta(hours=18)) == "Success"
    seven = Shop(now=FIRST_AT + timedelta(hours=7))
    assert outcome(seven, FIRST_AT) == "Success"


def test_usage_does_not_lie_ahead(shop: Shop) -> None:
    assert outcome(shop, shop.now + timedelta(minutes=5, seconds=1)) == TOO_EARLY_OR_LATE
    assert outcome(shop, shop.now + timedelta(minutes=5)) == "Success"
