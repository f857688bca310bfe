"""The two services of a stack, the Marketplace sandbox and the AWS emulator: started, and ready.

Whoever starts one stops it: by its pid file, or by holding it with `held`.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack import emulator
from local.stack.errors import StackError
from local.stack.layout import LOOPBACK, REPOSITORY, StackFiles
from local.stack.ports import free_port
from local.stack.processes import Program, read_pid_file, start_in_background, stop
from local.stack.termination import uninterrupted

SANDBOX = "sandbox"
START_SECONDS_MAX = 30.0
# The discard port: for an emulator whose user never asks for the marketplace.
NO_MARKETPLACE_URL = f"http://{LOOPBACK}:9"
_POLL_SECONDS = 0.05
_SANDBOX_READY = re.compile(r"^sandbox: listening on (?P<url>http://\S+)$", re.MULTILINE)


def start_sandbox(files: StackFiles, *, port: int = 0) -> str:
    """Start the Marketplace sandbox; return its address once it answers. Port 0 is any free one."""
    log_file = files.log_file(SANDBOX)
    program = Program(
        command=(
            sys.executable,
            *("-u", "-m", "marketplace_sandbox", "serve"),
            *("--host", LOOPBACK, "--port", str(port)),
        ),
        environment={"PATH": str(Path(sys.executable).parent), "LANG": "C.UTF-8"},
        working_directory=REPOSITORY,
        log_file=log_file,
    )

    def ready_url() -> str | None:
        found = _SANDBOX_READY.search(log_file.read_text())
        return found["url"] if found else None

    return _start(program, files.pid_file(SANDBOX), ready_url, what="the sandbox")


def start_emulator(
    files: StackFiles,
    *,
    marketplace_url: str = NO_MARKETPLACE_URL,
    port: int = 0,
    seconds_max: float = START_SECONDS_MAX,
) -> str:
    """Start the AWS emulator; return its address once it is healthy. Port 0 is any free one."""
    chosen_port = port or free_port()
    program = emulator.emulator_program(files, port=chosen_port, marketplace_url=marketplace_url)
    url = f"http://{LOOPBACK}:{chosen_port}"
    return _start(
        program,
        files.pid_file(emulator.NAME),
        lambda: url if emulator.is_healthy(url) else None,
        what="the AWS emulator",
        seconds_max=seconds_max,
    )


@contextmanager
def held(files: StackFiles, name: str) -> Iterator[None]:
    """Stop a service when the block ends, which starts it, whatever ends the block."""
    try:
        yield
    finally:
        with uninterrupted():
            process = read_pid_file(files.pid_file(name))
            if process is not None:
                stop(process)


def tail(log_file: Path, lines: int = 20) -> str:
    """Return the last lines of a log, or say that there are none."""
    if not log_file.exists():
        return "(no output)"
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:]) or "(no output)"


def _start(
    program: Program,
    pid_file: Path,
    ready_url: Callable[[], str | None],
    *,
    what: str,
    seconds_max: float = START_SECONDS_MAX,
) -> str:
    """Start a program and wait until it can be reached."""
    process = start_in_background(program, pid_file)
    log_file = program.log_file
    give_up_at = time.monotonic() + seconds_max
    while time.monotonic() < give_up_at:
        running = process.is_running()
        if running and (url := ready_url()) is not None:
            return url
        if not running:
            raise StackError(f"{what} ended at once; the end of {log_file}:\n{tail(log_file)}")
        time.sleep(_POLL_SECONDS)
    raise StackError(f"{what} was not ready in {seconds_max:.0f} s:\n{tail(log_file)}")
