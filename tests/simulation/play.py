"""One history, from beginning to end: everybody acts, and it is quiet at last."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from meterhouse.domain.journal.folding import FOLD_EVENTS_MAX
from meterhouse.domain.subscriptions.state import Phase
from tests.simulation import reporting
from tests.simulation.actors import RECONCILE_TIMEOUT_MS
from tests.simulation.decider import decide
from tests.simulation.disasters import strike
from tests.simulation.plan import Climate
from tests.simulation.weather import HOUR_MS, MINUTE_MS
from tests.simulation.world import World, build_world

QUIET_MS_MAX = 400 * HOUR_MS
# A bulk fills several segments; it costs as much as another history.
HISTORIES_PER_BULK = 50


def play(
    seed: int, *, is_traced: bool = False, with_tenants: bool = True, holds_spikes: bool = False
) -> World:
    """Play a history to its end.

    Without tenants it is another one if its seed has some, and another one if spikes wait.
    """
    world = build_world(
        seed, is_traced=is_traced, with_tenants=with_tenants, holds_spikes=holds_spikes
    )
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
        if world.tenancies is not None:
            world.tenancies.begin()
            scheduler.spawn("tenants", world.tenancies.work)
        for number in range(plan.pollers):
            scheduler.spawn(f"poller {number}", partial(actors.poll, number))
        for number in range(2):
            scheduler.spawn(f"schedule {number}", partial(actors.schedule, number))
            scheduler.spawn(f"tracker {number}", partial(actors.track, number))
        scheduler.spawn("AWS", world.courier.watch)
        scheduler.spawn("sweeper", world.sweeper.work)
        if plan.policy.spikes.factor:
            scheduler.spawn("decider", partial(decide, world.seed, plan, actors))
        if plan.disaster is not None:
            scheduler.spawn("disaster", partial(strike, world))
        for name, work in self._others():
            scheduler.spawn(name, partial(work, world))
        scheduler.sleep(plan.chaos_ms)
        self._calm_down()

    def _others(self) -> Iterator[tuple[str, Callable[[World], None]]]:
        """Yield who acts besides the deployment's own functions."""
        plan = self.world.plan
        if plan.climate is Climate.CROWD:
            yield "crowd", reporting.crowd
            return
        if not plan.is_punctual:
            yield "operator", lambda world: world.actors.operate()
            yield "rival", reporting.meter_elsewhere
            yield "curse", reporting.curse
        for number in range(2):
            yield f"producer {number}", partial(reporting.produce, number=number)
        if plan.is_punctual and not plan.policy.heartbeat:
            yield "arrears", reporting.produce_in_arrears
        if plan.climate in (Climate.STORMY, Climate.HELL):
            yield "brink", reporting.produce_at_the_brink
        if self.world.seed % HISTORIES_PER_BULK == 0:
            yield "bulk", reporting.produce_in_bulk

    def _restored_ms(self) -> int:
        """Return when functions run again after a disaster."""
        times = self.world.plan.disaster
        if times is None:
            return 0
        return times.struck_at_ms + times.restored_after_ms + RECONCILE_TIMEOUT_MS + MINUTE_MS

    def _calm_down(self) -> None:
        """End all faults, and let time run on until every deadline has passed."""
        world, actors = self.world, self.world.actors
        scheduler, queue = world.deployment.scheduler, world.deployment.queue
        world.gate.weather.is_on = False
        # Heartbeats would go on for ever.
        world.deployment.policy = replace(world.deployment.policy, heartbeat=False)
        world.deployment.fold_events_max = FOLD_EVENTS_MAX
        quiet_until_ms = scheduler.now_ms + QUIET_MS_MAX
        # An outage of the drain may last longer than the weather; after it nothing dies any more.
        # To redrive again and again would hide a message that never succeeds.
        outage_left_ms = max(world.plan.outage_ms[1], self._restored_ms()) - scheduler.now_ms
        scheduler.sleep(max(0, outage_left_ms) + 30 * MINUTE_MS)
        for old_id, new_id in queue.redrive():
            world.model.note_redriven(old_id, new_id)
        world.deployment.events.redrive()
        if world.plan.climate is Climate.CROWD:
            scheduler.spawn("straggler", partial(reporting.straggle, world))
        while scheduler.now_ms < quiet_until_ms:
            scheduler.sleep(30 * MINUTE_MS)
            is_due = world.deployment.ledger.next_due_at() is not None
            if queue.messages or is_due or world.is_awaited or self._has_news():
                continue
            if world.is_swept or not world.sweeper.is_sweeping:
                break
            # It may find ends of which nobody told.
            world.is_swept = world.sweeper.sweep(from_beginning=True)
        scheduler.sleep(20 * MINUTE_MS)
        actors.is_over = world.courier.is_over = True

    def _has_news(self) -> bool:
        """Tell whether AWS's word is under way, or a phase goes on changing by itself."""
        deployment, now = self.world.deployment, self.world.deployment.scheduler.now()
        ends = [one.closes_at for one in self.world.marketplace.desks.agreements.agreements()]
        return bool(
            self.world.courier.on_their_way
            or deployment.events.messages
            or any(now <= one for one in ends if one is not None)
            or any(
                state.phase in (Phase.ENDING, Phase.SCHEDULED)
                for key, (_, state) in deployment.book.states.items()
                if key in deployment.book.listed
            )
        )
