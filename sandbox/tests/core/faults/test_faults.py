"""Faults on demand: AWS's errors, and the sandbox's own promise about counts."""

from typing import Any

import pytest

from marketplace_sandbox.core.model.errors import ControlError
from tests.builders import Shop, code_of, statuses

FRONT_DOOR = [
    ("throttle", "ThrottlingException"),
    ("internal_error_before", "InternalServiceErrorException"),
    ("access_denied", "AccessDeniedException"),
    ("disabled_api", "DisabledApiException"),
]


@pytest.mark.parametrize(("kind", "code"), FRONT_DOOR)
def test_a_front_door_fault_applies_nothing_and_is_used_up(
    shop: Shop, kind: str, code: str
) -> None:
    shop.marketplace.inject_fault(kind, count=2)
    for _ in range(2):
        assert code_of(lambda: shop.meter(shop.licensed_record())) == code
    assert shop.billed() == []
    assert shop.marketplace.faults() == ()
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]
    outcomes = [(call.outcome, call.fault) for call in shop.marketplace.calls()]
    assert outcomes == [(code, kind), (code, kind), ("Success", None)]
    assert shop.marketplace.refusals() == ()


@pytest.mark.parametrize(("kind", "code"), FRONT_DOOR)
def test_resolving_a_customer_can_fail_at_the_front_door_too(
    shop: Shop, kind: str, code: str
) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.marketplace.inject_fault(kind, operation="ResolveCustomer")
    shop.meter(shop.licensed_record())
    assert code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=token)) == code
    shop.marketplace.resolve_customer(RegistrationToken=token)


def test_a_lost_answer_comes_after_everything_was_applied(shop: Shop) -> None:
    shop.marketplace.inject_fault("internal_error_after")
    record = shop.licensed_record()
    assert code_of(lambda: shop.meter(record)) == "InternalServiceErrorException"
    assert shop.billed() == [("api_calls", "5")]
    assert statuses(shop.meter(record)) == ["Success"]
    assert [call.fault for call in shop.marketplace.calls()] == ["internal_error_after", None]


def test_an_internal_error_has_status_500_and_the_others_400(shop: Shop) -> None:
    for kind, status in [("internal_error_before", 500), ("throttle", 400)]:
        shop.marketplace.inject_fault(kind)
        with pytest.raises(shop.marketplace.exceptions.ClientError) as caught:
            shop.meter(shop.licensed_record())
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_the_first_records_come_back_unprocessed(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", count=2)
    records = [
        shop.licensed_record(Dimension=dimension, Timestamp=at)
        for dimension in ("api_calls", "storage")
        for at in (shop.now, shop.licensed_record()["Timestamp"])
    ]
    answer = shop.meter(*records)
    assert len(answer["UnprocessedRecords"]) == 2
    assert [result["UsageRecord"]["Dimension"] for result in answer["Results"]] == ["storage"] * 2
    assert shop.billed() == [("storage", "5")] * 2
    assert statuses(shop.meter(*answer["UnprocessedRecords"])) == ["Success"] * 2
    assert len(shop.billed()) == 4
    assert shop.marketplace.refusals() == ()
    assert [call.fault for call in shop.marketplace.calls()] == ["unprocessed", None]


def test_an_unprocessed_fault_lasts_over_several_calls(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", count=3)
    pair = (shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    assert [len(shop.meter(*pair)["UnprocessedRecords"]) for _ in range(3)] == [2, 1, 0]


def test_an_unprocessed_fault_can_choose_a_dimension(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", count=5, dimension="storage")
    answer = shop.meter(shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    assert [record["Dimension"] for record in answer["UnprocessedRecords"]] == ["storage"]
    assert [fault.remaining for fault in shop.marketplace.faults()] == [4]


def test_a_fault_for_a_dimension_hits_only_calls_that_name_it(shop: Shop) -> None:
    shop.marketplace.inject_fault("throttle", dimension="storage")
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]
    both = (shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    assert code_of(lambda: shop.meter(*both)) == "ThrottlingException"


def test_a_refused_call_uses_up_no_late_fault(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed")
    shop.marketplace.inject_fault("internal_error_after")
    bad = shop.licensed_record(Dimension="unknown")
    assert code_of(lambda: shop.meter(bad)) == "InvalidUsageDimensionException"
    assert len(shop.marketplace.faults()) == 2


def test_the_oldest_fault_hits_first(shop: Shop) -> None:
    shop.marketplace.inject_fault("throttle")
    shop.marketplace.inject_fault("access_denied")
    codes = [code_of(lambda: shop.meter(shop.licensed_record())) for _ in range(2)]
    assert codes == ["ThrottlingException", "AccessDeniedException"]


def test_faults_can_be_cleared(shop: Shop) -> None:
    shop.marketplace.inject_fault("throttle", count=100)
    shop.marketplace.clear_faults()
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", {"count": 0}),
        ("throttle", {"count": 1_000_001}),
        ("unprocessed", {"operation": "ResolveCustomer"}),
        ("throttle", {"operation": "ResolveCustomer", "dimension": "api_calls"}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    shop: Shop, kind: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.inject_fault(kind, **options)
    assert shop.marketplace.faults() == ()
