"""Who reports usage in a history, when and how; and what AWS hears and does besides."""

from datetime import timedelta
from decimal import Decimal

from meterhouse.domain.hours import floor_to_hour
from meterhouse.domain.operator_commands import Commands, Flush
from tests.simulation.plan import Climate
from tests.simulation.producers import Producer, Source
from tests.simulation.weather import HOUR_MS, MINUTE_MS
from tests.simulation.world import World

_BURST_PROBABILITY = 0.2
_CROWD_FLUSH_PROBABILITY = 0.1
_STRAGGLERS_MAX = 3


def _producer(
    world: World,
    name: str,
    *,
    is_punctual: bool,
    is_patient: bool = False,
    sources: list[Source] | None = None,
) -> Producer:
    """Return a producer that sends to this history's queue, and tells its model.

    Sources that are sold later are its sources too.
    """
    return Producer(
        name,
        world.gate.weather.random,
        world.model,
        world.deployment.queue.send,
        is_punctual=is_punctual,
        is_patient=is_patient,
        is_naming_all=world.plan.disaster is not None,
        sources=[] if sources is None else sources,
    )


def produce(world: World, number: int) -> None:
    """Send usage from time to time, until the weather changes."""
    plan = world.plan
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    producer = _producer(
        world,
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


def crowd(world: World) -> None:
    """Send usage of one hour after the other in many messages at once, and flush some of it."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    producer = _producer(world, "crowd", is_punctual=False, sources=world.sales.sources)
    while world.gate.weather.is_on:
        producer.crowd(scheduler.now(), scheduler.sleep)
        if random.random() < _CROWD_FLUSH_PROBABILITY:
            buyer = random.choice(world.actors.buyers)
            flush = Flush(buyer.key, scheduler.now())
            world.actors.start_reconcile("flush", Commands(flushes=(flush,)))
        scheduler.sleep(random.randint(0, 10 * MINUTE_MS))


def straggle(world: World) -> None:
    """Send usage of old hours just when they are entered into the sheets of their days."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    ledger = world.deployment.ledger.inner
    producer = _producer(world, "straggler", is_punctual=False, sources=world.sales.sources)
    for _ in range(_STRAGGLERS_MAX):
        while True:
            balanced = [one for one in ledger.stored_heads.values() if one.is_balanced]
            filed_at = min((one.due_at for one in balanced if one.due_at), default=None)
            if filed_at is not None:
                break
            if world.actors.is_over or world.deployment.ledger.next_due_at() is None:
                return
            scheduler.sleep(10 * MINUTE_MS)
        world.is_awaited = True
        wait_ms = int((filed_at - scheduler.now()).total_seconds() * 1_000)
        # The run that does it begins a second later.
        scheduler.sleep(max(0, wait_ms) + random.randint(600, 1_200))
        producer.straggle(random.choice(balanced).log.hour_at)
        world.is_awaited = False


def produce_at_the_brink(world: World) -> None:
    """Report usage just when it becomes too late for its hour, or when an hour turns."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    producer = _producer(world, "brink", is_punctual=False, sources=world.sales.sources)
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


def produce_in_bulk(world: World) -> None:
    """Report more usage of one hour at once than a journal page can hold, in time or late."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    producer = _producer(world, "bulk", is_punctual=world.plan.is_punctual)
    scheduler.sleep(random.randint(0, world.plan.chaos_ms // 2))
    age = timedelta(hours=0 if world.plan.is_punctual else random.choice((0, 3)))
    producer.report_bulk(world.sales.sources[0], scheduler.now() - age)


def produce_in_arrears(world: World) -> None:
    """Report each hour's gigabytes after the hour; once it has settled, with pauses."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    producer = _producer(world, "arrears", is_punctual=True)
    while True:
        now = scheduler.now()
        next_hour_at = floor_to_hour(now) + timedelta(hours=1)
        wait_ms = int((next_hour_at - now).total_seconds() * 1_000)
        scheduler.sleep(wait_ms + random.randint(0, 50 * MINUTE_MS))
        if not world.gate.weather.is_on:
            return
        hour_at = next_hour_at - timedelta(hours=1)
        sources = [one for one in world.sales.sources if one.has_arrears_of(hour_at)]
        # What came in time does not wait for the rest.
        has_settled = scheduler.now() >= next_hour_at + world.plan.policy.settle
        pause = scheduler.sleep if has_settled else _go_on
        producer.report_hour(random.choice(sources), hour_at, pause)


def meter_elsewhere(world: World) -> None:
    """Meter an hour of a buyer as another integration of the same seller would."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    if random.random() < 0.6:
        return
    scheduler.sleep(random.randint(0, world.plan.chaos_ms))
    used_at = floor_to_hour(scheduler.now())
    others = [] if world.tenancies is None else world.tenancies.buyers
    agreements = [one.agreement for one in world.actors.buyers if one not in others]
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


def curse(world: World) -> None:
    """Let AWS refuse a dimension for some hours, with a code that nobody knows."""
    scheduler, random = world.deployment.scheduler, world.gate.weather.random
    if world.plan.climate is Climate.SHOWERS or random.random() < 0.7:
        return
    scheduler.sleep(random.randint(0, world.plan.chaos_ms))
    world.cursed.add("gigabytes")
    world.deployment.client.cursed.add("gigabytes")
    scheduler.sleep(random.randint(1, 30) * HOUR_MS)
    world.deployment.client.cursed.clear()


def _go_on(_: int) -> None:
    """Pause for no time."""
