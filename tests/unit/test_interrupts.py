"""Tests may run in the background of a script, where Ctrl-C is ignored."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
# Whether it ignores Ctrl-C, as a program says that starts like those of our tests.
PROGRAM = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
SESSION = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {PROGRAM!r}], check=True)"


def is_ignored(session: str) -> str:
    """Run a Python session as a script runs its background."""
    command = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", session]
    done = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def test_programs_that_tests_start_heed_ctrl_c_whoever_started_the_tests() -> None:
    assert is_ignored(SESSION) == "True"
    assert is_ignored(f"import tests.conftest; {SESSION}") == "False"
