"""Whatever ends demo, chaos or replay, the last line says so, and the exit code with it."""

from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from local.replay.errors import ReplayError
from local.seller.verdicts import ending_in_a_verdict
from local.stack.errors import StackError


def end_with(error: BaseException, *failures: type[Exception]) -> tuple[int, list[str]]:
    """Return the exit code and what was printed."""
    written = StringIO()
    console = Console(file=written, width=200)
    with (
        pytest.raises(typer.Exit) as ended,
        ending_in_a_verdict(console, "demo", *failures, logs=Path("logs-here")),
    ):
        raise error
    return ended.value.exit_code, written.getvalue().splitlines()


def test_what_was_foreseen_is_said_in_its_own_words() -> None:
    said = ["logs are in logs-here", "demo: FAILED: no stack is up"]

    assert end_with(StackError("no stack is up")) == (1, said)
    assert end_with(ReplayError("no stack is up"), ReplayError) == (1, said)


def test_what_nobody_foresaw_shows_where_it_happened() -> None:
    code, said = end_with(ReplayError("odd"))

    assert code == 1
    assert any("end_with" in line for line in said)
    assert said[-1] == "demo: FAILED: ReplayError('odd')"


def test_an_interruption_has_its_own_exit_code() -> None:
    assert end_with(KeyboardInterrupt()) == (
        130,
        ["demo: FAILED: interrupted; nothing is left running"],
    )
