"""What stands on a terminal of 80 columns: options have their whole names, and no id is broken."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from functools import partial
from typing import Any

import typer
from click import unstyle
from typer.testing import CliRunner

from marketplace_sandbox.cli.app import app
from marketplace_sandbox.server import serve_beside
from tests.builders import Shop
from tests.served.serving import COMMAND

COLUMNS = 80
TARGET = "http://127.0.0.1:9/events/of/the/marketplace/for/this/shop"


def commands(command: Any, *words: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the words of each command, with the options that it has."""
    yield [*words], [name for one in command.params for name in one.opts if name.startswith("--")]
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *words, name)


def test_help_cuts_nothing() -> None:
    runner = CliRunner(env={"COLUMNS": str(COLUMNS), "NO_COLOR": "1"})
    helps = {
        " ".join(words): (runner.invoke(app, [*words, "--help"]).stdout, options)
        for words, options in commands(typer.main.get_command(app))
    }
    assert len(helps) > 70
    for words, (helped, options) in helps.items():
        assert [name for name in options if name not in helped] == [], words
        assert "…" not in helped, words
        assert re.findall(r"[a-z,;]\.\.\.$", helped, re.MULTILINE) == [], words


def type_at_terminal(url: str, *words: str) -> tuple[str, str]:
    """Type a command at a terminal of 80 columns; return what it shows, and what is on stderr."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "NO_COLOR": "1", "SANDBOX_URL": url}
    with subprocess.Popen(
        [*COMMAND, *words], stdout=its, stderr=subprocess.PIPE, env=environment
    ) as process:
        os.close(its)
        shown = b"".join(iter(partial(_read, mine), b""))
        _, errors = process.communicate(timeout=30)
    os.close(mine)
    return unstyle(shown.decode().replace("\r\n", "\n")), errors.decode()


def _read(terminal: int) -> bytes:
    """Read on; a terminal whose program has ended reports an error on Linux."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_a_table_that_fits_is_one(shop: Shop) -> None:
    with serve_beside(shop.marketplace) as url:
        shown, errors = type_at_terminal(url, "buyer", "list")
    heading, *_ = shown.strip().splitlines()
    assert heading.split() == ["agreement", "product", "account", "buyer", "status"]
    assert errors == ""


def test_a_table_that_does_not_fit_becomes_paragraphs_and_says_so(shop: Shop) -> None:
    with serve_beside(shop.marketplace) as url:
        for _ in range(2):
            added, _ = type_at_terminal(url, "event", "target", "add", "http", TARGET)
            assert TARGET in added
        shown, errors = type_at_terminal(url, "event", "target", "list")
    assert shown.count(TARGET) == 2, "addresses are whole"
    first, second, *rest = shown.strip().split("\n\n")
    assert [line.split()[0] for line in first.splitlines()] == [
        "target",
        "kind",
        "address",
        "endpoint",
        "product",
        "names",
    ]
    assert second
    assert rest == []
    assert errors.startswith("sandbox: 80 columns are too few for a table, which takes ")
    assert errors.endswith("each record is a paragraph; --json prints it for programs\n")
