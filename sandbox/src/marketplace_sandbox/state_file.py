"""A file that a sandbox starts from and is saved to; one sandbox at a time.

It holds registration tokens and signing keys of the sandbox, so nobody else may read it.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from marketplace_sandbox.core.model.state import MarketplaceState
from marketplace_sandbox.core.saved_state.plain_values import UnreadableError
from marketplace_sandbox.core.saved_state.saved_state import (
    FrozenState,
    Line,
    read_state,
    write_state,
)

_OWNER_ONLY = 0o600


class StateFileError(Exception):
    """The file cannot be used; the message is a sentence for the one who named it."""


class StateFile:
    """One file, held until it is closed; raise StateFileError if another sandbox holds it.

    Beside `FILE` stand `FILE.lock`, which stays, and `FILE.new` while it is being written. The lock
    is the operating system's, so a sandbox that was killed holds nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        lock_path = self.path.with_name(f"{self.path.name}.lock")
        try:
            self._lock = os.open(lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _OWNER_ONLY)
        except OSError as error:
            raise StateFileError(f"cannot write {lock_path}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StateFileError(f"another sandbox uses {self.path}") from error
        self._is_open = True

    def close(self) -> None:
        """Let another sandbox use the file."""
        if self._is_open:
            self._is_open = False
            os.close(self._lock)

    def load(self, *, machine_now: datetime) -> MarketplaceState | None:
        """Read the state; None if there is no file yet. A broken file is left as it is."""
        if not self.path.exists():
            return None
        try:
            return read_state(self._lines(), machine_now=machine_now)
        except OSError as error:
            reason = error.strerror or str(error)
        except UnreadableError as error:
            reason = str(error)
        except (ValueError, RecursionError):  # no JSON, or no UTF-8
            reason = "it is no JSON"
        raise StateFileError(f"cannot start from {self.path}: {reason}")

    def save(self, state: FrozenState) -> None:
        """Replace the file as a whole; raise StateFileError and leave the old one if it cannot be.

        Once this returns, the state survives a crash of the machine too.
        """
        assert self._is_open, "a closed file belongs to somebody else"
        new_path = self.path.with_name(f"{self.path.name}.new")
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(new_path, flags, _OWNER_ONLY), "w", encoding="ascii") as new:
                for line in write_state(state):
                    new.write(json.dumps(line, separators=(",", ":")) + "\n")
                new.flush()
                os.fsync(new.fileno())
            new_path.replace(self.path)
            _sync_directory(self.path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                new_path.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise StateFileError(f"cannot save to {self.path}: {reason}") from error

    def _lines(self) -> Iterator[Line]:
        with self.path.open(encoding="ascii") as file:
            for line in file:
                yield json.loads(line)


def _sync_directory(directory: Path) -> None:
    """Make sure that the new name is on the disk too."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
