"""The thread that lets a served sandbox live while nobody calls it."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from marketplace_sandbox.core.model.errors import ControlError

TICK_SECONDS = 0.1
# After something went wrong, for instance a disk that is full: no line a tick in the log.
PAUSE_SECONDS = 5.0
# A target that hangs is left alone after seven seconds.
STOP_SECONDS_MAX = 10.0

_logger = logging.getLogger("sandbox")


class Ticking(Protocol):
    """What lives on while nobody calls it."""

    def tick(self, *, is_stopping: Callable[[], bool]) -> None:
        """Let happen what is due by now; raises ControlError if that cannot be kept."""


@contextmanager
def ticking(marketplace: Ticking, *, tick_seconds: float = TICK_SECONDS) -> Iterator[None]:
    """Let time bring what it brings, and events reach their targets, while the block lasts."""
    stop = threading.Event()
    worker = threading.Thread(
        target=_work,
        args=(marketplace, stop),
        kwargs={"tick_seconds": tick_seconds},
        name="sandbox-post",
        daemon=True,
    )
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join(STOP_SECONDS_MAX)


def _work(marketplace: Ticking, stop: threading.Event, *, tick_seconds: float) -> None:
    pause_seconds = tick_seconds
    while not stop.wait(pause_seconds):
        pause_seconds = tick_seconds
        try:
            marketplace.tick(is_stopping=stop.is_set)
        except ControlError as error:  # the state file cannot be written
            _logger.warning("sandbox: %s", error.message)
            pause_seconds = PAUSE_SECONDS
        except Exception:  # the thread's outermost frame: dying silently would be worse
            _logger.exception("sandbox: a tick failed")
            pause_seconds = PAUSE_SECONDS
