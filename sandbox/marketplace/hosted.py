"""The imperative shell around the core: it owns the state, a clock, entropy and a lock."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.marketplace.core.agreements import Agreement
from sandbox.marketplace.core.aws_json import AwsAnswer, answer_request
from sandbox.marketplace.core.callers import Caller
from sandbox.marketplace.core.catalogue import Product
from sandbox.marketplace.core.due import settle
from sandbox.marketplace.core.faults import Fault
from sandbox.marketplace.core.ledger import BilledRecord
from sandbox.marketplace.core.state import CallEntry, MarketplaceState, Refusal
from sandbox.marketplace.desks.books import BooksDesk
from sandbox.marketplace.desks.journal import JournalDesk
from sandbox.marketplace.desks.mishaps import MishapsDesk
from sandbox.marketplace.desks.sales import SalesDesk
from sandbox.marketplace.desks.steps import Step
from sandbox.marketplace.desks.time import TimeDesk

_ENTROPY_BYTES = 32

type Clock = Callable[[], datetime]
type Entropy = Callable[[], bytes]


def machine_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def machine_entropy() -> bytes:
    """Return unpredictable bytes."""
    return secrets.token_bytes(_ENTROPY_BYTES)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the sandbox knew at one moment; safe to read while calls go on."""

    at: datetime
    clock_offset_seconds: int
    products: tuple[Product, ...]
    agreements: tuple[Agreement, ...]
    bill: tuple[BilledRecord, ...]
    refusals: tuple[Refusal, ...]
    calls: tuple[CallEntry, ...]
    faults: tuple[Fault, ...]


class HostedMarketplace:
    """A running marketplace: each step is atomic, from any thread.

    With `metering_calls_per_second`, BatchMeterUsage throttles what goes beyond it, as AWS does.

    Attributes:
        sales: products, offers, agreements, tokens.
        time: the clock.
        mishaps: scripted faults.
        books: the bill.
        journal: refusals and calls.

    """

    def __init__(
        self,
        *,
        clock: Clock = machine_clock,
        entropy: Entropy = machine_entropy,
        metering_calls_per_second: int | None = None,
    ) -> None:
        self._state = MarketplaceState(metering_calls_per_second=metering_calls_per_second)
        self._clock = clock
        self._entropy = entropy
        self._lock = threading.RLock()
        self.sales = SalesDesk(self.step)
        self.time = TimeDesk(self.step)
        self.mishaps = MishapsDesk(self.step)
        self.books = BooksDesk(self.step)
        self.journal = JournalDesk(self.step)

    @contextmanager
    def step(self) -> Iterator[Step]:
        """Begin one step: hold the lock, and let happen first what is due by now."""
        with self._lock:
            machine_now = self._clock()
            now = self._state.clock.show(machine_now)
            settle(self._state, now=now, entropy=self._entropy)
            yield Step(self._state, now, machine_now, self._entropy)

    def now(self) -> datetime:
        """Return the sandbox's time."""
        with self._lock:
            return self._state.clock.show(self._clock())

    def snapshot(self) -> Snapshot:
        """Copy what is known; costs as much as there is, so it is for reading, not for calls."""
        with self.step() as step:
            state = step.state
            return Snapshot(
                at=step.now,
                clock_offset_seconds=self.time.offset_seconds(),
                products=tuple(state.products.values()),
                agreements=tuple(state.agreements.by_id.values()),
                bill=tuple(state.bill.values()),
                refusals=tuple(state.refusals),
                calls=tuple(state.calls),
                faults=state.faults,
            )

    def answer(self, target: str, body: bytes, *, caller: Caller | None = None) -> AwsAnswer:
        """Answer one AWS JSON 1.1 request; without a caller it is the seller's, in us-east-1."""
        with self.step() as step:
            return answer_request(
                step.state,
                target,
                body,
                caller=caller or Caller(step.state.seller_account_id),
                now=step.now,
                entropy=step.entropy(),
            )
