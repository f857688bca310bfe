"""Ports on which anything may fail: before the effect, or after it and before the answer."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from random import Random

from meterhouse.adapters.metering_api import MeteringApi
from meterhouse.domain.answers import (
    CallAnswer,
    NotSent,
    OutcomeUnknown,
    Processed,
    Throttled,
    Unprocessed,
)
from meterhouse.domain.keys import RecordKey
from meterhouse.domain.payload import UsageRecord
from meterhouse.domain.records import Change, MeteringRecord
from meterhouse.errors import StorageUnavailableError
from meterhouse.ports import CommitResult, JournalResult, JournalWrite
from tests.fakes.ledger import InMemoryLedger


class CrashError(BaseException):
    """The function's process is gone: nothing may catch this but the simulation itself."""


class Chaos:
    """Decides, from a seed, what goes wrong at each port call; counts what it did.

    `meanwhile` lets another actor run in the middle of a call, which is how two drains or a drain
    and a reconcile run come to interleave.
    """

    def __init__(self, random: Random, meanwhile: Callable[[], None]) -> None:
        self._random = random
        self._meanwhile = meanwhile
        self._depth = 0
        self.is_on = True
        self.is_storm = False
        self.reached: Counter[str] = Counter()

    def strike[Answer](self, port: str, effect: Callable[[], Answer]) -> Answer:
        """Make one port call, or let it fail."""
        if not self.is_on:
            return effect()
        fate = self._random.random()
        if fate < 0.02:
            self._reach(f"crash before {port}")
            raise CrashError
        if fate < 0.04:
            effect()
            self._reach(f"crash after {port}")
            raise CrashError
        if fate < 0.06:
            self._reach(f"refused {port}")
            raise StorageUnavailableError("simulated")
        if fate < 0.08:
            effect()
            self._reach(f"answer lost of {port}")
            raise StorageUnavailableError("simulated")
        if fate < 0.16:
            self._interleave(port)
        return effect()

    def strike_call(self, effect: Callable[[], CallAnswer]) -> CallAnswer:
        """Make one call to AWS, or let it fail as the network and AWS do."""
        if not self.is_on:
            return effect()
        # In a storm no call is answered, whether it took effect or not.
        fate = self._random.random() * (0.20 if self.is_storm else 1.0)
        if fate < 0.05:
            self._reach("throttled call")
            return Throttled()
        if fate < 0.08:
            self._reach("call not sent")
            return NotSent("simulated")
        if fate < 0.14:
            self._reach("5xx before effect")
            return OutcomeUnknown("simulated")
        if fate < 0.20:
            effect()
            self._reach("5xx after effect")
            return OutcomeUnknown("simulated")
        if fate < 0.24:
            self._reach("crash before call")
            raise CrashError
        if fate < 0.28:
            effect()
            self._reach("crash after call")
            raise CrashError
        if fate < 0.36:
            self._interleave("call")
        return effect()

    def choose_processed(self, records: Sequence[UsageRecord]) -> Sequence[UsageRecord]:
        """Return the records of a call that AWS gets round to, at least one."""
        if not self.is_on or self._random.random() > 0.15:
            return records
        self._reach("records left unprocessed")
        return records[: self._random.randint(1, len(records))]

    def _interleave(self, port: str) -> None:
        if self._depth == 2:
            return
        self._reach(f"interleaved at {port}")
        self._depth += 1
        try:
            self._meanwhile()
        finally:
            self._depth -= 1

    def _reach(self, point: str) -> None:
        self.reached[point] += 1


class ChaoticLedger(InMemoryLedger):
    """The in-memory ledger, every call of which may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.chaos: Chaos | None = None

    def _strike[Answer](self, port: str, effect: Callable[[], Answer]) -> Answer:
        return effect() if self.chaos is None else self.chaos.strike(port, effect)

    def journal(self, writes: Sequence[JournalWrite]) -> list[JournalResult]:
        results = []
        for write in writes:
            try:
                results += self._strike("journal", partial(self._plain_journal, write))
            except StorageUnavailableError:
                results.append(JournalResult.FAILED)
        return results

    def _plain_journal(self, write: JournalWrite) -> list[JournalResult]:
        return super().journal([write])

    def read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        return self._strike("read", lambda: self._plain_read(keys))

    def _plain_read(self, keys: Sequence[RecordKey]) -> dict[RecordKey, MeteringRecord]:
        return super().read(keys)

    def read_each(self, keys: Sequence[RecordKey]) -> Iterator[MeteringRecord]:
        for key in keys:
            yield from self.read([key]).values()

    def commit(
        self,
        change: Change,
        target: RecordKey | None = None,
        target_due_at: datetime | None = None,
    ) -> CommitResult:
        return self._strike("commit", lambda: self._plain_commit(change, target, target_due_at))

    def _plain_commit(
        self, change: Change, target: RecordKey | None, target_due_at: datetime | None
    ) -> CommitResult:
        return super().commit(change, target, target_due_at)


class ChaoticApi(MeteringApi):
    """The real adapter over the in-process marketplace, on a bad network."""

    chaos: Chaos | None = None

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        def effect() -> CallAnswer:
            chosen = records if self.chaos is None else self.chaos.choose_processed(records)
            answer = super(ChaoticApi, self).batch_meter_usage(product_code, chosen)
            if not isinstance(answer, Processed):
                return answer
            processed = dict(zip(map(id, chosen), answer.answers, strict=True))
            return Processed(tuple(processed.get(id(one), Unprocessed()) for one in records))

        return effect() if self.chaos is None else self.chaos.strike_call(effect)
