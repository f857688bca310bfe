"""One history's world: a deployment, and those who act on it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from random import Random

from marketplace_sandbox.testing import InProcessMarketplace

from tests.simulation.actors import EVENTS_RECEIVES_MAX, EVENTS_VISIBILITY_MS, Actors
from tests.simulation.aws_events import Courier, draw_mail, draw_readings
from tests.simulation.aws_marketplace import RecordName, SimulatedClient
from tests.simulation.contracts import Contracts, with_contracts
from tests.simulation.functions import Deployment
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.model import Model
from tests.simulation.plan import Climate, Plan, draw_disaster, draw_plan, with_table_down
from tests.simulation.port_calls import Gate, Trace
from tests.simulation.producers import Producer
from tests.simulation.queue import SimulatedQueue
from tests.simulation.rollout import Rollout
from tests.simulation.sales import Sales
from tests.simulation.scheduler import Scheduler
from tests.simulation.spikes import with_spikes
from tests.simulation.sweeps import Sweeper, new_sweeper
from tests.simulation.tables import SimulatedNotes, SimulatedQuota, SimulatedSubscriptionBook
from tests.simulation.tenancies import Tenancies, draw_tenancies
from tests.simulation.tenants import SimulatedTenantBook
from tests.simulation.weather import Weather
from tests.simulation.wire import BriefMarketplace


@dataclass(slots=True)
class World:
    """Everything of one history, for the judge to look at when it is over."""

    seed: int
    plan: Plan
    gate: Gate
    deployment: Deployment
    marketplace: InProcessMarketplace
    actors: Actors
    sales: Sales
    courier: Courier
    sweeper: Sweeper
    model: Model
    foreign: dict[RecordName, Decimal] = field(default_factory=dict)
    """What a rival integration metered before us."""
    cursed: set[str] = field(default_factory=set)
    """Dimensions that AWS refused for a while, for a reason that nobody knows."""
    tenancies: Tenancies | None = None
    """The product of which usage names tenants, in some histories."""
    reached: Counter[str] = field(default_factory=Counter)
    is_awaited: bool = False
    """Somebody will send usage soon."""
    is_swept: bool = False
    """When nothing happened any more all agreements were swept."""
    lost_until: datetime | None = None
    """Until when a table may have billed that was lost."""


def build_world(
    seed: int, *, is_traced: bool = False, with_tenants: bool = True, holds_spikes: bool = False
) -> World:
    """Set the stage for a history, `with_tenants` if its seed says so."""
    random = Random(seed)  # noqa: S311 - a simulation, repeatable from its seed
    plan = draw_plan(random)
    plan = with_table_down(seed, replace(plan, disaster=draw_disaster(seed, plan)))
    plan = with_contracts(seed, with_spikes(seed, plan)) if holds_spikes else plan
    scheduler = Scheduler(plan.start_at)
    is_crowd = plan.climate is Climate.CROWD
    weather = Weather(random, plan.rate, plan.slowness, list(plan.storms), is_narrow=is_crowd)
    weather.table_down_ms = plan.table_down_ms
    gate = Gate(scheduler, weather, Trace(is_traced))
    quota = SimulatedQuota(gate)
    others = Random(f"events {seed}")  # noqa: S311 - as above
    readings = draw_readings(others)
    marketplace = BriefMarketplace(clock=scheduler.now, seed=str(seed), readings=readings)
    deployment = Deployment(
        scheduler=scheduler,
        weather=weather,
        ledger=SimulatedLedger(gate, Rollout(gate, *plan.rollout_ms)),
        book=SimulatedSubscriptionBook(gate),
        tenants=SimulatedTenantBook(gate),
        notes=SimulatedNotes(gate),
        quota=quota,
        queue=SimulatedQueue(gate, receives_max=plan.receives_max, is_ordered=plan.is_ordered),
        events=SimulatedQueue(
            gate,
            receives_max=EVENTS_RECEIVES_MAX,
            is_ordered=False,
            visibility_ms=EVENTS_VISIBILITY_MS,
        ),
        client=SimulatedClient(gate, marketplace, quota, answers_duplicate=plan.answers_duplicate),
        contracts=Contracts(gate),
        policy=plan.policy,
        skew_ms_max=plan.skew_ms_max,
        fold_events_max=plan.fold_events_max,
    )
    deployment.ledger.has_past = holds_spikes
    reached = Counter[str]()
    actors = Actors(plan, deployment, marketplace, reached)
    model = Model()
    farewell = Producer(
        "farewell",
        random,
        model,
        deployment.queue.send,
        is_punctual=True,
        is_patient=False,
        is_naming_all=plan.disaster is not None,
        sources=[],
    )
    courier = Courier(draw_mail(seed, plan), others, deployment, marketplace, reached)
    sales = Sales(
        plan, deployment, marketplace, actors, reached, farewell, courier=courier, others=others
    )
    return World(
        seed,
        plan,
        gate,
        deployment,
        marketplace,
        actors,
        sales,
        courier,
        new_sweeper(seed, actors),
        model,
        tenancies=draw_tenancies(seed, sales) if with_tenants else None,
        reached=reached,
    )
