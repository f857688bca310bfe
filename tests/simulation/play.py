"""One history, from beginning to end: a deployment, those who act on it, and quiet at last."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from meterhouse.domain.hours import floor_to_hour
from sandbox.marketplace.in_process import InProcessMarketplace
from tests.simulation.actors import Actors
from tests.simulation.aws_marketplace import RecordName, SimulatedClient
from tests.simulation.functions import Deployment
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.model import Model
from tests.simulation.plan import Climate, Plan, draw_plan
from tests.simulation.port_calls import Gate, Trace
from tests.simulation.producers import Producer, Source
from tests.simulation.queue import SimulatedQueue
from tests.simulation.sales import Sales
from tests.simulation.scheduler import Scheduler
from tests.simulation.tables import SimulatedNotes, SimulatedQuota, SimulatedSubscriptionBook
from tests.simulation.weather import HOUR_MS, MINUTE_MS, Weather
from tests.simulation.wire import BriefMarketplace

_BURST_PROBABILITY = 0.2
QUIET_MS_MAX = 400 * HOUR_MS
# A bulk fills several journal pages; it costs as much as another history.
HISTORIES_PER_BULK = 50


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
    model: Model = field(default_factory=Model)
    foreign: dict[RecordName, Decimal] = field(default_factory=dict)
    """What a rival integration metered before us."""
    cursed: set[str] = field(default_factory=set)
    """Dimensions that AWS refused for a while, for a reason that nobody knows."""
    reached: Counter[str] = field(default_factory=Counter)


def build_world(seed: int, *, is_traced: bool = False) -> World:
    """Set the stage for a history."""
    random = Random(seed)  # noqa: S311 - a simulation, repeatable from its seed
    plan = draw_plan(random)
    scheduler = Scheduler(plan.start_at)
    weather = Weather(random, plan.rate, plan.slowness, list(plan.storms))
    gate = Gate(scheduler, weather, Trace(is_traced))
    marketplace = BriefMarketplace(clock=scheduler.now, seed=str(seed))
    deployment = Deployment(
        scheduler=scheduler,
        weather=weather,
        ledger=SimulatedLedger(gate),
        book=SimulatedSubscriptionBook(gate),
        notes=SimulatedNotes(gate),
        quota=SimulatedQuota(gate),
        queue=SimulatedQueue(gate, receives_max=plan.receives_max, is_ordered=plan.is_ordered),
        client=SimulatedClient(gate, marketplace, answers_duplicate=plan.answers_duplicate),
        policy=plan.policy,
    )
    reached = Counter[str]()
    actors = Actors(plan, deployment, marketplace, reached)
    sales = Sales(plan, deployment, marketplace, actors, reached)
    return World(seed, plan, gate, deployment, marketplace, actors, sales, reached=reached)


def play(seed: int, *, is_traced: bool = False) -> World:
    """Play a history to its end."""
    world = build_world(seed, is_traced=is_traced)
    director = Director(world)
    scheduler = world.deployment.scheduler
    scheduler.spawn("director", director.direct)
    scheduler.run()
    return world


@dataclass(slots=True)
class Director:
    """Lets everybody act, ends the bad weather, and waits until nothing is left to do."""

    world: World

    def direct(self) -> None:
        world, plan = self.world, self.world.plan
        scheduler, actors = world.deployment.scheduler, world.actors
        world.sales.begin()
        for number in range(plan.pollers):
            scheduler.spawn(f"poller {number}", lambda number=number: actors.poll(number))  # type: ignore[misc] # bound now
        for number in range(2):
            scheduler.spawn(f"schedule {number}", lambda number=number: actors.schedule(number))  # type: ignore[misc] # bound now
        if not plan.is_punctual:
            scheduler.spawn("operator", actors.operate)
            scheduler.spawn("rival", self._meter_elsewhere)
            scheduler.spawn("curse", self._curse)
        for number in range(2):
            scheduler.spawn(f"producer {number}", lambda number=number: self._produce(number))  # type: ignore[misc] # bound now
        if plan.is_punctual and not plan.policy.heartbeat:
            scheduler.spawn("arrears", self._produce_in_arrears)
        if plan.climate in (Climate.STORMY, Climate.HELL):
            scheduler.spawn("brink", self._produce_at_the_brink)
        if world.seed % HISTORIES_PER_BULK == 0:
            scheduler.spawn("bulk", self._produce_in_bulk)
        scheduler.sleep(plan.chaos_ms)
        self._calm_down()

    def _calm_down(self) -> None:
        """End all faults, and let time run on until every deadline has passed."""
        world, actors = self.world, self.world.actors
        scheduler, queue = world.deployment.scheduler, world.deployment.queue
        world.gate.weather.is_on = False
        # Heartbeats would go on for ever.
        world.deployment.policy = replace(world.deployment.policy, heartbeat=False)
        quiet_until_ms = scheduler.now_ms + QUIET_MS_MAX
        # An outage of the drain may last longer than the weather; after it nothing dies any more.
        # To redrive again and again would hide a message that never succeeds.
        outage_left_ms = world.plan.outage_ms[1] - scheduler.now_ms
        scheduler.sleep(max(0, outage_left_ms) + 30 * MINUTE_MS)
        for old_id, new_id in queue.redrive():
            world.model.note_redriven(old_id, new_id)
        while scheduler.now_ms < quiet_until_ms:
            scheduler.sleep(30 * MINUTE_MS)
            if not queue.messages and world.deployment.ledger.next_due_at() is None:
                break
        scheduler.sleep(20 * MINUTE_MS)
        actors.is_over = True

    def _producer(
        self,
        name: str,
        *,
        is_punctual: bool,
        is_patient: bool = False,
        sources: list[Source] | None = None,
    ) -> Producer:
        """Return a producer that sends to this history's queue, and tells its model.

        Sources that are sold later are its sources too.
        """
        world = self.world
        return Producer(
            name,
            world.gate.weather.random,
            world.model,
            world.deployment.queue.send,
            is_punctual=is_punctual,
            is_patient=is_patient,
            sources=[] if sources is None else sources,
        )

    def _produce(self, number: int) -> None:
        """Send usage from time to time, until the weather changes."""
        world, plan = self.world, self.world.plan
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        producer = self._producer(
            f"p{number}",
            is_punctual=plan.is_punctual,
            is_patient=plan.climate is Climate.SHOWERS,
            sources=world.sales.sources,
        )
        pause_ms = 2 * plan.chaos_ms // plan.messages
        # Nobody is billed for what was used before it was registered in a punctual history.
        scheduler.sleep(random.randint(0, 10 * MINUTE_MS))
        while world.gate.weather.is_on:
            if not plan.is_punctual and random.random() < _BURST_PROBABILITY:
                producer.burst(scheduler.now())
            else:
                producer.report(scheduler.now())
            # Messages often come together, for several drains at a time.
            is_burst = random.random() < 0.5
            scheduler.sleep(random.randint(0, 3_000 if is_burst else 4 * pause_ms))

    def _produce_at_the_brink(self) -> None:
        """Report usage just when it becomes too late for its hour, or when an hour turns."""
        world = self.world
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        producer = self._producer("brink", is_punctual=False, sources=world.sales.sources)
        while True:
            is_turn = random.random() < 0.5
            second = 3_600 - random.randint(0, 30) if is_turn else random.randint(3_120, 3_300)
            now = scheduler.now()
            wait_seconds = (second - now.minute * 60 - now.second) % 3_600
            scheduler.sleep(wait_seconds * 1_000 + random.randint(0, 1) * HOUR_MS)
            if not world.gate.weather.is_on:
                return
            meet = producer.meet_next_hour if is_turn else producer.meet_deadline
            meet(scheduler.now(), scheduler.sleep)

    def _produce_in_bulk(self) -> None:
        """Report more usage of one hour at once than a journal page can hold, in time or late."""
        world = self.world
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        producer = self._producer("bulk", is_punctual=world.plan.is_punctual)
        scheduler.sleep(random.randint(0, world.plan.chaos_ms // 2))
        age = timedelta(hours=0 if world.plan.is_punctual else random.choice((0, 3)))
        producer.report_bulk(world.sales.sources[0], scheduler.now() - age)

    def _produce_in_arrears(self) -> None:
        """Report each hour's gigabytes after the hour, in one go."""
        world = self.world
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        producer = self._producer("arrears", is_punctual=True)
        while True:
            now = scheduler.now()
            next_hour_at = floor_to_hour(now) + timedelta(hours=1)
            wait_ms = int((next_hour_at - now).total_seconds() * 1_000)
            scheduler.sleep(wait_ms + random.randint(0, 50 * MINUTE_MS))
            if not world.gate.weather.is_on:
                return
            hour_at = next_hour_at - timedelta(hours=1)
            sources = [one for one in world.sales.sources if one.has_arrears_of(hour_at)]
            producer.report_hour(random.choice(sources), hour_at)

    def _meter_elsewhere(self) -> None:
        """Meter an hour of a buyer as another integration of the same seller would."""
        world = self.world
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        if random.random() < 0.6:
            return
        scheduler.sleep(random.randint(0, world.plan.chaos_ms))
        used_at = floor_to_hour(scheduler.now())
        agreements = [buyer.agreement for buyer in world.actors.buyers]
        licensed = [one for one in agreements if one.license_arn and one.starts_at <= used_at]
        agreement = random.choice(licensed)
        line = {
            "Timestamp": used_at,
            "Dimension": "api_calls",
            "QuantityAsDecimal": "0.000001",
            "CustomerAWSAccountId": agreement.customer_aws_account_id,
            "LicenseArn": agreement.license_arn,
        }
        answer = world.marketplace.batch_meter_usage(UsageRecords=[line])
        if answer["Results"][0]["Status"] == "Success":
            name = str(agreement.license_arn), "api_calls", f"{used_at:%Y-%m-%dT%H}"
            world.foreign[name] = Decimal("0.000001")
            world.reached["metered by a rival"] += 1

    def _curse(self) -> None:
        """Let AWS refuse a dimension for some hours, with a code that nobody knows."""
        world = self.world
        scheduler, random = world.deployment.scheduler, world.gate.weather.random
        if world.plan.climate is Climate.SHOWERS or random.random() < 0.7:
            return
        scheduler.sleep(random.randint(0, world.plan.chaos_ms))
        world.cursed.add("gigabytes")
        world.deployment.client.cursed.add("gigabytes")
        scheduler.sleep(random.randint(1, 30) * HOUR_MS)
        world.deployment.client.cursed.clear()
