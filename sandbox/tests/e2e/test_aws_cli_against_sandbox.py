"""An unmodified aws CLI works against the sandbox: only the endpoint URL says that it is not AWS.

The sandbox runs as a process of its own, as people run it, and is commanded over its control API.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace_sandbox.client import (
    AgreementDocument,
    BillLineDocument,
    MeteringMode,
    SandboxClient,
)
from tests.e2e.clients.aws_cli import AwsCli
from tests.served.serving import serving

ACCOUNT = "444455556666"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as (_, url):
        yield url


@pytest.fixture(scope="module")
def control(url: str) -> Iterator[SandboxClient]:
    with SandboxClient(url) as client:
        yield client


@pytest.fixture
def aws(url: str, tmp_path: Path) -> AwsCli:
    return AwsCli(url, tmp_path)


def subscribe(control: SandboxClient, mode: MeteringMode) -> AgreementDocument:
    product = control.list_product("Atlas", ["api_calls"], mode=mode)
    return control.subscribe(product["product_code"], customer_aws_account_id=ACCOUNT)


def mint_token(control: SandboxClient, agreement: AgreementDocument) -> str:
    return control.issue_token(agreement["agreement_id"])["token"]


def bill_of(control: SandboxClient, agreement: AgreementDocument) -> list[BillLineDocument]:
    lines = control.show_bill()["records"]
    return [line for line in lines if line["agreement_id"] == agreement["agreement_id"]]


def test_it_resolves_a_token_and_meters_usage_by_license(
    aws: AwsCli, control: SandboxClient
) -> None:
    agreement = subscribe(control, MeteringMode.LICENSE)
    buyer = aws.meter(
        "resolve-customer", "--registration-token", mint_token(control, agreement)
    ).document
    assert buyer["LicenseArn"] == agreement["license_arn"]
    assert buyer["CustomerAWSAccountId"] == ACCOUNT
    assert "CustomerIdentifier" not in buyer

    record = {
        "Timestamp": int(time.time()) - 60,
        "Dimension": "api_calls",
        "Quantity": 12,
        "CustomerAWSAccountId": buyer["CustomerAWSAccountId"],
        "LicenseArn": buyer["LicenseArn"],
        "UsageAllocations": [
            {"AllocatedUsageQuantity": 7, "Tags": [{"Key": "team", "Value": "search"}]},
            {"AllocatedUsageQuantity": 5},
        ],
    }
    first = aws.meter("batch-meter-usage", "--usage-records", json.dumps([record])).document
    again = aws.meter("batch-meter-usage", "--usage-records", json.dumps([record])).document
    (result,) = first["Results"]
    assert result["Status"] == "Success"
    assert first["UnprocessedRecords"] == []
    assert again["Results"][0]["MeteringRecordId"] == result["MeteringRecordId"]

    (line,) = bill_of(control, agreement)
    assert line["quantity"] == "12"
    assert line["metering_record_id"] == result["MeteringRecordId"]
    assert line["allocations"] == [
        {"quantity": "7", "tags": {"team": "search"}},
        {"quantity": "5", "tags": {}},
    ]


def test_it_meters_usage_of_a_legacy_listing(aws: AwsCli, control: SandboxClient) -> None:
    agreement = subscribe(control, MeteringMode.LEGACY)
    buyer = aws.meter(
        "resolve-customer", "--registration-token", mint_token(control, agreement)
    ).document
    record = {
        "Timestamp": int(time.time()) - 60,
        "Dimension": "api_calls",
        "Quantity": 3,
        "CustomerIdentifier": buyer["CustomerIdentifier"],
    }
    meter = ("batch-meter-usage", "--product-code", buyer["ProductCode"], "--usage-records")
    assert aws.meter(*meter, json.dumps([record])).document["Results"][0]["Status"] == "Success"
    other = aws.meter(*meter, json.dumps([record | {"Quantity": 4}])).document
    assert other["Results"][0]["Status"] == "DuplicateRecord"
    assert [line["quantity"] for line in bill_of(control, agreement)] == ["3"]


def test_it_shows_awss_name_of_a_refusal(aws: AwsCli) -> None:
    answer = aws.meter("resolve-customer", "--registration-token", "nonsense")
    assert answer.exit_code != 0
    assert "(InvalidTokenException) when calling the ResolveCustomer operation" in answer.errors


def test_it_shows_that_the_seller_runs_no_container_in_a_buyers_account(aws: AwsCli) -> None:
    answer = aws.meter("register-usage", "--product-code", "x", "--public-key-version", "1")
    assert "(PlatformNotSupportedException)" in answer.errors
