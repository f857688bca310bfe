"""The emulated account and the Marketplace sandbox, as processes that end with the block."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stack import emulator
from local.stack.layout import StackFiles
from local.stack.services import SANDBOX, held, start_emulator, start_sandbox


@contextmanager
def emulated_account() -> Iterator[str]:
    """Run the AWS emulator of the local stack on a free loopback port; give its URL."""
    with _directory() as files, held(files, emulator.NAME):
        yield start_emulator(files)


@contextmanager
def throttling_marketplace() -> Iterator[str]:
    """Run the sandbox, which throttles as AWS does, on a free loopback port; give its URL."""
    with _directory() as files, held(files, SANDBOX):
        yield start_sandbox(files)


@contextmanager
def _directory() -> Iterator[StackFiles]:
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as directory:
        files = StackFiles(Path(directory))
        files.temporary.mkdir()
        yield files
