"""Which calls and records a fault concerns, how often, and until when."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import assume, given
from hypothesis import strategies as st

from marketplace_sandbox.core.faults.scripting import script_fault
from marketplace_sandbox.core.model.errors import ControlError
from marketplace_sandbox.core.model.faults import (
    FAULTS_KEPT_MAX,
    KINDS_OF_RECORDS,
    FaultKind,
    NewFault,
)
from marketplace_sandbox.core.model.operation import Operation
from tests.builders import Shop, code_of, statuses
from tests.estate import Estate

OTHER_ACCOUNT = "777788889999"


@pytest.fixture
def pair(shop: Shop) -> list[dict[str, Any]]:
    """Records of two buyers of one product."""
    return [shop.licensed_record(), shop.licensed_record(shop.subscribe("licensed", OTHER_ACCOUNT))]


def test_a_fault_of_any_operation_hits_each_of_them(shop: Shop) -> None:
    token = shop.marketplace.mint_token(shop.licensed.agreement_id).token
    shop.marketplace.inject_fault("throttle", operation=None, count=2)
    codes = [
        code_of(lambda: shop.meter(shop.licensed_record())),
        code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=token)),
    ]
    assert codes == ["ThrottlingException"] * 2
    assert shop.marketplace.faults() == ()


def test_a_fault_without_a_count_lasts_until_it_is_removed(shop: Shop) -> None:
    fault = shop.marketplace.inject_fault("throttle", count=None)
    for _ in range(5):
        assert code_of(lambda: shop.meter(shop.licensed_record())) == "ThrottlingException"
    shop.marketplace.desks.faults.remove(fault.fault_id)
    assert statuses(shop.meter(shop.licensed_record())) == ["Success"]


def test_one_fault_is_removed_and_the_others_stay(shop: Shop) -> None:
    faults = [shop.marketplace.inject_fault("throttle") for _ in range(3)]
    shop.marketplace.desks.faults.remove(faults[1].fault_id)
    assert shop.marketplace.faults() == (faults[0], faults[2])


def test_a_fault_that_is_not_there_cannot_be_removed(shop: Shop) -> None:
    shop.marketplace.inject_fault("throttle")
    with pytest.raises(ControlError, match="there is no fault fault-0"):
        shop.marketplace.desks.faults.remove("fault-0")
    assert len(shop.marketplace.faults()) == 1


def test_there_is_a_limit_to_how_many_faults_are_scripted(shop: Shop) -> None:
    for _ in range(FAULTS_KEPT_MAX):
        shop.marketplace.inject_fault("throttle")
    with pytest.raises(ControlError, match="remove some"):
        shop.marketplace.inject_fault("throttle")
    assert len(shop.marketplace.faults()) == FAULTS_KEPT_MAX


def test_unprocessed_records_are_chosen_by_license(shop: Shop, pair: list[dict[str, Any]]) -> None:
    shop.marketplace.inject_fault("unprocessed", license_arn=pair[1]["LicenseArn"])
    answer = shop.meter(*pair)
    assert [record["LicenseArn"] for record in answer["UnprocessedRecords"]] == [
        pair[1]["LicenseArn"]
    ]


def test_unprocessed_records_are_chosen_by_account(shop: Shop, pair: list[dict[str, Any]]) -> None:
    shop.marketplace.inject_fault("unprocessed", customer_aws_account_id=OTHER_ACCOUNT)
    answer = shop.meter(*pair)
    assert [record["CustomerAWSAccountId"] for record in answer["UnprocessedRecords"]] == [
        OTHER_ACCOUNT
    ]


def test_unprocessed_records_are_chosen_by_customer_identifier(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", customer_identifier="nobody")
    shop.marketplace.inject_fault(
        "unprocessed", customer_identifier=shop.legacy.customer_identifier
    )
    assert len(shop.meter_legacy(shop.legacy_record())["UnprocessedRecords"]) == 1
    assert len(shop.marketplace.faults()) == 1


def test_a_call_that_names_only_licenses_is_matched_by_their_product(shop: Shop) -> None:
    shop.marketplace.inject_fault("throttle", product_code="licensed", count=None)
    assert code_of(lambda: shop.meter(shop.licensed_record())) == "ThrottlingException"
    assert statuses(shop.meter_legacy(shop.legacy_record())) == ["Success"]


def test_a_token_is_matched_by_what_its_agreement_says(shop: Shop) -> None:
    other = shop.subscribe("licensed", OTHER_ACCOUNT)
    tokens = [shop.marketplace.mint_token(one.agreement_id).token for one in (shop.licensed, other)]
    shop.marketplace.inject_fault(
        "throttle",
        operation="ResolveCustomer",
        count=None,
        license_arn=other.license_arn,
        customer_aws_account_id=OTHER_ACCOUNT,
        product_code="licensed",
    )
    shop.marketplace.resolve_customer(RegistrationToken=tokens[0])
    refused = code_of(lambda: shop.marketplace.resolve_customer(RegistrationToken=tokens[1]))
    assert refused == "ThrottlingException"


def test_all_that_is_said_must_fit_one_record(shop: Shop, pair: list[dict[str, Any]]) -> None:
    pair[0] |= {"Dimension": "storage"}
    shop.marketplace.inject_fault(
        "throttle", dimension="storage", customer_aws_account_id=OTHER_ACCOUNT
    )
    assert statuses(shop.meter(*pair)) == ["Success", "Success"]


def test_a_region_is_disabled_for_those_who_call_there(shop: Shop) -> None:
    shop.marketplace.inject_fault("region_disabled", region="eu-west-1", count=None)
    abroad = shop.marketplace.as_caller(region="eu-west-1")
    record = shop.licensed_record()
    code = code_of(lambda: abroad.batch_meter_usage(UsageRecords=[record]))
    assert code == "DisabledApiException"
    assert statuses(shop.meter(record)) == ["Success"]


def test_entitlements_are_matched_by_what_they_are_filtered_by(shop: Shop) -> None:
    shop.marketplace.inject_fault(
        "throttle", operation="GetEntitlements", license_arn=shop.licensed.license_arn
    )
    shop.marketplace.get_entitlements(ProductCode="licensed")
    filtered = {"LICENSE_ARN": [shop.licensed.license_arn]}
    code = code_of(
        lambda: shop.marketplace.get_entitlements(ProductCode="licensed", Filter=filtered)
    )
    assert code == "ThrottlingException"


def test_a_record_with_a_status_of_tomorrow_is_not_billed(shop: Shop) -> None:
    shop.marketplace.inject_fault("unknown_status", dimension="storage")
    pair = (shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    answer = shop.meter(*pair)
    assert statuses(answer) == ["Success", "Quarantined"]
    assert answer["UnprocessedRecords"] == []
    assert "MeteringRecordId" not in answer["Results"][1]
    assert shop.billed() == [("api_calls", "5")]
    assert [call.fault for call in shop.marketplace.calls()] == ["unknown_status"]
    assert shop.marketplace.refusals() == ()


def test_each_record_is_hit_by_one_fault_at_most(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed")
    shop.marketplace.inject_fault("unknown_status")
    answer = shop.meter(shop.licensed_record(), shop.licensed_record(Dimension="storage"))
    assert [record["Dimension"] for record in answer["UnprocessedRecords"]] == ["api_calls"]
    assert statuses(answer) == ["Quarantined"]
    assert shop.marketplace.faults() == ()


def test_a_rate_hits_about_so_many_calls_and_the_same_ones_in_every_run() -> None:
    runs = []
    for _ in range(2):
        shop = Shop()
        shop.marketplace.inject_fault("throttle", count=None, probability=Decimal("0.25"))
        for _ in range(400):
            with contextlib.suppress(ClientError):
                shop.meter(shop.licensed_record())
        runs.append([call.outcome for call in shop.marketplace.calls()])
    assert runs[0] == runs[1]
    assert 70 <= runs[0].count("ThrottlingException") <= 130


def test_a_rate_of_records_is_thrown_for_each_of_them(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", count=None, probability=Decimal("0.5"))
    records = [
        shop.licensed_record(shop.subscribe("licensed", f"{number:012}")) for number in range(25)
    ]
    unprocessed = len(shop.meter(*records)["UnprocessedRecords"])
    assert 5 <= unprocessed <= 20
    assert len(shop.billed()) == 25 - unprocessed
    assert [fault.seen for fault in shop.marketplace.faults()] == [25]


def test_a_count_and_a_rate_together_hit_no_more_often_than_the_count(shop: Shop) -> None:
    shop.marketplace.inject_fault("unprocessed", count=3, probability=Decimal("0.9"))
    records = [
        shop.licensed_record(shop.subscribe("licensed", f"{number:012}")) for number in range(25)
    ]
    assert len(shop.meter(*records)["UnprocessedRecords"]) == 3
    assert shop.marketplace.faults() == ()


def test_a_refused_call_throws_no_dice_of_a_late_fault(shop: Shop) -> None:
    for kind in ("lost_answer", "unprocessed"):
        shop.marketplace.inject_fault(kind, count=None, probability=Decimal("0.000001"))
    code_of(lambda: shop.meter(shop.licensed_record(Dimension="unknown")))
    assert [fault.seen for fault in shop.marketplace.faults()] == [0, 0]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", {"probability": Decimal(0)}),
        ("throttle", {"probability": Decimal("1.1")}),
        ("throttle", {"probability": Decimal("NaN")}),
        ("throttle", {"probability": Decimal("0.0000001")}),
        ("throttle", {"delay_seconds": Decimal(1)}),
        ("slow", {}),
        ("slow", {"delay_seconds": Decimal(0)}),
        ("slow", {"delay_seconds": Decimal(901)}),
        ("slow", {"delay_seconds": Decimal("Infinity")}),
        ("region_disabled", {}),
        ("throttle", {"region": "Frankfurt am Main"}),
        ("throttle", {"license_arn": ""}),
        ("throttle", {"product_code": "x" * 2_049}),
        ("unknown_status", {"operation": "ResolveCustomer"}),
        ("unprocessed", {"operation": "MeterUsage"}),
        ("throttle", {"operation": "MeterUsage", "license_arn": "arn"}),
        ("throttle", {"operation": "RegisterUsage", "dimension": "hours"}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    shop: Shop, kind: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ControlError):
        shop.marketplace.inject_fault(kind, **options)
    assert shop.marketplace.faults() == ()


@given(
    kind=st.sampled_from(FaultKind),
    operation=st.none() | st.sampled_from(Operation),
    count=st.none() | st.integers(1, 5),
)
def test_a_scripted_fault_is_what_the_command_said(
    kind: FaultKind, operation: Operation | None, count: int | None
) -> None:
    assume(kind not in KINDS_OF_RECORDS or operation in {None, Operation.BATCH_METER_USAGE})
    delay = Decimal(2) if kind is FaultKind.SLOW else None
    region = "eu-west-1" if kind is FaultKind.REGION_DISABLED else None
    new = NewFault(operation, kind, count, region=region, delay_seconds=delay)
    fault = script_fault(new, entropy=bytes(32))
    assert (fault.operation, fault.kind, fault.remaining) == (operation, kind, count)
    assert (fault.region, fault.delay_seconds) == (region, delay)


def test_what_runs_in_a_buyers_account_is_matched_by_that_account() -> None:
    estate = Estate()
    resource = estate.launch()
    for account in (OTHER_ACCOUNT, resource.account_id):
        estate.marketplace.inject_fault(
            "throttle", operation="MeterUsage", customer_aws_account_id=account
        )
    assert code_of(lambda: estate.meter(resource)) == "ThrottlingException"
    assert [fault.customer_aws_account_id for fault in estate.marketplace.faults()] == [
        OTHER_ACCOUNT
    ]
    assert estate.meter(resource)


def test_the_answer_to_meter_usage_can_get_lost_and_the_repeat_is_the_same_record() -> None:
    estate = Estate()
    resource = estate.launch()
    estate.marketplace.inject_fault("lost_answer", operation="MeterUsage")
    with pytest.raises(ConnectionClosedError):
        estate.meter(resource)
    (line,) = estate.marketplace.bill()
    assert estate.meter(resource) == line.metering_record_id
    assert [call.resource_id for call in estate.marketplace.calls()] == [resource.resource_id] * 2
