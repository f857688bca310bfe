"""When usage is accepted: rules `time.…`."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import ACCOUNT, Shop, code_of, statuses

FIRST_AT = datetime(2026, 12, 1, tzinfo=UTC)
NEWCOMER = "777788889999"
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


def test_a_legacy_customers_usage_has_the_same_limits(shop: Shop) -> None:
    def outcome_of_legacy(used_at: datetime) -> str:
        record = shop.legacy_record(Timestamp=used_at)
        try:
            return statuses(shop.meter_legacy(record))[0]
        except shop.marketplace.exceptions.TimestampOutOfBoundsException as error:
            return str(error.response["Error"]["Code"])

    a_day_ago, ahead = shop.now - timedelta(hours=24), shop.now + timedelta(minutes=5)
    assert outcome_of_legacy(a_day_ago) == TOO_EARLY_OR_LATE
    assert outcome_of_legacy(a_day_ago + timedelta(milliseconds=1)) == "Success"
    assert outcome_of_legacy(ahead) == "Success"
    assert outcome_of_legacy(ahead + timedelta(milliseconds=1)) == TOO_EARLY_OR_LATE
    shop.now = FIRST_AT + timedelta(hours=6)
    assert outcome_of_legacy(FIRST_AT - timedelta(minutes=1)) == TOO_EARLY_OR_LATE


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


@pytest.mark.parametrize("mode", ["licensed", "legacy"])
def test_what_is_sent_before_the_start_is_not_metered(shop: Shop, mode: str) -> None:
    starts_at = shop.now + timedelta(minutes=4)
    new = shop.marketplace.create_agreement(
        mode, customer_aws_account_id=NEWCOMER, starts_at=starts_at
    )

    def meter_its_start() -> list[str]:
        if mode == "licensed":
            return statuses(shop.meter(shop.licensed_record(new, Timestamp=starts_at)))
        by_identifier = {"CustomerIdentifier": new.customer_identifier, "Timestamp": starts_at}
        return statuses(shop.meter_legacy(shop.legacy_record(**by_identifier)))

    assert meter_its_start() == ["CustomerNotSubscribed"]
    assert shop.billed() == []
    shop.now = starts_at
    assert meter_its_start() == ["Success"]


@pytest.mark.parametrize("mode", ["migrating", "legacy"])
def test_who_renewed_is_metered_by_product_code_for_earlier_usage(shop: Shop, mode: str) -> None:
    shop.marketplace.create_product(code="renewed", mode=mode)
    buyer = shop.subscribe("renewed")
    late = shop.legacy_record(CustomerIdentifier=buyer.customer_identifier)
    shop.marketplace.desks.agreements.renew(buyer.agreement_id)
    shop.now += timedelta(minutes=61)
    answer = shop.marketplace.batch_meter_usage(ProductCode="renewed", UsageRecords=[late])
    assert statuses(answer) == ["Success"]
    if buyer.license_arn is not None:
        by_license = shop.licensed_record(buyer)
        assert statuses(shop.meter(by_license)) == ["CustomerNotSubscribed"]


def test_who_came_back_is_metered_for_usage_of_before(shop: Shop) -> None:
    used_at = shop.now - timedelta(minutes=10)
    shop.marketplace.desks.agreements.cancel(shop.legacy.agreement_id)
    shop.now += timedelta(minutes=20)
    shop.marketplace.create_agreement("legacy", customer_aws_account_id=ACCOUNT, starts_at=shop.now)
    shop.now += timedelta(minutes=50)
    assert statuses(shop.meter_legacy(shop.legacy_record(Timestamp=used_at))) == ["Success"]
    (line,) = shop.marketplace.bill()
    assert line.agreement.agreement_id == shop.legacy.agreement_id


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
