"""Options that contradict each other, and a machine on which nothing runs."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from operations.__main__ import app
from operations.usage import days_of

NAME = "license#l-5f2c"


def run(*options: str) -> tuple[int, str]:
    return invoke("balance", *options)


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments])
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


@pytest.mark.parametrize(
    "command",
    [
        "balance",
        "statement --month 2026-11",
        "dead-letters list",
        f"redrive {NAME}|calls|2026-11-22T18 --yes",
        "check-product prod-1",
    ],
)
def test_without_a_local_stack_it_says_which_ways_there_are(tmp_path: Path, command: str) -> None:
    words = command.split()
    exit_code, errors = invoke(*words, "--directory", str(tmp_path))
    told = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200"}).output

    assert exit_code == 2
    assert "make up" in errors
    named = re.findall("--[a-z-]+", errors.replace(str(tmp_path), ""))
    assert named == ["--stack-name"]
    assert named[0] in told, "it takes what it names"


def test_without_a_region_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "absent"))

    exit_code, errors = run("--table", "a")

    assert exit_code == 2
    assert "region" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("usage", "somebody"),
        ("usage", NAME, "--month", "2026-11", "--since", "2026-11-02"),
        ("usage", NAME, "--until", "2026-11-02"),
        ("usage", NAME, "--since", "2026-11-03", "--until", "2026-11-02"),
        ("usage", NAME, "--month", "November"),
        ("usage",),
        ("record", NAME, "api_calls"),
        ("record", NAME, "api_calls", "noon"),
        ("unfinished", "--table", "a", "--stack-name", "b"),
        ("refused", "somebody"),
    ],
    ids=" ".join,
)
def test_bad_usage_of_the_reads_is_not_done(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    table = () if "--table" in arguments else ("--table", "a")

    exit_code, errors = invoke(*arguments, *table)

    assert exit_code == 2
    assert "Usage: " in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("usage", NAME),
        ("record", NAME, "api_calls", "2026-11-18T12"),
        ("unfinished",),
        ("refused",),
    ],
    ids=lambda arguments: str(arguments[0]),
)
def test_every_read_says_which_ways_there_are_to_name_a_table(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    exit_code, errors = invoke(*arguments, "--directory", str(tmp_path))

    assert exit_code == 2
    assert errors.startswith(f"{arguments[0]}: ")
    assert "--stack-name" in errors


TODAY = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ((None, None, None), ("2026-11-01", "2026-11-30")),
        ((datetime(2026, 2, 1), None, None), ("2026-02-01", "2026-02-28")),  # noqa: DTZ001 - as typer
        ((None, datetime(2026, 10, 7), None), ("2026-10-07", "2026-11-29")),  # noqa: DTZ001 - as typer
    ],
    ids=["this month", "a month", "since a day"],
)
def test_days_are_whole_and_in_utc(
    asked: tuple[datetime | None, datetime | None, datetime | None], days: tuple[str, str]
) -> None:
    first_at, last_at = days_of(*asked, TODAY)

    assert [first_at, last_at] == [datetime.fromisoformat(f"{day}T00:00:00Z") for day in days]
