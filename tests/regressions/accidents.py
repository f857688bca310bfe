"""What happens to a run from outside: it is killed, it is slow, another run starts meanwhile."""

from collections.abc import Callable, Sequence
from datetime import datetime

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.domain.allowances.allowance import Taking
from meterhouse.domain.calls.payload import UsageRecord
from meterhouse.domain.journal.head import Head
from meterhouse.domain.records.answers import CallAnswer
from meterhouse.domain.records.record import Batch
from meterhouse.ports.ledger import Lease
from tests.fakes.ledger import InMemoryLedger
from tests.fakes.meterhouse import Meterhouse


class KilledError(BaseException):
    """The process is gone, as when Lambda's time is over: nothing in the application catches it."""


def nothing() -> None:
    """Let a call pass."""


def kill() -> None:
    """End the process at this point."""
    raise KilledError


class WatchedApi(MeteringApi):
    """The real adapter: it keeps what was sent, and lets something happen around every call.

    `before_call` runs when AWS has not seen the call yet, `after_call` when AWS has applied it and
    the caller does not know that yet.
    """

    def __init__(self, house: Meterhouse) -> None:
        super().__init__(house.client)
        self.sent: list[tuple[UsageRecord, ...]] = []
        self.before_call: Callable[[], None] = nothing
        self.after_call: Callable[[], None] = nothing

    def batch_meter_usage(
        self, product_code: str | None, records: Sequence[UsageRecord]
    ) -> CallAnswer:
        self.sent.append(tuple(records))
        self.before_call()
        answer = super().batch_meter_usage(product_code, records)
        self.after_call()
        return answer


class WatchedLedger(InMemoryLedger):
    """A ledger that lets something happen between what a run has read and what it writes next."""

    def __init__(self) -> None:
        super().__init__()
        self.before_take: Callable[[], None] = nothing
        self.before_freeze: Callable[[], None] = nothing
        self.before_store: Callable[[], None] = nothing

    def take(self, head: Head, lease: Lease, now: datetime, until: datetime) -> bool:
        self.before_take()
        return super().take(head, lease, now, until)

    def freeze(
        self, lease: Lease, batches: Sequence[Batch], takings: Sequence[Taking] = ()
    ) -> bool:
        self.before_freeze()
        return super().freeze(lease, batches, takings)

    def store(self, batch: Batch) -> bool:
        self.before_store()
        return super().store(batch)


def watch(house: Meterhouse) -> WatchedApi:
    """Put a watched adapter between a deployment and AWS."""
    house.metering = api = WatchedApi(house)
    return api
