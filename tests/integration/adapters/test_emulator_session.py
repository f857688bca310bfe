"""The session's emulator ends with the session, however that one ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.stack import emulator
from local.stack.processes import read_pid_file, stop
from tests.integration.adapters.emulator import running_emulator

REPOSITORY = Path(__file__).resolve().parents[3]
SECONDS_MAX = 60.0
SESSION = """
import time
from pathlib import Path

from tests.integration.conftest import emulator_url


def test_that_somebody_interrupts(emulator_url: str) -> None:
    Path(__file__).with_name("url").write_text(emulator_url)
    time.sleep(600)
"""


def test_an_emulator_listens_on_the_loopback_address_only_while_it_is_held(tmp_path: Path) -> None:
    with running_emulator(tmp_path) as url:
        assert url.startswith("http://127.0.0.1:")
        assert emulator.is_healthy(url)

    assert not emulator.is_healthy(url)
    assert not (tmp_path / "tmp").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "timeout"])
def test_an_interrupted_session_leaves_no_emulator_behind(
    tmp_path: Path, number: signal.Signals
) -> None:
    (tmp_path / "test_session.py").write_text(SESSION)
    pytest_command = ["-m", "pytest", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}"]
    session = subprocess.Popen(
        [sys.executable, *pytest_command, "-c", "pyproject.toml", str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    with session:
        try:
            url = wait_for_text(tmp_path / "url", session)
            process = read_pid_file(tmp_path / "base" / "emulator0" / f"{emulator.NAME}.pid")
            assert process is not None
            assert process.is_running()

            session.send_signal(number)
            session.wait(SECONDS_MAX)

            assert not process.is_running()
            assert not emulator.is_healthy(url)
        finally:
            # Killed like this a session cleans nothing up, so a test that fails does it here.
            session.kill()
            for pid_file in (tmp_path / "base").glob(f"*/{emulator.NAME}.pid"):
                if left := read_pid_file(pid_file):
                    stop(left)


def wait_for_text(path: Path, session: subprocess.Popen[bytes]) -> str:
    give_up_at = time.monotonic() + SECONDS_MAX
    while time.monotonic() < give_up_at and session.poll() is None:
        if path.exists() and (text := path.read_text()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"the session did not come so far: {session.poll()}")
