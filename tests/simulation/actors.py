"""Who acts on a deployment: pollers, schedules, buyers, the seller's operator, and a rival."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from marketplace_sandbox.testing import InProcessMarketplace

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import NO_COMMANDS, Commands, Flush, Stop
from meterhouse.domain.records.lifecycle import RecordState
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.errors import (
    FencedError,
    MarketplaceError,
    RegistrationError,
    StorageUnavailableError,
)
from meterhouse.use_cases.accounting.read_usage import ReadUsage
from tests.simulation.aws_events import SimulatedRuns
from tests.simulation.buyers import Buyer
from tests.simulation.functions import Container, Deployment
from tests.simulation.plan import Plan
from tests.simulation.scheduler import CrashError, Process
from tests.simulation.weather import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from collections import Counter

# As in template.yaml; a test compares them.
DRAIN_TIMEOUT_MS = 120_000
RECONCILE_TIMEOUT_MS = 240_000
REGISTER_TIMEOUT_MS = 15_000
TRACK_TIMEOUT_MS = 60_000
EVENTS_VISIBILITY_MS = 361_000
EVENTS_RECEIVES_MAX = 20
# The longest that the template allows: when nothing goes wrong, one run is like the other.
_QUIET_PERIOD_MS = 15 * MINUTE_MS
_OPERATOR_TIMEOUT_MS = 600_000
_USAGE_WINDOW = timedelta(days=3)
_REFUSED_MAX = 1_000
_REFUSED_READ_MAX = 4
_NEVER_DELETED_PROBABILITY = 0.03
_EVENTS_BATCH_MAX = 4
_TWICE_PROBABILITY = 0.1
# For an hour after an agreement's end AWS takes its usage.
_FLUSHES_MAX = 10
_FLUSH_PAUSE_MS = 5 * MINUTE_MS


@dataclass(slots=True)
class Actors:
    """Everything that acts but producers; `is_over` ends them all.

    `redriven` are the records that the operator wanted billed after all.
    """

    plan: Plan
    deployment: Deployment
    marketplace: InProcessMarketplace
    reached: "Counter[str]"
    buyers: list[Buyer] = field(default_factory=list)
    redriven: set[RecordKey] = field(default_factory=set)
    is_over: bool = False

    def poll(self, number: int) -> None:
        """Take batches from the queue and let `drain_usage` work on them."""
        scheduler, queue = self.deployment.scheduler, self.deployment.queue
        random = self.deployment.weather.random
        container = self.deployment.new_container()
        while not self.is_over:
            if self.plan.outage_ms[0] <= scheduler.now_ms < self.plan.outage_ms[1]:
                scheduler.sleep(MINUTE_MS)
                continue
            if self.deployment.is_stopped:
                scheduler.sleep(MINUTE_MS)
                container = self.deployment.new_container()
                continue
            batch = queue.receive(random.randint(1, self.plan.batch_size_max))
            if not batch:
                queue.listen()
            elif not self._drain(f"drain {number}", container, batch) or (
                random.random() < self.plan.restart_probability
            ):
                # The next invocation gets a new container.
                container = self.deployment.new_container()
            scheduler.sleep(random.randint(1, 200))

    def _drain(self, name: str, container: Container, batch: list[QueueMessage]) -> bool:
        """Run `drain_usage`, and delete what it does not keep; tell whether it came back."""
        queue, weather = self.deployment.queue, self.deployment.weather
        process = Process(name, self.deployment.scheduler.now_ms + DRAIN_TIMEOUT_MS)
        kept: set[str] = set()

        def work() -> None:
            kept.update(self.deployment.drain(process, container, batch))

        if not self.run(process, work):
            return False
        for message in batch:
            is_bad = weather.is_on and self.plan.rate
            is_forgotten = is_bad and weather.random.random() < _NEVER_DELETED_PROBABILITY
            if message.message_id not in kept and not is_forgotten:
                queue.delete(message.message_id)
        return True

    def track(self, number: int) -> None:
        """Take what AWS tells from its queue and let `track_agreements` learn from it."""
        scheduler, events = self.deployment.scheduler, self.deployment.events
        random = self.deployment.weather.random
        while not self.is_over:
            batch = events.receive(random.randint(1, _EVENTS_BATCH_MAX))
            if batch:
                self._track(f"track {number}", {one.message_id: one.body for one in batch})
            else:
                events.listen()
            scheduler.sleep(random.randint(1, 200))

    def _track(self, name: str, messages: dict[str, str]) -> None:
        """Run `track_agreements`, and delete what it does not keep."""
        deployment = self.deployment
        process = Process(name, deployment.scheduler.now_ms + TRACK_TIMEOUT_MS)
        kept = set(messages)
        start = partial(self.start_reconcile, "ending")
        runs = SimulatedRuns(deployment.book.gate, start)

        def work() -> None:
            kept.intersection_update(deployment.track(process, messages, runs.start_run))

        self.run(process, work)
        for message_id in messages.keys() - kept:
            deployment.events.delete(message_id)

    def schedule(self, number: int) -> None:
        """Start `reconcile_usage` again and again, whether the last run has ended or not."""
        scheduler, weather = self.deployment.scheduler, self.deployment.weather
        scheduler.sleep(weather.random.randint(0, self.plan.reconcile_period_ms))
        while not self.is_over and (weather.is_on or number == 0):
            self.start_reconcile(f"reconcile {number}", NO_COMMANDS)
            if weather.is_on and weather.random.random() < _TWICE_PROBABILITY:
                # A schedule promises to start a run at least once.
                # Where everything works it comes while the other one waits for answers.
                after_ms = weather.random.randint(0, 5_000) if self.plan.is_punctual else 0
                self.start_reconcile(f"reconcile {number} again", NO_COMMANDS, after_ms=after_ms)
            scheduler.sleep(self._pause_ms())

    def _pause_ms(self) -> int:
        """Wait for the next tick; once nothing goes wrong, for what is due next."""
        scheduler, weather = self.deployment.scheduler, self.deployment.weather
        period_ms = self.plan.reconcile_period_ms + weather.latency_ms()
        if weather.is_on:
            # In a storm of many hours one tick is like the other.
            is_long = any(
                storm.begins_at_ms < scheduler.now_ms < storm.ends_at_ms - 2 * HOUR_MS
                for storm in self.plan.storms
            )
            return 8 * period_ms if is_long else period_ms
        due_at = self.deployment.ledger.next_due_at()
        if due_at is None:
            return period_ms
        next_ms = int((due_at - scheduler.start_at).total_seconds() * 1_000) + 1_000
        return max(_QUIET_PERIOD_MS, next_ms - scheduler.now_ms)

    def start_reconcile(self, name: str, commands: Commands, *, after_ms: int = 0) -> None:
        """Let one run of `reconcile_usage` begin."""
        scheduler = self.deployment.scheduler
        scheduler.spawn(name, partial(self._reconcile, name, commands), after_ms=after_ms)

    def _reconcile(self, name: str, commands: Commands) -> int | None:
        """Run `reconcile_usage`; return how much is left to be flushed, None if it broke off."""
        if self.deployment.is_stopped:
            return None
        process = Process(name, self.deployment.scheduler.now_ms + RECONCILE_TIMEOUT_MS)
        container = self.deployment.new_container()
        left: int | None = None

        def work() -> None:
            nonlocal left
            # What the run could not do is the next one's; Lambda counts it as an error.
            with suppress(StorageUnavailableError, FencedError):
                left = self.deployment.reconcile(process, container, commands)

        return left if self.run(process, work) else None

    def flush(self, buyer: Buyer) -> None:
        """Flush a buyer's usage again and again, until nothing of it is left."""
        scheduler = self.deployment.scheduler
        command = Commands(flushes=(Flush(buyer.key, scheduler.now()),))
        for _ in range(_FLUSHES_MAX):
            if self._reconcile("flush", command) == 0:
                return
            scheduler.sleep(_FLUSH_PAUSE_MS)
            self.reached["flush repeated"] += 1

    def say_stopped(self, buyer: Buyer) -> None:
        """Say that a buyer's product sends no more usage, until that is noted."""
        scheduler = self.deployment.scheduler
        command = Commands(stops=(Stop(buyer.key, scheduler.now()),))
        self.reached["product stopped"] += 1
        while not self.is_over and self._reconcile("stopped", command) is None:
            scheduler.sleep(_FLUSH_PAUSE_MS)

    def register(self, buyer: Buyer) -> None:
        """Come to the registration page until it says welcome."""
        scheduler = self.deployment.scheduler
        while not self.is_over:
            process = Process(f"register {buyer.name}", scheduler.now_ms + REGISTER_TIMEOUT_MS)
            token = self.marketplace.mint_token(buyer.agreement.agreement_id).token
            is_welcome = False

            def work(process: Process = process, token: str = token) -> None:
                nonlocal is_welcome
                with suppress(MarketplaceError, RegistrationError, StorageUnavailableError):
                    self.deployment.register(process, token)
                    is_welcome = True

            self.run(process, work)
            if is_welcome:
                return
            scheduler.sleep(10 * MINUTE_MS)

    def operate(self) -> None:
        """Redrive rejected records, and flush subscriptions, as an operator might."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        while True:
            scheduler.sleep(random.randint(HOUR_MS // 2, 3 * HOUR_MS))
            if not self.deployment.weather.is_on:
                return
            rejected = self._look_for_rejected()
            chosen = tuple(random.sample(rejected, min(3, len(rejected))))
            flushes: tuple[Flush, ...] = ()
            if self.buyers and random.random() < 0.3:
                flushes = (Flush(random.choice(self.buyers).key, scheduler.now()),)
            self.redriven.update(chosen)
            self.start_reconcile("operator", Commands(dict.fromkeys(chosen), flushes))

    def _look_for_rejected(self) -> list[RecordKey]:
        """Ask which usage AWS refused, and what a buyer used; storage may fail an operator, too."""
        scheduler, ledger = self.deployment.scheduler, self.deployment.ledger
        random = self.deployment.weather.random
        process = Process("operator", scheduler.now_ms + _OPERATOR_TIMEOUT_MS)
        rejected: list[RecordKey] = []

        def look() -> None:
            with suppress(StorageUnavailableError):
                self._read_usage()
                refused = ledger.refused(count_max=_REFUSED_MAX)
                for key in random.sample(refused, min(_REFUSED_READ_MAX, len(refused))):
                    batch = ledger.read_batch(key)
                    records = () if batch is None else batch.records
                    rejected.extend(one.key for one in records if one.state is RecordState.REJECTED)

        self.run(process, look)
        return rejected

    def _read_usage(self) -> None:
        if self.buyers:
            now, random = self.deployment.scheduler.now(), self.deployment.weather.random
            read = ReadUsage(self.deployment.ledger, self.plan.policy.shards)
            read(random.choice(self.buyers).key, now - _USAGE_WINDOW, now)

    def run(self, process: Process, work: Callable[[], None]) -> bool:
        """Run an invocation to its end; tell whether it came to one by itself."""
        task = self.deployment.scheduler.task
        task.process = process
        try:
            work()
        except CrashError:
            self.reached["process ended early"] += 1
            return False
        finally:
            task.process = None
        return True
