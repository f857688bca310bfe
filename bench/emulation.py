"""The emulated account and the Marketplace sandbox, as processes that end with the block."""

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.stack import emulator
from sandbox.stack.errors import StackError
from sandbox.stack.layout import REPOSITORY, StackFiles
from sandbox.stack.processes import Program, start_in_background, stop
from sandbox.stack.termination import uninterrupted

_START_SECONDS_MAX = 30.0
_POLL_SECONDS = 0.05
_SANDBOX_READY = re.compile(r"^sandbox: listening on (?P<url>http://\S+)$", re.MULTILINE)


@contextmanager
def emulated_account() -> Iterator[str]:
    """Run the AWS emulator of the local stack on a free loopback port; give its URL."""
    with _directory() as files:
        port = emulator.free_port()
        url = f"http://127.0.0.1:{port}"
        program = emulator.emulator_program(files, port=port, marketplace_url=url)
        with _running(program, files, lambda: url if emulator.is_healthy(url) else None) as ready:
            yield ready


@contextmanager
def throttling_marketplace() -> Iterator[str]:
    """Run the sandbox, which throttles as AWS does, on a free loopback port; give its URL."""
    with _directory() as files:
        log_file = files.log_file("sandbox")
        program = Program(
            command=(sys.executable, "-u", "-m", "sandbox.marketplace", "serve", "--port", "0"),
            environment={"PATH": str(Path(sys.executable).parent), "LANG": "C.UTF-8"},
            working_directory=REPOSITORY,
            log_file=log_file,
        )

        def ready_url() -> str | None:
            found = _SANDBOX_READY.search(log_file.read_text())
            return found["url"] if found else None

        with _running(program, files, ready_url) as url:
            yield url


@contextmanager
def _directory() -> Iterator[StackFiles]:
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as directory:
        files = StackFiles(Path(directory))
        files.temporary.mkdir()
        yield files


@contextmanager
def _running(
    program: Program, files: StackFiles, ready_url: Callable[[], str | None]
) -> Iterator[str]:
    """Start a program, wait until it can be reached, and stop it when the block ends."""
    process = start_in_background(program, files.pid_file("bench"))
    try:
        give_up_at = time.monotonic() + _START_SECONDS_MAX
        while (url := ready_url()) is None:
            if not process.is_running() or time.monotonic() > give_up_at:
                raise StackError(f"it did not start: {program.log_file.read_text()[-2_000:]}")
            time.sleep(_POLL_SECONDS)
        yield url
    finally:
        with uninterrupted():
            stop(process)
