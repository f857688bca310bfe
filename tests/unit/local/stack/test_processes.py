import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import processes
from local.stack.lifecycle import LOGS_SECONDS_MAX, PROCESS_NAMES
from local.stack.processes import BackgroundProcess, Program, read_pid_file, start_in_background

SET_CHILD_SUBREAPER = 36  # of prctl(2)
SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
# A child that outlives its parent unless the whole group is ended.
FAMILY = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"
# A parent that never asks whether its child has ended.
CARELESS = (
    f"import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])"
)
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


@pytest.fixture
def adopting() -> Iterator[None]:
    """Make this process the parent of orphans, so that who ended stays until it is asked for."""
    if sys.platform != "linux":
        pytest.skip("only Linux lets a process adopt orphans")
    control = ctypes.CDLL(None).prctl
    control(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    control(SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def reap(group: int) -> None:
    """Ask for all of the group that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG) != (0, 0):
            pass


@pytest.mark.usefixtures("adopting")
def test_stopping_ends_the_children_too(tmp_path: Path) -> None:
    process = start(tmp_path, FAMILY)
    processes.stop(process)
    reap(process.pid)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_process_that_ignores_the_polite_signal_is_ended_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 0.3)
    process = start(tmp_path, DEAF)
    processes.stop(process)
    assert not process.is_running()


@pytest.mark.usefixtures("adopting")
def test_a_member_of_the_group_that_ended_and_is_not_reaped_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals, kill_group = list[int](), os.killpg

    def killpg(group: int, number: int) -> None:
        signals.append(number)
        kill_group(group, number)

    monkeypatch.setattr(os, "killpg", killpg)
    process = start(tmp_path, f"{CARELESS}; time.sleep(600)")
    processes.stop(process)
    kill_group(process.pid, 0)  # still there
    reap(process.pid)
    assert signals == [signal.SIGTERM]


def test_taking_a_stack_down_waits_five_seconds_at_most_with_the_start_of_the_command() -> None:
    waits = processes.STOP_SECONDS_MAX + processes.KILL_SECONDS_MAX
    assert len(PROCESS_NAMES) * waits + LOGS_SECONDS_MAX <= 4.5


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
