"""What docs/ci.md types and shows: one shell from top to bottom, and jobs that are YAML."""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.typed_pages import (
    AWS_CLI,
    CI_PAGE,
    path_without_checkout,
    shell_lines,
    type_in_shell,
    yaml_blocks,
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def documents(text: str) -> list[Any]:
    """Read the JSON documents that a shell printed one after another."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        found.append(document)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def test_what_the_page_about_ci_types_works_as_it_stands(tmp_path: Path) -> None:
    port = free_port()

    done = type_in_shell(
        shell_lines(CI_PAGE),
        folder=tmp_path,
        path=path_without_checkout(Path(sys.executable).parent, AWS_CLI),
        SANDBOX_PORT=str(port),
    )

    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = {}
    for document in documents(done.stdout):
        answers |= document
    assert [line["quantity"] for line in answers["records"]] == ["1200"]
    assert answers["double_billed"] == []
    outcomes = [call["outcome"] for call in answers["calls"]]
    assert outcomes == ["Success", "ThrottlingException", "Success"]
    assert (answers["month"], answers["status"]) == ("2026-11", "CANCELLED")
    assert answers["events"] != []
    assert (tmp_path / "sandbox.log").read_text().endswith("sandbox: stopped\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_each_job_that_the_page_shows_leads_the_sdk_to_the_sandbox() -> None:
    jobs = [yaml.safe_load(block)["jobs"]["integration"] for block in yaml_blocks(CI_PAGE)]

    assert ["services" in job for job in jobs] == [False, True]
    for job in jobs:
        assert {name for name in job["env"] if name in shell_lines(CI_PAGE)} == set(job["env"])
        assert job["env"]["AWS_ENDPOINT_URL_MARKETPLACE_METERING"] == job["env"]["SANDBOX_URL"]
