import dataclasses
import os
import stat
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values

from local.stack.addresses import (
    StackAddresses,
    read_addresses,
    write_addresses,
)
from local.stack.errors import StackError

ADDRESSES = StackAddresses(
    aws_endpoint_url="http://127.0.0.1:4000",
    aws_default_region="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="it's $ecret",
    sandbox_url="http://127.0.0.1:4001",
    register_url="http://127.0.0.1:4000/api/register",
    usage_queue_url="http://127.0.0.1:4000/queue",
    usage_dlq_url="http://127.0.0.1:4000/dlq",
    rejected_usage_queue_url="http://127.0.0.1:4000/rejected",
    agreement_events_queue_url="http://127.0.0.1:4000/events",
    agreement_events_dlq_url="http://127.0.0.1:4000/events-dlq",
    unannounced_changes_queue_url="http://127.0.0.1:4566/000000000000/unannounced",
    event_bus="bus",
    subscriptions_table="subscriptions",
    usage_table="usage",
    register_function="register",
    track_function="track",
    sweep_function="sweep",
    announce_function="announce",
    api_url="http://127.0.0.1:1/_aws/execute-api/a/$default",
    api_function="api",
    drain_function="drain",
    reconcile_function="reconcile",
)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write_addresses(ADDRESSES, tmp_path / "stack.env")
    assert read_addresses(tmp_path / "stack.env") == ADDRESSES


def test_the_file_holds_shell_assignments_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    write_addresses(ADDRESSES, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "USAGE_DLQ_URL=http://127.0.0.1:4000/dlq\n" in path.read_text()


def test_writing_again_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("something else")
    write_addresses(ADDRESSES, path)
    assert read_addresses(path) == ADDRESSES


def source(path: Path, *, before: dict[str, str]) -> dict[str, str]:
    """Return the environment of a program that is started by a shell which read the file."""
    script = f'set -eu; set -a; . "{path}"; exec env -0'
    shell = subprocess.run(
        ["/bin/sh", "-c", script], env=before, capture_output=True, check=True, text=True
    )
    return dict(one.split("=", 1) for one in shell.stdout.split("\0") if one)


def test_a_shell_and_dotenv_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    write_addresses(dataclasses.replace(ADDRESSES, aws_secret_access_key="$ecret"), path)
    before = {"PATH": os.environ["PATH"], "no_proxy": "intranet"}
    sourced = source(path, before=before)
    read = dotenv_values(path, interpolate=False)
    interpolated = {"PATH", "NO_PROXY", "no_proxy"}
    assert {name: sourced[name] for name in read.keys() - interpolated} == {
        name: read[name] for name in read.keys() - interpolated
    }
    assert sourced["NO_PROXY"] == "127.0.0.1,localhost,"
    assert sourced["no_proxy"] == "127.0.0.1,localhost,intranet"
    assert sourced["PATH"].endswith(os.environ["PATH"])


def test_what_the_users_shell_said_of_another_account_is_overruled(tmp_path: Path) -> None:
    before = {
        "PATH": os.environ["PATH"],
        "AWS_REGION": "eu-west-1",
        "AWS_SESSION_TOKEN": "of another account",
        "AWS_PROFILE": "production",
        "AWS_DEFAULT_PROFILE": "production",
        "AWS_CONFIG_FILE": "my.config",
        "AWS_SHARED_CREDENTIALS_FILE": "my.credentials",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL_SQS": "https://sqs.eu-west-1.amazonaws.com",
        "AWS_ENDPOINT_URL_DYNAMODB": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_LAMBDA": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_CLOUDFORMATION": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_STS": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_EVENTBRIDGE": "https://vpce.example.com",
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": "https://vpce.example.com",
    }
    write_addresses(ADDRESSES, tmp_path / "stack.env")
    sourced = source(tmp_path / "stack.env", before=before)
    assert {name for name, value in before.items() if sourced[name] == value} == set()
    assert Path(sourced["AWS_CONFIG_FILE"]).read_text() == "[default]\nregion = us-east-1\n"


def test_an_absent_file_says_how_to_start_a_stack(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="make up"):
        read_addresses(tmp_path / "stack.env")


def test_a_file_of_an_older_version_names_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("SANDBOX_URL=http://127.0.0.1:4001\n")
    with pytest.raises(StackError, match="USAGE_TABLE"):
        read_addresses(path)
