"""How fast a record's journal is read and folded, and what memory a million events take."""

import json
import random
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from bench.deployment import TEMPLATE
from bench.shapes import NOON_AT
from meterhouse.domain.events import UsageEvent
from meterhouse.domain.identity import license_key
from meterhouse.domain.journal import encode_page, paginate
from meterhouse.domain.keys import RecordKey
from sandbox.stack.built_template import read_built_template

EVENTS = 1_000_000
_EVENTS_OF_A_DRAIN = 20_000
_MEBIBYTE = 1_048_576
_SEED = 5


@dataclass(frozen=True, slots=True)
class FoldCost:
    """What folding one record's journal took; the peak is of the whole process."""

    events: int
    decode_seconds: float
    fold_seconds: float
    before_bytes: int
    peak_bytes: int
    function_bytes: int

    @property
    def events_per_second(self) -> float:
        """Events folded in a second, reading their pages included."""
        return self.events / (self.decode_seconds + self.fold_seconds)

    @property
    def fold_events_per_second(self) -> float:
        """Events folded in a second, once their pages are read."""
        return self.events / self.fold_seconds


def measure_fold(events: int = EVENTS) -> FoldCost:
    """Fold as many events of one record in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="meterhouse-bench-") as directory:
        _write_pages(Path(directory), events)
        answer = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.fold_probe", directory],
            capture_output=True,
            check=False,
            cwd=TEMPLATE.parent,
            text=True,
        )
    if answer.returncode:
        raise ValueError(f"the journal could not be folded: {answer.stderr[-2_000:]}")
    result = json.loads(answer.stdout)
    if result["events"] != events:
        raise ValueError(f"{result['events']} of {events} events were folded")
    return FoldCost(**result, function_bytes=function_memory_bytes())


def function_memory_bytes() -> int:
    """Return the memory of the smaller of the two functions that fold."""
    resources = read_built_template(TEMPLATE).document["Resources"]
    sizes: list[int] = [
        resource["Properties"]["MemorySize"]
        for name, resource in resources.items()
        if name in {"DrainUsageFunction", "ReconcileUsageFunction"}
    ]
    return min(sizes) * _MEBIBYTE


def _write_pages(directory: Path, events: int) -> None:
    """Write the journal of an hour, as drains of a usual size leave it."""
    chance = random.Random(_SEED)  # noqa: S311 - the same journal in every run, guards nothing
    home = RecordKey(license_key("arn:aws:license-manager::1:license:l-1"), "api_calls", NOON_AT)
    for start in range(0, events, _EVENTS_OF_A_DRAIN):
        batch = [
            UsageEvent(
                event_id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
                home=home,
                quantity=Decimal(chance.randrange(1, 1_000)),
                occurred_at=NOON_AT + timedelta(seconds=chance.randrange(3_600)),
                tags=(),
            )
            for _ in range(min(_EVENTS_OF_A_DRAIN, events - start))
        ]
        for page in paginate(batch):
            encoded = encode_page(page)
            (directory / encoded.digest).write_bytes(encoded.blob)
