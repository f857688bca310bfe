"""The functions as Lambda runs them: each invocation is a process that its timeout ends."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from meterhouse.adapters.marketplace import MeteringApi
from meterhouse.adapters.rejected_usage import RejectedUsageQueue
from meterhouse.adapters.resolving import ResolvingApi
from meterhouse.adapters.usage_queue import UsageQueueView
from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.operator_commands import Commands
from meterhouse.domain.records.policy import MeteringPolicy
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.placing import Products
from meterhouse.domain.usage.events import QueueMessage
from meterhouse.ports.process import Clock
from meterhouse.use_cases import assembly, reconcile_assembly
from meterhouse.use_cases.journal.append_usage import Beliefs
from meterhouse.use_cases.subscriptions.ask_entitlements import AskEntitlements
from meterhouse.use_cases.subscriptions.keep_subscriptions import KeepSubscriptions
from meterhouse.use_cases.subscriptions.register_customer import RegisterCustomer
from meterhouse.use_cases.subscriptions.track_agreements import TrackAgreements
from tests.simulation.aws_marketplace import SimulatedClient
from tests.simulation.contracts import Contracts
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.queue import SimulatedQueue
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.tables import SimulatedNotes, SimulatedQuota, SimulatedSubscriptionBook
from tests.simulation.tenants import SimulatedTenantBook
from tests.simulation.weather import Weather

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_meteringmarketplace import MarketplaceMeteringClient
    from mypy_boto3_sqs import SQSClient

TABLE = "usage"
QUEUE_URL = "usage-queue"
_TOKEN_BITS = 64


@dataclass(frozen=True, slots=True)
class ProcessClock:
    """Implements `ports.process.Clock` for one invocation."""

    scheduler: Scheduler
    weather: Weather
    process: Process
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.scheduler.now() + self.ahead

    def pause(self, seconds: float) -> None:
        self.scheduler.sleep(int(seconds * 1_000) + 1)

    def seconds_left(self) -> float:
        return (self.process.ends_at_ms - self.scheduler.now_ms) / 1_000

    def jitter(self) -> float:
        return self.weather.random.random()


@dataclass(frozen=True, slots=True)
class Branches:
    """Implements `ports.process.Workers` with branches that live and die with their process."""

    scheduler: Scheduler

    def each[Item, Answer](
        self, work: Callable[[Item], Answer], items: Sequence[Item], *, count_max: int
    ) -> list[Answer]:
        answers: dict[int, Answer] = {}
        errors: dict[int, Exception] = {}
        waiting = iter(enumerate(items))

        def branch() -> None:
            for position, item in waiting:
                try:
                    answers[position] = work(item)
                except Exception as error:  # noqa: BLE001 - it is raised again where threads raise it
                    errors[position] = error

        self.scheduler.run_branches([branch] * min(count_max, len(items)))
        if errors:
            raise errors[min(errors)]
        return [answers[position] for position in range(len(items))]


@dataclass(slots=True)
class SimulatedReport:
    """Implements `ports.process.Report`: counts everything, keeps what the judge asks for."""

    metrics: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)

    def event(self, name: str, **fields: object) -> None:
        if name == "record_step":
            name = f"{name} {fields['before']} {fields['after']}"
        self.lines[name] += 1

    failure = event

    def count(self, metric: str, amount: float = 1, *, reason: str | None = None) -> None:
        self.metrics[metric] += amount  # type: ignore[assignment] # a Counter adds any numbers
        if reason is not None:
            self.metrics[f"{metric} {reason}"] += amount  # type: ignore[assignment]

    def gauge(self, metric: str, value: float) -> None:
        self.metrics[metric] = value  # type: ignore[assignment] # a Counter holds any numbers

    def publish(self) -> None:
        """What was counted stays readable for the judge."""


@dataclass(frozen=True, slots=True)
class Container:
    """What outlives an invocation: how one container knows queue, hour logs and time."""

    queue: UsageQueueView
    ahead: timedelta
    beliefs: Beliefs = field(default_factory=Beliefs)


@dataclass(slots=True)
class Deployment:
    """The ports of one deployment, and the use cases over them as `assembly` builds them."""

    scheduler: Scheduler
    weather: Weather
    ledger: SimulatedLedger
    book: SimulatedSubscriptionBook
    tenants: SimulatedTenantBook
    notes: SimulatedNotes
    quota: SimulatedQuota
    queue: SimulatedQueue
    events: SimulatedQueue
    """What AWS tells of agreements."""
    client: SimulatedClient
    contracts: Contracts
    policy: MeteringPolicy
    products: Products = field(default_factory=Products)
    skew_ms_max: int = 0
    fold_events_max: int = FOLD_EVENTS_MAX
    report: SimulatedReport = field(default_factory=SimulatedReport)
    is_stopped: bool = False
    """Its table is lost, and nothing runs."""
    registrations: int = 0
    containers: int = 0

    def new_container(self) -> Container:
        """Return a container that has seen nothing yet."""
        dynamodb = cast("DynamoDBClient", self.notes)
        self.containers += 1
        view = UsageQueueView(
            cast("SQSClient", self.queue),
            QUEUE_URL,
            dynamodb,
            TABLE,
            process=f"container {self.containers}",
        )
        return Container(view, self._draw_skew())

    def _draw_skew(self) -> timedelta:
        skew_ms = self.weather.random.randint(-self.skew_ms_max, self.skew_ms_max)
        return timedelta(milliseconds=skew_ms)

    def drain(
        self, process: Process, container: Container, messages: Sequence[QueueMessage]
    ) -> list[str]:
        """Run `drain_usage` once."""
        rejected = RejectedUsageQueue(cast("SQSClient", self.queue), "rejected", self.report)
        return assembly.drain_usage(self._ports(process, container), rejected)(messages)

    def reconcile(self, process: Process, container: Container, commands: Commands) -> int:
        """Run `reconcile_usage` once; return what is left to be flushed."""
        ports = self._ports(process, container)
        keep = self.keep(ports.clock)
        return reconcile_assembly.reconcile_usage(ports, keep)(commands).flush_left

    def register(self, process: Process, token: str) -> None:
        """Run the first step of `register_customer` once."""
        self.registrations += 1
        reference = f"reference-{self.registrations}"
        clock = ProcessClock(self.scheduler, self.weather, process)
        register = RegisterCustomer(
            marketplace=ResolvingApi(cast("MarketplaceMeteringClient", self.client)),
            keep=self.keep(clock),
            references=self.book,
            clock=clock,
            report=self.report,
            new_reference=lambda: reference,
        )
        register.resolve(token, trial=False)

    def track(
        self,
        process: Process,
        messages: Mapping[str, str],
        start_run: Callable[[Sequence[SubscriptionKey]], None],
    ) -> list[str]:
        """Run `track_agreements` once."""
        clock = ProcessClock(self.scheduler, self.weather, process, self._draw_skew())
        return TrackAgreements(self.keep(clock), start_run, self.report)(messages)

    def keep(self, clock: Clock) -> KeepSubscriptions:
        """Return what learns facts about subscriptions."""
        return KeepSubscriptions(self.book, self.products, clock, self.report)

    def _ports(self, process: Process, container: Container) -> assembly.Ports:
        """Return the world of one invocation."""
        clock = ProcessClock(self.scheduler, self.weather, process, container.ahead)
        return assembly.Ports(
            ledger=self.ledger,
            subscriptions=self.book,
            tenants=self.tenants,
            queue=container.queue,
            metering=self._metering_api(),
            quota=self.quota,
            workers=Branches(self.scheduler),
            clock=clock,
            report=self.report,
            policy=self.policy,
            beliefs=container.beliefs,
            new_token=self._new_token,
            fold_events_max=self.fold_events_max,
            ask_entitlements=AskEntitlements(self.contracts, self.keep(clock), clock),
        )

    def _new_token(self) -> str:
        return f"{self.weather.random.getrandbits(_TOKEN_BITS):016x}"

    def _metering_api(self) -> MeteringApi:
        return MeteringApi(cast("MarketplaceMeteringClient", self.client))
