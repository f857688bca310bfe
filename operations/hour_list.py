"""Which hour logs there are to look at: those that have a head, and those that lost theirs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meterhouse.domain.accounting.sheets import DAY
from meterhouse.domain.hours import HOUR, floor_to_hour
from meterhouse.domain.journal.head import Head
from meterhouse.domain.keys import LogKey, shards_of
from meterhouse.errors import JournalCorruptError
from meterhouse.ports.ledger import UsageLedger
from operations.careful_ledger import Noted, Part
from operations.findings import PROBED_DAYS, Fault, FaultKind, Scope

# Before and after all hours.
FIRST_AT = datetime(2000, 1, 1, tzinfo=UTC)
LAST_AT = datetime(9999, 12, 31, 23, tzinfo=UTC)


@dataclass(slots=True)
class HourList:
    """Finds the heads of the hours within a scope.

    Attributes:
        noted: what cannot be read, as the ledger notes it.
        shards: into how many shards hours are cut, or None if that is not known.
        found: every hour log that was found, with its head.
        headless: those whose head another one stands in for.

    """

    ledger: UsageLedger
    scope: Scope
    noted: Sequence[Noted]
    shards: int | None
    found: dict[LogKey, Head] = field(default_factory=dict)
    headless: list[LogKey] = field(default_factory=list)

    def read(self, now: datetime) -> list[Head]:
        """Return the heads in the order of their hours."""
        since_at = self.scope.since_at or FIRST_AT
        listed = list(self.ledger.heads_between(since_at, LAST_AT))
        unreadable = [one.log for one in self.noted if one.part is Part.HEAD and one.log]
        shards = self._shards(listed)
        self.found.update({head.log: head for head in listed if head.log.shard in shards})
        for log in (*unreadable, *self._gaps(now, shards)):
            if log.shard in shards:
                self.find(log)
        return [self.found[log] for log in sorted(self.found)]

    def find(self, log: LogKey) -> Head | None:
        """Return the head of an hour that was not listed, or one that stands in for it.

        An hour that holds no usage needs no head: None is returned.
        """
        if log not in self.found and any(True for _ in self.ledger.segments(log, 0)):
            # The head is read last: a drain writes its segment first, and then the head.
            self.found[log] = self.head_now(log) or self._stand_in(log)
        return self.found.get(log)

    def faults(self) -> Iterator[Fault]:
        """Yield the hours that have usage and still no head; one that cannot be read is noted."""
        noted = {one.log for one in self.noted if one.part is Part.HEAD}
        for log in self.headless:
            if log not in noted and self.head_now(log) is None:
                detail = (
                    "it holds usage and has no head, so that nothing closes it; whoever wrote it "
                    "makes one at once, or when its messages come again"
                )
                yield Fault(str(log), FaultKind.HEAD_MISSING, detail)

    def head_now(self, log: LogKey) -> Head | None:
        """Return a head as it is now, or None when there is none that can be read."""
        try:
            return self.ledger.heads([log]).get(log)
        except JournalCorruptError:
            return None

    def _stand_in(self, log: LogKey) -> Head:
        """Return a head that says as much as the rest of its hour does."""
        self.headless.append(log)
        return Head(log, open=max(self.ledger.manifests(log), default=-1) + 1)

    def _shards(self, listed: Iterable[Head]) -> set[int]:
        """Return the shards that are looked at: what one subscription pays is in few of them."""
        if self.shards is None:
            return {head.log.shard for head in listed} or {0}
        if self.scope.subscription is None:
            return {*range(self.shards)}
        return {*shards_of(self.scope.subscription, self.shards)}

    def _gaps(self, now: datetime, shards: Iterable[int]) -> Iterator[LogKey]:
        """Yield the hour logs without a head among those that have one, and a day around them."""
        hours = [log.hour_at for log in self.found] or [floor_to_hour(now)]
        last_at = max(hours) + DAY
        first_at = max(min(hours) - DAY, last_at - PROBED_DAYS * DAY)
        if self.scope.since_at is not None:
            first_at = max(first_at, self.scope.since_at)
        for ago in range((last_at - first_at) // HOUR + 1):
            for shard in shards:
                log = LogKey(last_at - ago * HOUR, shard)
                if log not in self.found:
                    yield log
