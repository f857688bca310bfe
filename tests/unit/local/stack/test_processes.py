import os
import sys
from pathlib import Path

import pytest

from local.stack import processes
from local.stack.processes import BackgroundProcess, Program, read_pid_file, start_in_background

SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
# A child that outlives its parent unless the whole group is ended.
FAMILY = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def start(tmp_path: Path, code: str) -> BackgroundProcess:
    program = Program(
        command=(sys.executable, "-c", code),
        environment=dict(os.environ),
        working_directory=tmp_path,
        log_file=tmp_path / "log",
    )
    process = start_in_background(program, tmp_path / "pid")
    while "ready" not in (tmp_path / "log").read_text():
        assert process.is_running()
    return process


def test_a_started_process_is_found_again_by_its_pid_file_and_stopped(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    found = read_pid_file(tmp_path / "pid")
    assert found == process
    processes.stop(process)
    assert not process.is_running()


def test_stopping_ends_the_children_too(tmp_path: Path) -> None:
    process = start(tmp_path, FAMILY)
    processes.stop(process)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 0.3)
    process = start(tmp_path, DEAF)
    processes.stop(process)
    assert not process.is_running()


def test_a_process_that_only_has_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    try:
        recycled = BackgroundProcess(pid=process.pid, started="another moment")
        assert not recycled.is_running()
        processes.stop(recycled)
        assert process.is_running()
    finally:
        processes.stop(process)


def test_stopping_twice_does_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    processes.stop(process)
    processes.stop(process)


@pytest.mark.parametrize("content", ["", "12", '{"pid": "x"}', "[]"])
def test_a_damaged_pid_file_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)
    assert read_pid_file(tmp_path / "pid") is None


def test_a_pid_that_does_not_exist_is_not_running() -> None:
    assert not BackgroundProcess(pid=2**22 + 1, started="0").is_running()
