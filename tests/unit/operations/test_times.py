"""What people type for a time is read in one way, or refused before anything is looked at."""

from collections.abc import Callable
from datetime import datetime

import pytest
import typer
from typer.testing import CliRunner

from operations.__main__ import app
from operations.times import read_day, read_hour, read_moment, read_month
from operations.usage import days_of

NAME, RECORD = "license#l-1", "license#l-1|api_calls"
WITHOUT_END = ("0001-01", "1999-12", "3000-01", "9999-12")
COMMANDS = {
    "--month": ("usage", f"usage {NAME}", f"statement {NAME}", f"evidence {NAME}", "records list"),
    "--from": ("usage", f"usage {NAME}", "records list"),
    "--since": ("audit-trail",),
    "--hour": (f"evidence {NAME} calls", f"record {NAME} calls", f"records show {NAME} calls"),
    "--record": ("record", "records show", "redrive --yes", "spikes release --yes"),
    "--stopped-at": (f"flush --yes {NAME}",),
    "--at": (f"stop --yes {NAME}",),
}
# How a month becomes a day, an hour or a moment of it, as the option wants it.
FORMS = {
    "--from": "{}-01",
    "--since": "{}-01",
    "--hour": "{}-01T00",
    "--record": f"{RECORD}|{{}}-01T00",
    "--stopped-at": "{}-01T00:00:00Z",
    "--at": "{}-01T00:00:00Z",
}


def refusal(words: list[str]) -> str:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (2, "")
    return " ".join(result.stderr.split())


@pytest.mark.parametrize("month", WITHOUT_END)
@pytest.mark.parametrize(
    ("option", "command"), [(option, one) for option, all_ in COMMANDS.items() for one in all_]
)
def test_times_with_which_nobody_can_reckon_are_refused(
    option: str, command: str, month: str
) -> None:
    typed = FORMS.get(option, "{}").format(month)
    words = [*command.split(), *([] if option in {"--hour", "--record"} else [option]), typed]
    said = refusal(words)
    assert typed in said
    assert ("names no record" if option == "--record" else "before 2000 or after 2999") in said


@pytest.mark.parametrize(
    ("read", "right", "wrong"),
    [
        (read_month, "2026-11", ["2026-1", "2026-13", "26-11", "2026-11-01", "", "\uff12026-11"]),
        (read_day, "2026-11-22", ["2026-11-2", "2026-02-29", "2026-11", "2026-11-22T18"]),
        (read_hour, "2026-11-22T18", ["2026-11-22T24", "2026-11-22 18", "2026-11-22T18:00Z"]),
    ],
)
def test_a_time_is_written_in_one_way(
    read: Callable[[str], datetime], right: str, wrong: list[str]
) -> None:
    assert read(right).isoformat().startswith(right)
    for text in wrong:
        with pytest.raises(typer.BadParameter, match=f"like {right}"):
            read(text)


def test_a_moment_has_its_offset() -> None:
    assert read_moment("2026-11-22t19:31:00+01:00").isoformat() == "2026-11-22T18:31:00+00:00"
    for text in ("2026-11-22T18:31:00", "2026-11-22", "now", "1795899208"):
        with pytest.raises(typer.BadParameter, match="RFC 3339"):
            read_moment(text)


def test_days_that_are_turned_round_are_named_as_they_are_typed() -> None:
    first, last = read_day("2026-11-02"), read_day("2026-11-01")
    assert days_of(None, last, first, first) == (last, first)
    with pytest.raises(typer.BadParameter, match="--from lies after --to"):
        days_of(None, first, last, first)
