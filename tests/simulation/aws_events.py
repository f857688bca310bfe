"""What AWS tells of agreements, on its way into the queue of `track_agreements`.

AWS's events come at least once, in no promised order, late, and now and then not at all.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from marketplace_sandbox.testing import (
    Channel,
    EmittedEvent,
    InProcessMarketplace,
    Readings,
    queue_body,
    values_by_switch,
)

from meterhouse.domain.operator_commands import Commands
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.errors import StorageUnavailableError
from tests.simulation.functions import Deployment
from tests.simulation.plan import Plan
from tests.simulation.port_calls import WRITE_FAULTS, Gate, port_call
from tests.simulation.weather import HOUR_MS, MINUTE_MS, Fault

# License Updated follows a start within a minute or so, License Deprovisioned an end sooner.
_FOLLOWS_MS = 62_000
_LOOK_MS = 2 * MINUTE_MS
_QUIET_LOOK_MS = 5 * MINUTE_MS
_COPIES_MAX = 3
_BUNCH_MS = 4 * MINUTE_MS
_BUNCH_LASTS_MS = 300
_SWITCHES = ("final_window", "event_license_arn", "license_updated", "ended_offer")


@dataclass(frozen=True, slots=True)
class Mail:
    """How well AWS's events travel in a history."""

    lost: float
    repeated: float
    late: float
    late_ms_max: int
    is_bunched: bool
    """What is late comes together, as after an outage."""


def draw_mail(seed: int, plan: Plan) -> Mail:
    """Draw how events travel; other draws of the history do not depend on it."""
    random = Random(f"mail {seed}")  # noqa: S311 - a simulation, repeatable from its seed
    if plan.is_punctual:
        # Whatever comes within half an hour of an end leaves time for its last hour.
        late_ms_max = random.choice((MINUTE_MS, 10 * MINUTE_MS, 30 * MINUTE_MS))
    else:
        late_ms_max = random.choice((5 * MINUTE_MS, HOUR_MS, 8 * HOUR_MS))
    return Mail(
        lost=random.choice((0.0, 0.0, 0.0, 0.1)),
        repeated=random.choice((0.0, 0.2, 0.6)),
        late=random.choice((0.0, 0.3, 1.0)),
        late_ms_max=late_ms_max,
        is_bunched=random.random() < 0.5,
    )


def draw_readings(random: Random) -> Readings:
    """Draw how AWS is read where it contradicts itself about licenses and their last hour."""
    values = values_by_switch()
    return Readings(**{name: random.choice([*values[name]]) for name in _SWITCHES})


@dataclass(slots=True)
class Courier:
    """Brings what AWS says into the queue.

    Attributes:
        random: of its own.
        lost: what it lost.
        on_their_way: how many copies have not come yet.

    """

    mail: Mail
    random: Random
    deployment: Deployment
    marketplace: InProcessMarketplace
    reached: Counter[str]
    lost: list[EmittedEvent] = field(default_factory=list)
    on_their_way: int = 0
    is_over: bool = False
    _seen: int = 0

    def watch(self) -> None:
        """Look for what AWS says by itself, such as that an hour is over."""
        scheduler, weather = self.deployment.scheduler, self.deployment.weather
        while not self.is_over:
            self.collect()
            scheduler.sleep(_LOOK_MS if weather.is_on else _QUIET_LOOK_MS)

    def follow(self) -> None:
        """Bring what AWS says at once, and what follows soon."""
        self.collect()
        self.deployment.scheduler.spawn("AWS", self.collect, after_ms=_FOLLOWS_MS)

    def collect(self) -> None:
        """Bring what AWS has said since the last time."""
        for event in self.marketplace.desks.events.events()[self._seen :]:
            self._seen += 1
            if event.channel is Channel.EVENTBRIDGE or self._is_legacy(event):
                self._bring(event)

    def _is_legacy(self, event: EmittedEvent) -> bool:
        return event.product_code in self.deployment.products.legacy

    def _bring(self, event: EmittedEvent) -> None:
        if self.random.random() < self.mail.lost:
            self.lost.append(event)
            self.reached["event lost"] += 1
            return
        is_repeated = self.random.random() < self.mail.repeated
        body = queue_body(event)
        for _ in range(self.random.randint(2, _COPIES_MAX) if is_repeated else 1):
            is_late = self.random.random() < self.mail.late
            after_ms = self._draw_delay() if is_late else 0
            self.on_their_way += 1
            arrive = partial(self._arrive, body)
            self.deployment.scheduler.spawn(f"AWS: {event.name}", arrive, after_ms=after_ms)
            self.reached["event late"] += is_late
        self.reached["event repeated"] += is_repeated

    def _draw_delay(self) -> int:
        delay_ms = self.random.randint(1, self.mail.late_ms_max)
        if not self.mail.is_bunched:
            return delay_ms
        arrives_ms = self.deployment.scheduler.now_ms + delay_ms
        return delay_ms + -arrives_ms % _BUNCH_MS + self.random.randint(0, _BUNCH_LASTS_MS)

    def _arrive(self, body: str) -> None:
        self.on_their_way -= 1
        self.deployment.events.send(body)


class SimulatedRuns:
    """Starts runs of `reconcile_usage`, as Lambda is asked to."""

    def __init__(self, gate: Gate, start: Callable[[Commands], None]) -> None:
        self.gate = gate
        self._start = start

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*WRITE_FAULTS)
    def start_run(self, ending: Sequence[SubscriptionKey]) -> None:
        self._start(Commands(ending=tuple(ending)))
