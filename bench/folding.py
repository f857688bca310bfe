"""How fast an hour log is read and folded, and what memory a million events take.

`python -m bench.folding DIRECTORY` folds the segments in a directory: the peak memory of a process
is known for the whole of its life only, so nothing else happens there.
"""

import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

from meterhouse.domain.journal.distinct_events import distinct
from meterhouse.domain.journal.segments import encode_events
from meterhouse.domain.keys import LogKey, RecordKey
from meterhouse.domain.subscriptions.identity import license_key
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.ports.ledger import StoredSegment, UsageLedger
from meterhouse.use_cases.journal.read_log import read_closed_log

EVENTS = 1_000_000
_ROOT = Path(__file__).resolve().parents[1]
_LOG = LogKey(datetime(2026, 11, 18, 12, tzinfo=UTC), 0)
_EVENTS_OF_A_DRAIN = 20_000
_METERS = 100
_STATUS = Path("/proc/self/status")
_KIBIBYTE = 1_024
_SEED = 5


@dataclass(frozen=True, slots=True)
class FoldCost:
    """What reading and folding one hour log took; the peak is of the whole process."""

    events: int
    seconds: float
    before_bytes: int
    peak_bytes: int

    @property
    def events_per_second(self) -> float:
        """Events folded in a second, reading their segments included."""
        return self.events / self.seconds


def measure_fold(events: int = EVENTS) -> FoldCost:
    """Fold as many events of one hour in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as directory:
        _write_segments(Path(directory), events)
        answer = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.folding", directory],
            capture_output=True,
            check=False,
            cwd=_ROOT,
            text=True,
        )
    if answer.returncode:
        raise ValueError(f"the log could not be folded: {answer.stderr[-2_000:]}")
    cost = FoldCost(**json.loads(answer.stdout))
    if cost.events != events:
        raise ValueError(f"{cost.events} of {events} events were folded")
    return cost


class _Files:
    """What reading a closed log asks of `ports.ledger.UsageLedger`; every segment counts."""

    def __init__(self, directory: Path) -> None:
        self._paths = sorted(directory.iterdir())

    def batches(self, *_: object) -> list[object]:
        return []

    def manifests(self, *_: object) -> dict[int, frozenset[str]]:
        return {}

    def segments(self, *_: object) -> Iterator[StoredSegment]:
        return (StoredSegment(0, path.name, path.read_bytes()) for path in self._paths)

    def write_manifest(self, _log: LogKey, _: int, names: AbstractSet[str]) -> frozenset[str]:
        return frozenset(names)


def _fold(directory: Path) -> FoldCost:
    ledger = cast("UsageLedger", _Files(directory))
    before_bytes = _peak_bytes()
    started = time.perf_counter()
    fold = read_closed_log(ledger, _LOG, closed=1, done=0).fold
    units = sum((meter.units for meter in fold.meters.values()), Decimal(0))
    seconds = time.perf_counter() - started
    if units <= 0:
        raise ValueError("nothing was folded")
    return FoldCost(fold.events, seconds, before_bytes, _peak_bytes())


def _peak_bytes() -> int:
    """Return the most memory that this process has held so far.

    Linux counts the memory of the process that started this one into `ru_maxrss`, and says the
    peak of this program alone elsewhere: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts in bytes
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if peak is None:
        raise ValueError(f"{_STATUS} does not tell the peak memory")
    return int(peak[1]) * _KIBIBYTE


def _write_segments(directory: Path, events: int) -> None:
    """Write the journal of an hour with a hundred meters, as drains of a usual size leave it."""
    chance = random.Random(_SEED)  # noqa: S311 - the same journal in every run, guards nothing
    homes = [
        RecordKey(license_key(f"arn:aws:license-manager::1:license:l-{n}"), "calls", _LOG.hour_at)
        for n in range(_METERS)
    ]
    for start in range(0, events, _EVENTS_OF_A_DRAIN):
        drained = [
            UsageEvent(
                event_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                home=homes[chance.randrange(_METERS)],
                quantity=Decimal(chance.randrange(1, 1_000)),
                occurred_at=_LOG.hour_at + timedelta(seconds=chance.randrange(3_600)),
                tags=(),
            )
            for _ in range(min(_EVENTS_OF_A_DRAIN, events - start))
        ]
        for segment in encode_events(_LOG.hour_at, distinct(drained)):
            (directory / segment.name).write_bytes(segment.blob)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_fold(Path(sys.argv[1])))))
