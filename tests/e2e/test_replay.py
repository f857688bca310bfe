"""The replay of a seller's own log on the running stack."""

from pathlib import Path

import pytest

from tests.e2e.running_stack import REPOSITORY, RunningStack, run_module

pytestmark = pytest.mark.stack

TRACE = REPOSITORY.parent / "shared" / "data" / "llm-requests.csv"
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


def test_a_log_is_billed_exactly_and_its_bad_row_is_named(stack: RunningStack, log: Path) -> None:
    replay = run_module(
        "sandbox.replay", str(log), "--move-to-recent", "--directory", str(stack.directory)
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert "line 6: 'minus one' is not a quantity" in replay.stdout
    assert replay.stdout.splitlines()[-1] == (
        "replay: OK: 5 events, 30.500001 units sent, 30.500001 units billed, 0 lost, 0 billed twice"
    )


def test_a_log_that_is_sent_twice_is_billed_once(stack: RunningStack, log: Path) -> None:
    replay = run_module(
        "sandbox.replay",
        str(log),
        *("--move-to-recent", "--repeat", "2", "--directory", str(stack.directory)),
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert "OK: 5 events, 30.500001 units sent, 30.500001 units billed" in replay.stdout


@pytest.mark.parametrize("repeat", ["1", "2"])
@pytest.mark.skipif(not TRACE.exists(), reason=f"the trace is not beside the checkout: {TRACE}")
def test_a_real_trace_is_billed_to_the_last_token(stack: RunningStack, repeat: str) -> None:
    replay = run_module(
        "sandbox.replay",
        str(TRACE),
        *("--subscription", f"llm-{repeat}", "--move-to-recent", "--repeat", repeat),
        *("--measure", "ContextTokens=context_tokens"),
        *("--measure", "GeneratedTokens=generated_tokens"),
        *("--directory", str(stack.directory)),
    )
    assert replay.returncode == 0, replay.stdout + replay.stderr
    assert "22,361,870" in replay.stdout
    assert "4,088,665" in replay.stdout
    assert "OK: 38732 events, 26450535 units sent, 26450535 units billed" in replay.stdout


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ((), "use --move-to-recent"),
        (("--move-to-recent", "--strict"), "1 bad rows, and --strict was given"),
        (("--time-column", "when"), "no column 'when'"),
        (("--measure", "=x"), "COLUMN=dimension"),
    ],
)
def test_a_log_that_cannot_be_replayed_as_asked_is_refused_with_advice(
    stack: RunningStack, log: Path, options: tuple[str, ...], reason: str
) -> None:
    replay = run_module("sandbox.replay", str(log), *options, "--directory", str(stack.directory))
    assert replay.returncode == 1
    last = replay.stdout.splitlines()[-1]
    assert last.startswith("replay: FAILED: ")
    assert reason in last


def test_without_a_stack_the_replay_says_how_to_start_one(tmp_path: Path, log: Path) -> None:
    replay = run_module("sandbox.replay", str(log), "--directory", str(tmp_path / "nothing"))
    assert replay.returncode == 1
    assert "make up" in replay.stdout
