"""What is longer than a terminal is leafed through, in a pipe or against a wish it is not."""

import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest

LINES = 24
COMMAND = f"{sys.executable} -m operations"
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """Return a program that shows that it was asked to page."""
    found = tmp_path / "pager"
    found.write_text("#!/bin/sh\necho PAGED\ncat\n")
    found.chmod(0o755)
    return found


def on_a_terminal(command: str, pager: Path, lines: int = LINES) -> str:
    """Return what a terminal of so many lines shows of a command."""
    master, slave = os.openpty()
    termios.tcsetwinsize(slave, (lines, 80))
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "PAGER": str(pager)}
    with subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=REPOSITORY,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        shown = b""
        while part := _read(master):
            shown += part
    os.close(master)
    assert process.returncode == 0, shown.decode()
    return shown.decode()


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65_536)
    except OSError:
        # What nobody writes to any more.
        return b""


def test_what_is_longer_than_the_terminal_is_paged_whole(pager: Path) -> None:
    shown = on_a_terminal(f"{COMMAND} explain", pager)

    assert shown.startswith("PAGED")
    assert "before_start" in shown


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (f"{COMMAND} --no-pager explain", LINES),
        (f"{COMMAND} explain", 1_000),
        (f"{COMMAND} explain | cat", LINES),
        (f"{COMMAND} explain --json", LINES),
    ],
    ids=["not wanted", "short", "a pipe", "for a program"],
)
def test_nothing_else_is(command: str, lines: int, pager: Path) -> None:
    shown = on_a_terminal(command, pager, lines)

    assert "PAGED" not in shown
    assert "before_start" in shown
