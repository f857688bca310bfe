"""A disaster: the usage table is lost, and its state of an earlier moment takes its place.

What everybody does then is what docs/disaster-recovery.md says.
"""

from copy import deepcopy
from dataclasses import replace

from tests.simulation.actors import RECONCILE_TIMEOUT_MS
from tests.simulation.ledger import SimulatedLedger
from tests.simulation.weather import HOUR_MS, MINUTE_MS
from tests.simulation.world import World

# After so long what was sent again must have been drained; what was not comes late.
_DRAINED_MS_MAX = 3 * HOUR_MS


def strike(world: World) -> None:
    """Lose the table, restore it, let producers send again what may be lost, and go on."""
    times, deployment = world.plan.disaster, world.deployment
    assert times is not None
    scheduler = deployment.scheduler
    world.is_awaited = True
    scheduler.sleep(times.kept_at_ms)
    kept, notes = deepcopy(deployment.ledger.inner), deployment.notes.copy()
    waiting = [one.sent_at_ms for one in deployment.queue.messages.values()]
    again_since_ms = min(waiting, default=scheduler.now_ms)
    scheduler.sleep(times.struck_at_ms - scheduler.now_ms)
    # Nothing begins any more, and what runs comes to its end.
    deployment.is_stopped = True
    scheduler.sleep(RECONCILE_TIMEOUT_MS + MINUTE_MS)
    world.lost_until = scheduler.now()
    deployment.policy = replace(deployment.policy, is_fenced=True, lost_until=world.lost_until)
    deployment.ledger = SimulatedLedger.restored(deployment.ledger, kept)
    deployment.notes = notes
    scheduler.sleep(times.restored_after_ms)
    deployment.is_stopped = False
    _send_again(world, again_since_ms)
    deployment.policy = replace(deployment.policy, is_fenced=False)
    world.reached["table restored"] += 1
    world.is_awaited = False


def _send_again(world: World, since_ms: int) -> None:
    """Send what was sent from some moment on, and wait until it is journalled, but not for ever."""
    scheduler, queue = world.deployment.scheduler, world.deployment.queue
    again = set[str]()
    for message in [one for one in queue.sent if one.sent_at_ms >= since_ms]:
        message_id = queue.send(message.body)
        world.model.sendings[message_id] = world.model.sendings[message.message_id]
        again.add(message_id)
    until_ms = scheduler.now_ms + _DRAINED_MS_MAX
    while again & queue.messages.keys() and scheduler.now_ms < until_ms:
        scheduler.sleep(MINUTE_MS)
    world.reached["messages sent again"] += len(again)
