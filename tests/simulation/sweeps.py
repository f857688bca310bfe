"""The sweep of agreements: it heals what was lost on the way, whatever becomes of its runs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random
from typing import TYPE_CHECKING, cast

from marketplace_sandbox.testing import InProcessMarketplace

from meterhouse.adapters.agreements import AgreementsApi
from meterhouse.domain.subscriptions.sweeping import AgreementPage
from meterhouse.errors import MarketplaceOutageError
from meterhouse.use_cases.subscriptions.sweep_agreements import SweepAgreements, SweepAnswer
from tests.simulation.actors import Actors
from tests.simulation.aws_events import SimulatedRuns
from tests.simulation.functions import ProcessClock
from tests.simulation.port_calls import READ_FAULTS, Gate, port_call
from tests.simulation.scheduler import Process
from tests.simulation.weather import HOUR_MS, Fault

if TYPE_CHECKING:
    from mypy_boto3_marketplace_agreement import AgreementServiceClient

# As in template.yaml; a test compares them.
SWEEP_TIMEOUT_MS = 900_000
_PAUSE_MS = (HOUR_MS, 6 * HOUR_MS)
_FROM_BEGINNING_PROBABILITY = 0.2
_SWEEPING_PROBABILITY = 0.5


class SimulatedAgreements:
    """Implements `ports.agreements.Agreements` with the real adapter, behind the gate."""

    def __init__(self, gate: Gate, marketplace: InProcessMarketplace) -> None:
        self.gate = gate
        client = marketplace.client("marketplace-agreement")
        self._api = AgreementsApi(cast("AgreementServiceClient", client))

    def failure(self) -> Exception:
        return MarketplaceOutageError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*READ_FAULTS)
    def updated(self, after: datetime | None, token: str | None) -> AgreementPage:
        return self._api.updated(after, token)

    def predecessor(self, initial_agreement_id: str, starts_at: datetime) -> str | None:
        # Only a renewal whose first event was lost is asked for: too rare for faults of its own.
        return self._api.predecessor(initial_agreement_id, starts_at)

    @port_call(*READ_FAULTS)
    def is_suspended(self, agreement_id: str) -> bool | None:
        return self._api.is_suspended(agreement_id)


@dataclass(slots=True)
class Sweeper:
    """Starts runs of `sweep_agreements`, and remembers when a whole sweep was last finished.

    Attributes:
        is_sweeping: whether the deployment of this history sweeps at all.
        random: of its own.

    """

    is_sweeping: bool
    random: Random
    actors: Actors
    agreements: SimulatedAgreements

    def work(self) -> None:
        """Sweep now and then, as the schedule has it."""
        deployment = self.actors.deployment
        scheduler, weather = deployment.scheduler, deployment.weather
        while self.is_sweeping and weather.is_on:
            scheduler.sleep(self.random.randint(*_PAUSE_MS))
            self.sweep(from_beginning=self.random.random() < _FROM_BEGINNING_PROBABILITY)

    def sweep(self, *, from_beginning: bool) -> bool:
        """Run `sweep_agreements` once; tell whether it came to the end of its sweep."""
        deployment = self.actors.deployment
        process = Process("sweep", deployment.scheduler.now_ms + SWEEP_TIMEOUT_MS)
        runs = SimulatedRuns(
            deployment.book.gate, partial(self.actors.start_reconcile, "ending by a sweep")
        )
        clock = ProcessClock(deployment.scheduler, deployment.weather, process)
        sweep = SweepAgreements(
            agreements=self.agreements,
            book=deployment.book,
            keep=deployment.keep(clock),
            start_run=runs.start_run,
            clock=clock,
            report=deployment.report,
        )
        answers: list[SweepAnswer] = []
        self.actors.run(process, lambda: answers.append(sweep(from_beginning=from_beginning)))
        is_done = bool(answers) and answers[0].left is None
        self.actors.reached["sweep finished" if is_done else "sweep left to the next run"] += 1
        return is_done


def new_sweeper(seed: int, actors: Actors) -> Sweeper:
    """Draw whether a history sweeps; its other draws do not depend on it."""
    random = Random(f"sweep {seed}")  # noqa: S311 - a simulation, repeatable from its seed
    is_sweeping = random.random() < _SWEEPING_PROBABILITY
    agreements = SimulatedAgreements(actors.deployment.book.gate, actors.marketplace)
    return Sweeper(is_sweeping, random, actors, agreements)
