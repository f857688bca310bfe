"""The command line of the local stack, where no stack answers."""

import dataclasses
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.stack.__main__ import app
from local.stack.addresses import StackAddresses, write_addresses
from local.stack.ports import free_port


def test_logs_of_a_stack_that_died_say_how_to_have_one(tmp_path: Path) -> None:
    names = [field.name for field in dataclasses.fields(StackAddresses)]
    url = f"http://127.0.0.1:{free_port()}"
    addresses = dict.fromkeys(names, "x") | {"aws_endpoint_url": url}
    write_addresses(StackAddresses(**addresses), tmp_path / "stack.env")
    result = CliRunner().invoke(app, ["logs", "--directory", str(tmp_path)])
    assert result.exit_code == 1
    assert "the local stack does not answer" in result.stderr
    assert "make up" in result.stderr


@pytest.mark.parametrize("port", ["-1", "65536"])
@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_a_port_that_cannot_be_is_not_said_to_be_taken(
    tmp_path: Path, option: str, port: str
) -> None:
    result = CliRunner().invoke(app, ["up", "--directory", str(tmp_path), option, port])
    assert result.exit_code == 2
    assert "taken" not in result.stderr
