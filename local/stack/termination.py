"""What signals do to a command that has something to stop before it ends."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_OTHER_THAN_CTRL_C = (signal.SIGTERM, signal.SIGHUP)
_ENDING = (signal.SIGINT, *_OTHER_THAN_CTRL_C)


def terminate_like_an_interrupt() -> None:
    """Turn the signals that would end this process at once into KeyboardInterrupt."""
    for number in _OTHER_THAN_CTRL_C:
        signal.signal(number, _interrupt)


@contextmanager
def terminated_like_an_interrupt() -> Iterator[None]:
    """Do so for the length of a block, in a process that belongs to somebody else."""
    with _handling(_OTHER_THAN_CTRL_C, _interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a second Ctrl-C not cut short what the first one made us clean up."""
    with _handling(_ENDING, signal.SIG_IGN):
        yield


@contextmanager
def _handling(
    numbers: tuple[signal.Signals, ...],
    handler: signal.Handlers | Callable[[int, FrameType | None], None],
) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signal handlers, and only it is interrupted
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
