"""Options that contradict each other, and a machine on which nothing runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.__main__ import app


def run(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["account", *options])
    return result.exit_code, result.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--table", "a", "--stack-name", "b"),
        ("--table", "a", "--since", "2026-11-22", "--hours", "3"),
        ("--table", "a", "--since", "yesterday"),
        ("--table", "a", "--hours", "0"),
        ("--table", "a", "--subscription", "somebody"),
        ("--unheard-of",),
    ],
    ids=" ".join,
)
def test_bad_usage_is_told_from_a_difference(options: tuple[str, ...]) -> None:
    assert run(*options)[0] == 2


def test_without_a_local_stack_it_says_which_ways_there_are(tmp_path: Path) -> None:
    exit_code, errors = run("--directory", str(tmp_path))

    assert exit_code == 2
    assert "make up" in errors
    assert "--table" in errors
    assert "--stack-name" in errors


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "absent"))

    exit_code, errors = run("--table", "a")

    assert exit_code == 2
    assert "region" in errors
