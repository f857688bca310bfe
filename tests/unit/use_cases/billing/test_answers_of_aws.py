"""What AWS answers, and what becomes of the records: told at the level of the use cases."""

from datetime import timedelta
from decimal import Decimal

import pytest

from meterhouse.domain.records.lifecycle import RecordState
from tests.fakes.books import check_books
from tests.fakes.meterhouse import HOUR, Meterhouse


@pytest.fixture
def house() -> Meterhouse:
    return Meterhouse()


def test_usage_that_came_before_its_registration_is_held_and_then_billed(house: Meterhouse) -> None:
    agreement = house.subscribe()
    house.drain(house.event(agreement, quantity=2))
    assert house.is_open(agreement)
    assert house.head().reason == "subscription_unknown"
    assert house.head().waiting == (house.key(agreement).subscription,)

    house.register(agreement)
    house.clock.move_to(house.clock.now() + HOUR)
    house.reconcile()

    assert house.billed(agreement) == {"12": Decimal(2)}


def test_a_license_that_nobody_knows_is_rejected_at_its_deadline_and_harms_nothing(
    house: Meterhouse,
) -> None:
    stranger, buyer = house.subscribe(), house.buyer()
    house.drain(house.event(stranger, quantity=2), house.event(buyer, quantity=3))

    house.clock.move_to(house.hour_at + 24 * HOUR - timedelta(minutes=4))
    house.reconcile()

    rejected = house.record(stranger)
    assert rejected.state is RecordState.REJECTED
    assert rejected.status.reason == "subscription_unknown"
    assert rejected.units == 2
    assert house.billed(buyer) == {"12": Decimal(3)}
    check_books(house)


def test_a_dimension_that_aws_refuses_is_quarantined_and_its_neighbours_are_billed(
    house: Meterhouse,
) -> None:
    buyers = [house.buyer() for _ in range(24)]
    bad = house.buyer()
    events = [house.event(buyer) for buyer in buyers]
    house.drain(*events[:11], house.event(bad, dimension="no_such_dimension"), *events[11:])

    assert all(house.billed(buyer) == {"12": Decimal(1)} for buyer in buyers)
    record = house.record(bad, "no_such_dimension").status
    assert (record.state, record.reason) == (
        RecordState.REJECTED,
        "InvalidUsageDimensionException",
    )


def test_unprocessed_records_are_sent_again_unchanged(house: Meterhouse) -> None:
    buyers = [house.buyer() for _ in range(3)]
    house.marketplace.inject_fault("unprocessed", count=2)

    house.drain(*(house.event(buyer) for buyer in buyers))

    assert all(house.billed(buyer) == {"12": Decimal(1)} for buyer in buyers)


def test_throttling_that_outlasts_a_run_leaves_records_for_the_next(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.marketplace.inject_fault("throttle", count=6)
    house.drain(house.event(buyer))
    assert house.state(buyer) is RecordState.SEALED

    for _ in range(2):
        house.clock.move_to(house.clock.now() + timedelta(minutes=5))
        house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(1)}
    counted = house.report.metrics
    assert (counted["MeteringCalls"], counted["MeteringCallsThrottled"]) == (7, 6)


def test_an_answer_lost_after_billing_ends_metered_and_billed_once(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.marketplace.inject_fault("internal_error_after", count=5)
    house.drain(house.event(buyer, quantity=6))
    assert house.state(buyer) is RecordState.SUBMITTING

    for _ in range(3):
        house.clock.move_to(house.clock.now() + timedelta(minutes=10))
        house.reconcile()

    assert house.billed(buyer) == {"12": Decimal(6)}
    assert house.state(buyer) is RecordState.METERED


def test_a_record_that_aws_holds_with_another_quantity_is_disputed(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.marketplace.batch_meter_usage(
        UsageRecords=[
            {
                "Timestamp": house.hour_at,
                "Dimension": "api_calls",
                "Quantity": 99,
                "CustomerAWSAccountId": buyer.customer_aws_account_id,
                "LicenseArn": buyer.license_arn,
            }
        ]
    )
    house.drain(house.event(buyer, quantity=6))

    assert house.state(buyer) is RecordState.DISPUTED
    assert house.report.metrics["RecordsDisputed"] == 1


def test_a_customer_that_is_not_subscribed_is_held_until_the_deadline(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.marketplace.end_agreement(buyer.agreement_id, ends_at=house.hour_at - timedelta(hours=3))
    house.drain(house.event(buyer, quantity=6))
    held = house.record(buyer).status
    assert (held.state, held.reason) == (RecordState.SEALED, "CustomerNotSubscribed")

    house.clock.move_to(house.hour_at + 24 * HOUR - timedelta(minutes=4))
    house.reconcile()

    assert house.state(buyer) is RecordState.REJECTED


def test_missing_permission_stops_the_run_and_keeps_everything_sealed(house: Meterhouse) -> None:
    buyers = [house.buyer() for _ in range(30)]
    house.marketplace.inject_fault("access_denied", count=1)
    house.drain(*(house.event(buyer) for buyer in buyers))

    assert {house.state(buyer) for buyer in buyers} == {RecordState.SEALED}
    assert house.report.metrics["MeteringConfigurationErrors"] == 1
    assert len(house.marketplace.calls()) == len(buyers) + 1  # registrations, and one refused call

    house.clock.move_to(house.clock.now() + timedelta(minutes=10))
    house.reconcile()
    assert all(house.billed(buyer) == {"12": Decimal(1)} for buyer in buyers)


def test_records_of_two_products_go_out_in_separate_calls(house: Meterhouse) -> None:
    other = house.marketplace.create_product(title="Borealis", dimensions=("api_calls",))
    first, second = house.buyer(), house.buyer(other.product_code)

    house.drain(house.event(first), house.event(second))

    assert house.billed(first) == house.billed(second) == {"12": Decimal(1)}


def test_rejected_usage_keeps_its_message_when_it_cannot_be_handed_over(house: Meterhouse) -> None:
    buyer = house.buyer()
    house.rejected.is_down = True

    kept = house.drain_bodies(["not json"])
    assert kept == ["m0"]

    house.rejected.is_down = False
    assert house.drain_bodies(["not json"]) == []
    assert [rejection.code for rejection in house.rejected.rejections] == ["not_json"]
    assert house.drain(house.event(buyer)) == []


def test_ten_thousand_messages_with_one_bad_lose_only_the_bad_one(house: Meterhouse) -> None:
    buyer = house.buyer()
    bodies = [
        f'{{"id": "e{n}", "subscription": "{buyer.license_arn}", "dimension": "api_calls", '
        f'"quantity": 1, "time": "2026-11-18T12:10:00Z"}}'
        for n in range(9_999)
    ]
    bodies.insert(5_000, '{"quantity": ')

    assert house.drain_bodies(bodies) == []
    assert house.billed(buyer) == {"12": Decimal(9_999)}
    assert len(house.rejected.rejections) == 1
