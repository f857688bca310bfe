"""Background processes that outlive the command that started them, and that only we end."""

import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

# Nothing that runs here keeps anything which a hard end would lose.
STOP_SECONDS_MAX = 1.0
KILL_SECONDS_MAX = 0.5
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Program:
    """What to run in the background, and where its output goes."""

    command: tuple[str, ...]
    environment: dict[str, str]
    working_directory: Path
    log_file: Path


@dataclass(frozen=True, slots=True)
class BackgroundProcess:
    """A process and the moment it started; the pair is unique where a pid alone is not."""

    pid: int
    started: str

    def is_running(self) -> bool:
        """Say whether this very process still runs (not a later one with its pid)."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # a child of this command would stay as a zombie
        return start_moment(self.pid) == self.started


def start_in_background(program: Program, pid_file: Path) -> BackgroundProcess:
    """Start the program as leader of its own process group and write its pid file."""
    with program.log_file.open("ab") as log:
        popen = subprocess.Popen(  # noqa: S603 - the command is built by this package
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=program.environment,
            cwd=program.working_directory,
            start_new_session=True,  # Ctrl-C in the terminal reaches the starter only
        )
    started = start_moment(popen.pid)
    process = BackgroundProcess(pid=popen.pid, started=started or "never")
    pid_file.write_text(json.dumps({"pid": process.pid, "started": process.started}))
    # The process is ended through its pid file, perhaps by another command: a Popen object that is
    # garbage collected while its process runs would warn about exactly that.
    popen.returncode = 0
    return process


def read_pid_file(pid_file: Path) -> BackgroundProcess | None:
    """Read a pid file; None when there is none or it makes no sense."""
    try:
        content = json.loads(pid_file.read_text())
        return BackgroundProcess(pid=int(content["pid"]), started=str(content["started"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def stop(process: BackgroundProcess) -> None:
    """End the process and its group: politely, then for certain. Does nothing if it has ended.

    Only a process whose start moment matches is signalled, so a recycled pid is safe.
    """
    if not process.is_running():
        return
    _signal_group(process.pid, signal.SIGTERM)
    if not _group_ends_within(process, STOP_SECONDS_MAX):
        _signal_group(process.pid, signal.SIGKILL)
        _group_ends_within(process, KILL_SECONDS_MAX)


def start_moment(pid: int) -> str | None:
    """Return a text that identifies when the process started; None when it does not run."""
    stat_file = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The command's name, in parentheses, may hold spaces: count the fields after it.
            fields = stat_file.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        state, start_ticks = fields[0], fields[19]
        return None if state in {"Z", "X"} else start_ticks
    answer = subprocess.run(  # noqa: S603 - a pid is a number
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)],  # noqa: S607 - macOS: ps is on the path
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(maxsplit=1)
    return None if not answer or answer[0].startswith("Z") else answer[1].strip()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _group_ends_within(process: BackgroundProcess, seconds_max: float) -> bool:
    give_up_at = time.monotonic() + seconds_max
    while time.monotonic() < give_up_at:
        if not process.is_running() and not _group_has_members(process.pid):
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _group_has_members(group: int) -> bool:
    """Say whether anything of the group runs; what has ended stays in it until it is reaped."""
    return any(
        process.info["status"] != psutil.STATUS_ZOMBIE
        for process in psutil.process_iter(["status"])
        if _group_of(process.pid) == group
    )


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None
