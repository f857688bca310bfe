"""The saboteur: kills function workers and stalls services of one stack, as its seed says."""

import contextlib
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from local.stack import emulator
from local.stack.layout import StackFiles
from local.stack.processes import read_pid_file
from local.stack.services import SANDBOX

_PAUSE_SECONDS_MAX = 6.0
_KILL_PROBABILITY = 0.7
# Longer than the SDK waits for AWS Marketplace, now and then.
_STALL_SECONDS = (0.5, 2.0, 5.0, 20.0)
FUNCTIONS = (
    "DrainUsageFunction",
    "ReconcileUsageFunction",
    "RegisterCustomerFunction",
    "TrackAgreementsFunction",
    "SweepAgreementsFunction",
    "AnnounceChangesFunction",
    "ServeSellerApiFunction",
)


@dataclass(slots=True)
class Saboteur:
    """Breaks what belongs to one stack, until it is stopped; counts what it did."""

    files: StackFiles
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Do harm for the length of a block; when it ends everything runs again."""
        worker = threading.Thread(target=self._work, name="saboteur", daemon=True)
        worker.start()
        try:
            yield
        finally:
            self._stopped.set()
            worker.join()

    def _work(self) -> None:
        while not self._stopped.wait(self.chance.uniform(0, _PAUSE_SECONDS_MAX)):
            if self.chance.random() < _KILL_PROBABILITY:
                self._kill_worker()
            else:
                self._stall_marketplace()

    def _kill_worker(self) -> None:
        """End a process in which a function runs, whatever it is doing."""
        name = self.chance.choice(FUNCTIONS)
        workers = [one for one in self._children() if _runs(one, name)]
        if not workers:
            return
        victim = self.chance.choice(workers)
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
            self.done[f"workers of {name} killed"] += 1

    def _children(self) -> list[psutil.Process]:
        running = read_pid_file(self.files.pid_file(emulator.NAME))
        if running is None or not running.is_running():
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(running.pid).children(recursive=True)
        return []

    def _stall_marketplace(self) -> None:
        """Let AWS Marketplace answer nobody for some seconds."""
        running = read_pid_file(self.files.pid_file(SANDBOX))
        if running is None or not running.is_running():
            return
        process = psutil.Process(running.pid)
        process.send_signal(signal.SIGSTOP)
        try:
            self._stopped.wait(self.chance.choice(_STALL_SECONDS))
        finally:
            process.send_signal(signal.SIGCONT)
        self.done["times that AWS Marketplace stalled"] += 1


def _runs(process: psutil.Process, function: str) -> bool:
    """Tell whether a process of the emulator runs a function."""
    with contextlib.suppress(psutil.Error):
        return any(function in word for word in process.cmdline())
    return False
