"""The replay of a seller's own log on the running stack."""

import csv
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.e2e.running_stack import REPOSITORY, RunningStack, run_module

pytestmark = pytest.mark.stack

ROWS = 19_366
LOG = """\
time,subscription,dimension,quantity
2023-11-16T18:15:46Z,alpha,api_calls,12.5
2023-11-16T18:59:59.9999999Z,alpha,api_calls,0.000001
2023-11-16T18:20:00Z,alpha,gb_hours,3
2023-11-16T19:00:00Z,beta,api_calls,7
2023-11-16T19:01:00Z,beta,api_calls,minus one
2023-11-16T20:03:00+01:00,beta,api_calls,8
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "usage.csv"
    file.write_text(LOG)
    return file


BILL = "5 events, 30.500001 units sent, 30.500001 units billed, 0 lost, 0 billed twice"


def test_a_log_is_billed_exactly_and_its_bad_row_is_named(stack: RunningStack, log: Path) -> None:
    replay = run_module(
        "local.replay", str(log), "--move-to-recent", "--directory", str(stack.directory)
    )
    assert replay.returncode == 1, replay.stdout + replay.stderr
    assert "line 6: 'minus one' is not a quantity" in replay.stdout
    assert replay.stdout.splitlines()[-1] == (
        "replay: FAILED: 1 bad row skipped, see above (--allow-bad-rows accepts that); "
        f"of the rest {BILL}"
    )


def test_a_log_that_is_sent_twice_is_billed_once(stack: RunningStack, log: Path) -> None:
    replay = run_module(
        "local.replay",
        str(log),
        *("--move-to-recent", "--repeat", "2", "--directory", str(stack.directory)),
        "--allow-bad-rows",
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    last = replay.stdout.splitlines()[-1]
    assert last == f"replay: OK: {BILL}; 1 bad row skipped, see above"


def test_the_file_is_named_to_make_as_it_is(stack: RunningStack, tmp_path: Path) -> None:
    log = tmp_path / "it's usage (1).csv"
    log.write_text("sep=;\ntime;subscription;dimension;quantity\n2026-01-01 10:00;ü;calls;12,5\n")
    options = f"--move-to-recent --decimal-comma --directory {stack.directory}"
    replay = subprocess.run(
        ["make", "--silent", "replay", f"FILE={log}", f"OPTIONS={options}"],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert "replay: OK: 1 event, 12.5 units sent, 12.5 units billed" in replay.stdout


def test_a_second_replay_sells_the_same_product_to_buyers_of_the_same_names(
    stack: RunningStack, tmp_path: Path
) -> None:
    log = tmp_path / "again.csv"
    for dimension in ("calls", "gb"):
        log.write_text(
            f"time,subscription,dimension,quantity\n2026-01-01 10:00,Acme & Söhne,{dimension},7\n"
        )
        replay = run_module(
            "local.replay", str(log), "--move-to-recent", "--directory", str(stack.directory)
        )
        assert replay.returncode == 0, replay.stdout + replay.stderr
    [product] = [
        one
        for one in stack.marketplace.list_products()["products"]
        if one["title"] == "Replay of again.csv"
    ]
    assert product["dimensions"] == ["calls", "gb"]
    buyers = [
        one["buyer_name"]
        for one in stack.marketplace.list_agreements()["agreements"]
        if one["product_code"] == product["product_code"]
    ]
    assert buyers == ["Acme & Söhne"] * 2


def test_what_the_sandbox_refuses_is_told_in_its_own_sentence(
    stack: RunningStack, tmp_path: Path
) -> None:
    log = tmp_path / "usage.csv"
    log.write_text(f"time,subscription,dimension,quantity\n2026-01-01 10:00,a,{'x' * 300},1\n")
    replay = run_module(
        "local.replay", str(log), "--move-to-recent", "--directory", str(stack.directory)
    )
    assert replay.returncode == 1
    last = replay.stdout.splitlines()[-1]
    assert last == "replay: FAILED: each dimension must have 1 to 255 characters"
    assert "Traceback" not in replay.stdout


def test_what_meterhouse_would_reject_is_refused_before_it_is_sent(
    stack: RunningStack, tmp_path: Path
) -> None:
    log = tmp_path / "usage.csv"
    log.write_text(f"time,subscription,dimension,quantity\n2026-01-01 10:00,a,{'é' * 200},1\n")
    replay = run_module(
        "local.replay", str(log), "--move-to-recent", "--directory", str(stack.directory)
    )
    assert replay.returncode == 1
    assert replay.stdout.splitlines()[-1].endswith("é': dimension has over 255 bytes")
    assert "Sending" not in replay.stdout


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An hour of requests, two measures a row; TRACE=file.csv puts a real one in its place."""
    if "TRACE" in os.environ:
        return Path(os.environ["TRACE"])
    random = Random(18)  # noqa: S311 - the same usage in every run
    began_at = datetime(2023, 11, 16, 18, 15, 46, tzinfo=UTC)
    file = tmp_path_factory.mktemp("trace") / "requests.csv"
    with file.open("w") as text:
        writer = csv.writer(text)
        writer.writerow(("TIMESTAMP", "ContextTokens", "GeneratedTokens"))
        for row in range(ROWS):
            moment = began_at + timedelta(seconds=row * 3_600 / ROWS)
            time = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond:06d}0"
            writer.writerow((time, random.randint(1, 14_000), random.randint(1, 1_000)))
    return file


@pytest.mark.parametrize("repeat", ["1", "2"])
def test_a_trace_is_billed_to_the_last_token(stack: RunningStack, trace: Path, repeat: str) -> None:
    with trace.open() as text:
        rows = list(csv.DictReader(text))
    context = sum(int(row["ContextTokens"]) for row in rows)
    generated = sum(int(row["GeneratedTokens"]) for row in rows)

    replay = run_module(
        "local.replay",
        str(trace),
        *("--subscription", f"llm-{repeat}", "--move-to-recent", "--repeat", repeat),
        *("--measure", "ContextTokens=context_tokens"),
        *("--measure", "GeneratedTokens=generated_tokens"),
        *("--directory", str(stack.directory)),
    )

    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert f"{context:,}" in replay.stdout
    assert f"{generated:,}" in replay.stdout
    total = context + generated
    assert f"OK: {2 * len(rows)} events, {total} units sent, {total} units billed" in replay.stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "use --move-to-recent"),
        (("--move-to-recent", "--strict"), "1 bad row, and --strict was given"),
        (("--time-column", "when"), "no column 'when'"),
        (("--measure", "=x"), "COLUMN=dimension"),
        (("--time-zone", "Europe/Nowhere"), "--time-zone"),
        (("--encoding", "klingon"), "--encoding"),
        (("--since", "monday"), "--since: 'monday' is not a time"),
        (("--until", "2020-01-01"), "holds no usage: 0 bad rows, 6 rows of another time"),
    ],
)
def test_a_log_that_cannot_be_replayed_as_asked_is_refused_with_advice(
    stack: RunningStack, log: Path, options: tuple[str, ...], reason: str
) -> None:
    replay = run_module("local.replay", str(log), *options, "--directory", str(stack.directory))
    assert replay.returncode == 1
    last = replay.stdout.splitlines()[-1]
    assert last.startswith("replay: FAILED: ")
    assert reason in last


def test_without_a_stack_the_replay_says_how_to_start_one(tmp_path: Path, log: Path) -> None:
    replay = run_module("local.replay", str(log), "--directory", str(tmp_path / "nothing"))
    assert replay.returncode == 1
    assert "make up" in replay.stdout
