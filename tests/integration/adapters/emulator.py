"""One emulator of AWS for a session of tests: started on a free port, stopped however it ends."""

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sandbox.stack import emulator
from sandbox.stack.layout import StackFiles
from sandbox.stack.processes import BackgroundProcess, start_in_background, stop
from sandbox.stack.start import tail
from sandbox.stack.termination import uninterrupted

READY_SECONDS_MAX = 60.0
_POLL_SECONDS = 0.05
# The discard port: what the tests of adapters call never asks for the marketplace.
_NO_MARKETPLACE_URL = "http://127.0.0.1:9"


@contextmanager
def running_emulator(directory: Path) -> Iterator[str]:
    """Hold an emulator up for the length of the block; give its address."""
    files = StackFiles(directory)
    files.temporary.mkdir(parents=True)
    port = emulator.free_port()
    program = emulator.emulator_program(files, port=port, marketplace_url=_NO_MARKETPLACE_URL)
    with _signals_as_interrupts():
        process = start_in_background(program, files.pid_file(emulator.NAME))
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, process, program.log_file)
            yield url
        finally:
            with uninterrupted():
                stop(process)
                shutil.rmtree(files.temporary, ignore_errors=True)


def _wait_until_ready(url: str, process: BackgroundProcess, log_file: Path) -> None:
    give_up_at = time.monotonic() + READY_SECONDS_MAX
    while process.is_running() and time.monotonic() < give_up_at:
        if emulator.is_healthy(url):
            return
        time.sleep(_POLL_SECONDS)
    raise AssertionError(f"the emulator does not answer; the end of its log:\n{tail(log_file)}")


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Let `timeout`, which sends SIGTERM, end a run as Ctrl-C does: with everything stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ending = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in ending}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
