"""One emulator of AWS for a session of tests: started on a free port, stopped however it ends."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack import emulator
from local.stack.layout import StackFiles
from local.stack.services import held, start_emulator
from local.stack.termination import terminated_like_an_interrupt

READY_SECONDS_MAX = 60.0


@contextmanager
def running_emulator(directory: Path) -> Iterator[str]:
    """Hold an emulator up for the length of the block; give its address.

    `timeout`, which sends SIGTERM, ends a run as Ctrl-C does: with everything stopped.
    """
    files = StackFiles(directory)
    files.temporary.mkdir(parents=True)
    try:
        with terminated_like_an_interrupt(), held(files, emulator.NAME):
            yield start_emulator(files, seconds_max=READY_SECONDS_MAX)
    finally:
        shutil.rmtree(files.temporary, ignore_errors=True)
