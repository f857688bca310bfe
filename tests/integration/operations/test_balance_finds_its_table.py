"""`balance` reads the table that was named, that a stack has, or that the local stack runs with."""

import dataclasses
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from local.stack.addresses import StackAddresses, write_addresses
from tests.integration.adapters.backends import Aws, Backend, aws_of
from tests.integration.operations.books import Books
from tests.integration.operations.command import Command
from tests.integration.operations.conftest import use_endpoint

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def aws_module(request: pytest.FixtureRequest) -> Iterator[Aws]:
    """Use the emulator alone: moto makes no stacks without further packages."""
    with aws_of(request, Backend.EMULATOR) as found:
        yield found


@pytest.fixture
def billed(books: Books) -> Books:
    house = books.house()
    house.drain(house.event(house.buyer(), quantity="2.5"))
    return books


@pytest.fixture
def stacks(billed: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator["CloudFormationClient"]:
    use_endpoint(monkeypatch, billed.aws)
    client = boto3.client("cloudformation")
    yield client
    client.close()


def create_stack(stacks: "CloudFormationClient", output: str, value: str) -> str:
    """Create a stack whose output names a table, as the application's does."""
    name = f"stack-{uuid.uuid4().hex[:8]}"
    template = {
        "Resources": {"AnyQueue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {output: {"Value": value}},
    }
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    return name


def test_a_deployed_stack_names_its_table(billed: Books, stacks: "CloudFormationClient") -> None:
    name = create_stack(stacks, "UsageTableName", billed.table_name)

    outcome = Command("--stack-name", name).check()

    assert (outcome.exit_code, outcome.document()["table"]) == (0, billed.table_name)


def test_another_stack_is_told_from_a_meterhouse(
    billed: Books, stacks: "CloudFormationClient"
) -> None:
    name = create_stack(stacks, "TableName", billed.table_name)

    outcome = Command("--stack-name", name)()

    assert outcome.exit_code == 2
    assert f"stack {name} has no output UsageTableName" in outcome.errors


def test_a_stack_or_a_table_that_is_not_there_is_no_difference(
    stacks: "CloudFormationClient",
) -> None:
    del stacks
    for option in ("--stack-name", "--table"):
        outcome = Command(option, "no-such-thing")()
        assert (outcome.exit_code, outcome.output) == (2, "")
        assert "no-such-thing" in outcome.errors


def test_a_table_of_another_kind_is_no_difference(aws: Aws, stacks: "CloudFormationClient") -> None:
    del stacks
    outcome = Command("--table", aws.create_table("SubscriptionsTable"))()

    assert (outcome.exit_code, outcome.output) == (2, "")
    assert "is no UsageTable" in outcome.errors


def test_without_options_the_running_local_stack_is_read(billed: Books, tmp_path: Path) -> None:
    """As a person runs it: in a process of its own, with nothing in the environment."""
    texts = {one.name: "unused" for one in dataclasses.fields(StackAddresses)}
    known = {
        "aws_endpoint_url": billed.aws.dynamodb.meta.endpoint_url,
        "aws_default_region": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "usage_table": billed.table_name,
    }
    write_addresses(StackAddresses(**texts | known), tmp_path / "stack.env")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "operations", "balance", "--directory", str(tmp_path)]

    run = subprocess.run(
        command, cwd=REPOSITORY, env=clean, capture_output=True, text=True, check=False, timeout=120
    )

    assert run.returncode == 0, run.stderr
    verdict = "balance: OK: 1 meter, 2.5 units journalled, each in its place"
    assert run.stdout.splitlines()[-1] == verdict
