"""The sandbox as a process of its own, for as long as a test needs it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence

COMMAND = [sys.executable, "-m", "marketplace_sandbox"]
READY = "sandbox: listening on "


@contextlib.contextmanager
def serving(
    *options: str, command: Sequence[str] = COMMAND
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `serve`, wait until it says where it listens, give process and URL."""
    with subprocess.Popen(
        [*command, "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().rstrip("\n")
            assert line.startswith(READY), line
            yield process, line.removeprefix(READY)
        finally:
            process.kill()
