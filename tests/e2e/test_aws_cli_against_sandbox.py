"""An unmodified aws CLI works against the sandbox: only the endpoint URL says that it is not AWS.

The CLI cannot share our lock (it brings its own botocore), so it lives in `.tools/awscli`, made by
uv on first use. This is the third SDK stack, after boto3 and the in-process shell, that has to
understand the sandbox.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.sandbox.serving import serving

AWSCLI_VERSION = "1.46.2"  # new enough for LicenseArn; decimals are not in its model yet
REPOSITORY = Path(__file__).parents[2]
AWSCLI_FOLDER = REPOSITORY / ".tools" / "awscli"
INSTALL_SECONDS_MAX = 300
COMMAND_SECONDS_MAX = 60
ACCOUNT = "444455556666"


@dataclass(frozen=True)
class Answer:
    """What a command printed."""

    exit_code: int
    text: str
    errors: str

    @property
    def document(self) -> Any:
        assert self.exit_code == 0, self.errors
        return json.loads(self.text)


type AwsCli = Callable[..., Answer]


def find_uv() -> str:
    candidates = [os.environ.get("UV"), shutil.which("uv"), REPOSITORY / ".tools/uv/bin/uv"]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            return str(candidate)
    pytest.fail("uv is neither in UV, nor on PATH, nor in .tools/uv/bin: run `make setup` first")


@pytest.fixture(scope="session")
def aws_executable() -> Path:
    executable = AWSCLI_FOLDER / "bin" / "aws"
    if executable.exists():
        version = subprocess.run([executable, "--version"], capture_output=True, check=False)
        if version.stdout.startswith(f"aws-cli/{AWSCLI_VERSION} ".encode()):
            return executable
    uv = find_uv()
    python = str(AWSCLI_FOLDER / "bin" / "python")
    make_folder = [uv, "venv", "--clear", "--python", sys.executable, str(AWSCLI_FOLDER)]
    install = [uv, "pip", "install", "--python", python, f"awscli=={AWSCLI_VERSION}"]
    for command in (make_folder, install):
        subprocess.run([*command, "--quiet"], check=True, timeout=INSTALL_SECONDS_MAX)
    return executable


@pytest.fixture(scope="module")
def control() -> Iterator[httpx.Client]:
    with serving() as (_, url), httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def aws(aws_executable: Path, control: httpx.Client, tmp_path: Path) -> AwsCli:
    """Run `aws meteringmarketplace …` with an environment that holds nothing else of AWS."""
    environment = {
        "AWS_ACCESS_KEY_ID": "anything",
        "AWS_SECRET_ACCESS_KEY": "goes",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_MARKETPLACE_METERING": str(control.base_url),
        "AWS_CONFIG_FILE": str(tmp_path / "no-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "no-credentials"),
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }

    def run(*arguments: str) -> Answer:
        result = subprocess.run(
            [aws_executable, "meteringmarketplace", *arguments, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        return Answer(result.returncode, result.stdout, result.stderr)

    return run


def subscribe(control: httpx.Client, mode: str) -> dict[str, Any]:
    product = {"title": "Atlas", "mode": mode, "dimensions": ["api_calls"]}
    code = control.post("/_sandbox/products", json=product).json()["product_code"]
    command = {"product_code": code, "customer_aws_account_id": ACCOUNT}
    agreement: dict[str, Any] = control.post("/_sandbox/agreements", json=command).json()
    return agreement


def mint_token(control: httpx.Client, agreement: dict[str, Any]) -> str:
    command = {"agreement_id": agreement["agreement_id"]}
    return str(control.post("/_sandbox/tokens", json=command).json()["token"])


def bill_of(control: httpx.Client, agreement: dict[str, Any]) -> list[dict[str, Any]]:
    lines = control.get("/_sandbox/bill").json()["records"]
    return [line for line in lines if line["agreement_id"] == agreement["agreement_id"]]


def test_it_resolves_a_token_and_meters_usage_by_license(
    aws: AwsCli, control: httpx.Client
) -> None:
    agreement = subscribe(control, "license")
    buyer = aws("resolve-customer", "--registration-token", mint_token(control, agreement)).document
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
    first = aws("batch-meter-usage", "--usage-records", json.dumps([record])).document
    again = aws("batch-meter-usage", "--usage-records", json.dumps([record])).document
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


def test_it_meters_usage_of_a_legacy_listing(aws: AwsCli, control: httpx.Client) -> None:
    agreement = subscribe(control, "legacy")
    buyer = aws("resolve-customer", "--registration-token", mint_token(control, agreement)).document
    record = {
        "Timestamp": int(time.time()) - 60,
        "Dimension": "api_calls",
        "Quantity": 3,
        "CustomerIdentifier": buyer["CustomerIdentifier"],
    }
    meter = ("batch-meter-usage", "--product-code", buyer["ProductCode"], "--usage-records")
    assert aws(*meter, json.dumps([record])).document["Results"][0]["Status"] == "Success"
    other = aws(*meter, json.dumps([record | {"Quantity": 4}])).document
    assert other["Results"][0]["Status"] == "DuplicateRecord"
    assert [line["quantity"] for line in bill_of(control, agreement)] == ["3"]


def test_it_shows_awss_name_of_a_refusal(aws: AwsCli) -> None:
    answer = aws("resolve-customer", "--registration-token", "nonsense")
    assert answer.exit_code != 0
    assert "(InvalidTokenException) when calling the ResolveCustomer operation" in answer.errors


def test_it_shows_that_the_seller_runs_no_container_in_a_buyers_account(aws: AwsCli) -> None:
    answer = aws("register-usage", "--product-code", "x", "--public-key-version", "1")
    assert "(PlatformNotSupportedException)" in answer.errors
