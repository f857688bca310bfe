"""Who looks at what waits as a spike, and decides about some of it."""

from contextlib import suppress

from meterhouse.domain.keys import RecordKey
from meterhouse.domain.operator_commands import Commands
from meterhouse.domain.records.record import BatchKey
from meterhouse.domain.records.spikes import held_until
from meterhouse.errors import StorageUnavailableError
from tests.simulation.actors import Actors
from tests.simulation.plan import Plan
from tests.simulation.scheduler import Process
from tests.simulation.spikes import draws_of
from tests.simulation.weather import HOUR_MS, MINUTE_MS

_LOOKED_AT_MAX = 200
_TIMEOUT_MS = 5 * MINUTE_MS


def decide(seed: int, plan: Plan, actors: Actors) -> None:
    """Release or reject what waits, as an operator might who looks now and then.

    Where nothing fails all usage has to be billed: nothing is rejected there.
    """
    scheduler, random = actors.deployment.scheduler, draws_of(seed)
    while actors.deployment.weather.is_on and not actors.is_over:
        scheduler.sleep(random.randint(HOUR_MS // 4, 4 * HOUR_MS))
        held = _look(actors)
        chosen = dict.fromkeys(random.sample(held, min(random.randint(0, 2), len(held))))
        if not chosen:
            continue
        is_wrong = not plan.is_punctual and random.random() < 0.5
        commands = Commands(rejected=chosen) if is_wrong else Commands(released=chosen)
        actors.reached["spike rejected" if is_wrong else "spike released"] += len(chosen)
        actors.start_reconcile("decider", commands)


def _look(actors: Actors) -> list[RecordKey]:
    """Ask what waits; storage may fail whoever asks."""
    ledger = actors.deployment.ledger
    process = Process("decider", actors.deployment.scheduler.now_ms + _TIMEOUT_MS)
    found: list[RecordKey] = []

    def look() -> None:
        with suppress(StorageUnavailableError):
            for one in ledger.due(now=None, count_max=_LOOKED_AT_MAX):
                batch = ledger.read_batch(one.key) if isinstance(one.key, BatchKey) else None
                records = () if batch is None else batch.records
                found.extend(one.key for one in records if held_until(one.status) is not None)

    actors.run(process, look)
    return found
