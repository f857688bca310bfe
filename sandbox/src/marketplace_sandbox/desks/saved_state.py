"""Keeping the sandbox in a file."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from marketplace_sandbox.core.model.errors import conflict
from marketplace_sandbox.core.saved_state.saved_state import freeze_state
from marketplace_sandbox.desks.steps import BeginStep
from marketplace_sandbox.state_file import StateFile, StateFileError

# A kill loses what happened since the last save: two seconds, or as long as it takes to spend at
# most a twentieth of the time on saving, whichever is longer.
SAVE_SECONDS_MIN = 2.0
SAVE_SHARE = 20


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved; `machine_at` is the machine's time."""

    path: Path
    size_bytes: int
    machine_at: datetime


class SavedStateDesk:
    """The sandbox's file, if it was started with one.

    Saving copies what can change under the sandbox's lock, which is quick, and writes while calls
    go on.
    """

    def __init__(
        self, step: BeginStep, file: StateFile | None, *, count_steps: Callable[[], int]
    ) -> None:
        self._step = step
        self._file = file
        self._count_steps = count_steps
        self._saving = threading.RLock()  # closing saves too
        self._steps_saved = 0
        self._next_save_at_seconds = 0.0
        self._is_closed = False

    def path(self) -> Path | None:
        """Return where the sandbox is kept; None is in memory only."""
        return None if self._file is None else self._file.path

    def save(self) -> Saved:
        """Save now; once this returns, what happened before survives a kill and a power cut.

        Raises ControlError without a file, or if it cannot be written; the old file then stays.
        """
        with self._saving:
            if self._file is None or self._is_closed:
                raise conflict(
                    "NoStateFile",
                    "the sandbox is kept in no file; start it with: sandbox serve --state FILE",
                )
            began_at_seconds = time.monotonic()
            with self._step() as step:
                steps = self._count_steps()
                frozen = freeze_state(step.state, machine_now=step.machine_now)
            try:
                self._file.save(frozen)
            except StateFileError as error:
                raise conflict("StateFileNotWritten", str(error)) from error
            finally:
                now_seconds = time.monotonic()
                pause_seconds = max(SAVE_SECONDS_MIN, SAVE_SHARE * (now_seconds - began_at_seconds))
                self._next_save_at_seconds = now_seconds + pause_seconds
            self._steps_saved = steps
            return Saved(self._file.path, self._file.path.stat().st_size, frozen.saved_at)

    def save_if_due(self) -> Saved | None:
        """Save if something may have changed and the last time is long enough ago."""
        with self._saving:
            if self._file is None or self._is_closed or self._count_steps() == self._steps_saved:
                return None
            if time.monotonic() < self._next_save_at_seconds:
                return None
            return self.save()

    def close(self) -> None:
        """Save for the last time and let another sandbox use the file; twice is once."""
        with self._saving:
            if self._file is None or self._is_closed:
                return
            try:
                self.save()
            finally:
                self._is_closed = True
                self._file.close()
