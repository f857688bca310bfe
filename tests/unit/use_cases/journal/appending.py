"""A log to which usage is appended alone, and what another process does with it meanwhile."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from meterhouse.domain.keys import LogKey
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.usage.events import UsageEvent
from meterhouse.ports.ledger import Lease, StoredSegment
from meterhouse.use_cases.journal.append_usage import AppendUsage, Beliefs
from tests.fakes.meterhouse import HOUR, NOON
from tests.fakes.world import InMemoryReport, SequentialWorkers, VirtualClock
from tests.unit.domain.builders import KEY, usage_event
from tests.unit.use_cases.ledgers import HookedLedger

MINUTE = timedelta(minutes=1)
LOG, BEFORE = LogKey(NOON, 0), LogKey(NOON - HOUR, 0)
ON_TIME, IN_ARREARS = NOON + 30 * MINUTE, NOON + 75 * MINUTE
POLICY = MeteringPolicy(settle=15 * MINUTE, quiet=2 * MINUTE, heartbeat=False)


@dataclass
class Stage:
    """The use case alone, over a ledger that tells what is asked of it."""

    now: datetime = ON_TIME
    ledger: HookedLedger = field(default_factory=HookedLedger)
    beliefs: Beliefs = field(default_factory=Beliefs)
    report: InMemoryReport = field(default_factory=InMemoryReport)
    seconds_left: float = 600.0
    failed: dict[LogKey, list[str]] = field(default_factory=dict)

    def append(self, *names: str, logs: tuple[LogKey, ...] = (LOG,)) -> set[LogKey]:
        """Append an event of each name to each log; return the logs that failed."""
        clock = VirtualClock(self.now, seconds_left=self.seconds_left)
        append = AppendUsage(
            self.ledger, self.beliefs, SequentialWorkers(), clock, self.report, POLICY
        )
        failed = append({log: [event_of(log, name) for name in names] for log in logs})
        self.failed = {
            log: sorted(one.event_id for one in events) for log, events in failed.items()
        }
        return {*failed}

    def close(self, log: LogKey = LOG, *, is_settled: bool = True) -> None:
        """Close the open generation as another process does, with a manifest of what is there."""
        head = self.ledger.stored_heads[log]
        lease = Lease(log, f"closer-{head.open}")
        taken = replace(head, is_settled=is_settled)
        assert self.ledger.take(taken, lease, self.now, self.now + MINUTE)
        names = {one.name for one in self.ledger.segments(log, head.open, head.open)}
        self.ledger.write_manifest(log, head.open, names)
        done = replace(self.ledger.stored_heads[log], done=head.open + 1, due_at=None)
        assert self.ledger.release(lease, done)

    def counting(self, log: LogKey = LOG) -> set[StoredSegment]:
        """Return the segments that are in a manifest, or will be in the next."""
        ledger = self.ledger
        head, manifests = ledger.stored_heads[log], ledger.manifests(log)
        return {
            one
            for one in ledger.stored_segments.get(log, {}).values()
            if one.generation == head.open or one.name in manifests.get(one.generation, ())
        }


def event_of(log: LogKey, name: str) -> UsageEvent:
    return usage_event(name, home=KEY._replace(hour_at=log.hour_at), occurred_at=log.hour_at)


def known_stage(now: datetime = ON_TIME, *, closed: int = 0) -> Stage:
    """Return a stage whose log exists, some of its generations closed."""
    stage = Stage(now)
    assert stage.append("first") == set()
    for _ in range(closed):
        stage.close()
    stage.ledger.asked.clear()
    return stage
