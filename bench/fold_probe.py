"""`python -m bench.fold_probe DIRECTORY`: fold the pages in a directory, in a process of its own.

The peak memory of a process is known for the whole of its life only, so nothing else happens here.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

from meterhouse.adapters.usage_items import read_record
from meterhouse.domain.folding import fold_billable
from meterhouse.domain.records.lifecycle import RecordState

_STATUS = Path("/proc/self/status")
_KIBIBYTE = 1_024
HEADER: dict[str, Any] = {
    "pk": {"S": "license#l-1|api_calls"},
    "sk": {"S": "H#2026-11-18T12"},
    "state": {"S": RecordState.OPEN.value},
    "version": {"N": "1"},
}


def main(directory: Path) -> None:
    """Read the pages as the ledger does, fold them, and print what it took."""
    blobs = [path.read_bytes() for path in sorted(directory.iterdir())]
    before_bytes = _peak_bytes()
    started = time.perf_counter()
    record = read_record(HEADER, blobs)
    decoded = time.perf_counter()
    fold = fold_billable(record.pages)
    ended = time.perf_counter()
    result = {
        "events": fold.events,
        "decode_seconds": decoded - started,
        "fold_seconds": ended - decoded,
        "before_bytes": before_bytes,
        "peak_bytes": _peak_bytes(),
    }
    sys.stdout.write(json.dumps(result))


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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
