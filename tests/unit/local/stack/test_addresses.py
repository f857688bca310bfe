import stat
from pathlib import Path

import pytest

from local.stack.addresses import StackAddresses, read_addresses, write_addresses
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
    subscriptions_table="subscriptions",
    usage_table="usage",
    register_function="register",
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


def test_an_absent_file_says_how_to_start_a_stack(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="make up"):
        read_addresses(tmp_path / "stack.env")


def test_a_file_of_an_older_version_names_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "stack.env"
    path.write_text("SANDBOX_URL=http://127.0.0.1:4001\n")
    with pytest.raises(StackError, match="USAGE_TABLE"):
        read_addresses(path)
