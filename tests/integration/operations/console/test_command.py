"""`meterhouse console` as its user starts and ends it."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from operations.__main__ import app
from tests.unit.repository import REPOSITORY

SECONDS_MAX = 60


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the command; return its process, its first line, and the address in that line."""
    command = [sys.executable, "-m", "operations", "console", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, line, next(word for word in line.split() if word.startswith("http"))
        finally:
            process.kill()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_answers_there_and_ends_when_it_is_told(
    tmp_path: Path, told: signal.Signals
) -> None:
    with started("--directory", str(tmp_path)) as (process, line, url):
        answer = httpx.get(url, trust_env=False)
        process.send_signal(told)
        _, complaints = process.communicate(timeout=SECONDS_MAX)

    assert line == f"console: the local stack at {url} (it only looks); Ctrl-C ends it\n"
    assert url.startswith("http://127.0.0.1:")
    assert answer.status_code == 503
    assert "run `make up`" in answer.text
    assert (process.returncode, complaints) == (0, "console: stopped\n")


def test_it_says_that_changes_are_allowed(tmp_path: Path) -> None:
    with started("--directory", str(tmp_path), "--allow-changes") as (_, line, url):
        page = httpx.get(url, trust_env=False).text

    assert "(changes are allowed)" in line
    assert "changes allowed" in page


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["console", "--port", str(port)])

    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr
    assert "--port" in result.stderr
