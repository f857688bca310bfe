"""Every operation from the aws CLI, and how its exit code tells of a refusal."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from marketplace_sandbox.core.model.callers import Platform, Resource
from tests.agreements import AS_PROPOSER
from tests.builders import Shop
from tests.contracts import ALL_FOUR, sell_contracts, sign
from tests.e2e.clients.aws_cli import AwsCli
from tests.estate import Estate

# What version 1 of the CLI exits with; version 2 says 254 and 252.
REFUSED = 255
MISUSED = 2


@pytest.fixture
def aws(shop_url: str, tmp_path: Path) -> AwsCli:
    return AwsCli(shop_url, tmp_path)


def usage(estate: Estate, resource: Resource) -> list[str]:
    used_at = estate.now - timedelta(minutes=1)
    named = ["--product-code", resource.product_code, "--usage-dimension", "scans"]
    return ["meter-usage", *named, "--timestamp", used_at.isoformat(), "--usage-quantity", "5"]


def test_an_instance_meters_its_usage(estate: Estate, estate_url: str, tmp_path: Path) -> None:
    instance = estate.launch(Platform.EC2)
    aws = AwsCli(estate_url, tmp_path, instance)
    answer = aws.meter(*usage(estate, instance)).document
    (line,) = estate.marketplace.bill()
    assert answer["MeteringRecordId"] == line.metering_record_id


def test_a_dry_run_fails_by_name_and_meters_nothing(
    estate: Estate, estate_url: str, tmp_path: Path
) -> None:
    instance = estate.launch(Platform.EC2)
    answer = AwsCli(estate_url, tmp_path, instance).meter(*usage(estate, instance), "--dry-run")
    assert answer.exit_code == REFUSED
    assert "(DryRunOperation) when calling the MeterUsage operation" in answer.errors
    assert estate.billed() == []


def test_a_container_registers(estate: Estate, estate_url: str, tmp_path: Path) -> None:
    aws = AwsCli(estate_url, tmp_path, estate.launch(Platform.ECS))
    command = ("register-usage", "--product-code", "container", "--public-key-version", "1")
    assert aws.meter(*command).document["Signature"].count(".") == 2


def test_it_reads_all_pages_of_entitlements(shop: Shop, aws: AwsCli) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    command = ("get-entitlements", "--product-code", "contract", "--page-size", "2")
    found = aws.entitle(*command).document["Entitlements"]
    assert {one["Dimension"]: one["Value"] for one in found} == {
        "seats": {"IntegerValue": 5},
        "share": {"DoubleValue": 0.5},
        "support": {"BooleanValue": True},
        "tier": {"StringValue": "gold"},
    }
    assert [call.operation for call in shop.marketplace.calls()] == ["GetEntitlements"] * 2


def test_it_searches_all_pages_of_agreements_and_describes_one(shop: Shop, aws: AwsCli) -> None:
    named = AS_PROPOSER | {"AfterLastUpdateTime": "2026-11-01T00:00:00Z"}
    chosen = [f"name={name},values={value}" for name, value in named.items()]
    search = ("search-agreements", "--sort", "sortBy=LastUpdateTime", "--filters", *chosen)
    found = aws.agree(*search, "--page-size", "1").document["agreementViewSummaries"]
    sold = {shop.licensed.agreement_id, shop.legacy.agreement_id}
    assert {one["agreementId"] for one in found} == sold
    described = aws.agree("describe-agreement", "--agreement-id", shop.licensed.agreement_id)
    assert described.document["status"] == "ACTIVE"
    unknown = aws.agree("get-agreement-terms", "--agreement-id", "agmt-none")
    assert unknown.exit_code == REFUSED
    assert "(ResourceNotFoundException)" in unknown.errors


def test_it_filters_entitlements(shop: Shop, aws: AwsCli) -> None:
    sell_contracts(shop)
    sign(shop, "100000000001", ALL_FOUR)
    chosen = json.dumps({"DIMENSION": ["tier"]})
    command = ("get-entitlements", "--product-code", "contract", "--filter", chosen)
    (one,) = aws.entitle(*command).document["Entitlements"]
    assert one["Dimension"] == "tier"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("throttle", "ThrottlingException"),
        ("internal_error_before", "InternalServiceErrorException"),
        ("disabled_api", "DisabledApiException"),
        ("access_denied", "AccessDeniedException"),
    ],
)
def test_a_refusal_is_its_exit_code_and_awss_name(
    shop: Shop, aws: AwsCli, kind: str, name: str
) -> None:
    shop.marketplace.inject_fault(kind)
    answer = aws.meter("batch-meter-usage", "--usage-records", "[]")
    assert answer.exit_code == REFUSED
    assert f"({name})" in answer.errors
    assert answer.text == ""


def test_its_own_retry_gets_through(shop: Shop, shop_url: str, tmp_path: Path) -> None:
    shop.marketplace.inject_fault("throttle")
    patient = AwsCli(shop_url, tmp_path, attempts=2)
    assert patient.meter("batch-meter-usage", "--usage-records", "[]").document["Results"] == []
    assert len(shop.marketplace.calls()) == 2


def test_a_lost_answer_fails_and_its_usage_is_billed_once(shop: Shop, aws: AwsCli) -> None:
    shop.marketplace.inject_fault("lost_answer")
    record = shop.licensed_record()
    text = json.dumps([record | {"Timestamp": record["Timestamp"].timestamp()}])
    lost = aws.meter("batch-meter-usage", "--usage-records", text)
    assert lost.exit_code != 0
    assert "Connection was closed" in lost.errors
    again = aws.meter("batch-meter-usage", "--usage-records", text).document
    assert [result["Status"] for result in again["Results"]] == ["Success"]
    assert shop.billed() == [("api_calls", "5")]


@pytest.mark.parametrize("attempts", [1, 2])
def test_the_botocore_of_the_cli_notices_that_an_answer_is_truncated_and_retries(
    shop: Shop, shop_url: str, tmp_path: Path, attempts: int
) -> None:
    shop.marketplace.inject_fault("truncated")
    record = shop.licensed_record()
    text = json.dumps([record | {"Timestamp": record["Timestamp"].timestamp()}])
    aws = AwsCli(shop_url, tmp_path, attempts=attempts)
    answer = aws.meter("batch-meter-usage", "--usage-records", text)
    if attempts == 1:
        assert "Connection was closed" in answer.errors
    else:
        assert [result["Status"] for result in answer.document["Results"]] == ["Success"]
    assert len(shop.marketplace.calls()) == attempts
    assert shop.billed() == [("api_calls", "5")]


def test_what_the_cli_itself_does_not_understand_never_reaches_the_sandbox(
    shop: Shop, aws: AwsCli
) -> None:
    answer = aws.meter("batch-meter-usage")
    assert answer.exit_code == MISUSED
    assert shop.marketplace.calls() == ()
