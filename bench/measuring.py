"""One run of the bench: everything that it measures."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from bench import shapes
from bench.counting import Bench, Life, live
from bench.deployment import access_environment, environment
from bench.emulation import emulated_account, throttling_marketplace
from bench.folding import FoldCost, measure_fold
from bench.many_records import FEW_CUSTOMERS, MANY_CUSTOMERS, LargeLookUp, measure_many
from bench.playing import playing
from bench.processor import DrainTime, time_drain
from bench.reading import LookUp, read_month, read_record, read_refused, read_unfinished
from bench.recovery import Recovery, measure_recovery
from bench.rivals import RivalCost, rivals_beside
from bench.sending import SendingCost, measure_sending
from bench.settling import SettlingCost, measure_settling
from bench.shapes import Shape
from bench.spending import Costs
from bench.throttled import BillingSpeed, time_billing

LATE_DRAINS = (10, 20, 40)
SHAPES: Mapping[str, Callable[[], Shape]] = {
    "busy": lambda: shapes.busy(100_000),
    "many": lambda: shapes.many(1_000),
    "sparse": lambda: shapes.sparse(2_000),
    "sparse day": lambda: shapes.day(100, 1),
    "arrears": lambda: shapes.arrears(500),
    "arrears apart": lambda: shapes.arrears(500, apart=True),
    **{
        f"steady {meters}x{events}": partial(shapes.steady, meters, events)
        for meters in (1, 6, 10_000)
        for events in (1, 10, 100)
    },
    "steady 10000x10000": lambda: shapes.steady(10_000, 10_000),
}
# A thousand events in a drain, and a drain that has more.
TIMED_SHAPES: Sequence[Callable[[], Shape]] = (
    lambda: shapes.busy(1_000),
    lambda: shapes.many(10),
    lambda: shapes.sparse(1_000),
    lambda: shapes.arrears(250),
    *(partial(shapes.steady, meters, 1_000) for meters in (1, 6, 10_000)),
    SHAPES["steady 10000x10000"],
)


@dataclass(frozen=True, slots=True)
class LateCost:
    """What one of so many late drains cost, beyond the hour that it was too late for."""

    drains: int
    each: Costs


@dataclass(frozen=True, slots=True)
class Results:
    """Everything, and how busy the machine's processors were when it began.

    `lives` are by the keys of SHAPES; `rivals` holds by the same keys, and by title, what the same
    usage costs the usual ways.
    """

    load: float
    processors: int
    lives: dict[str, Life]
    rivals: dict[str, dict[str, RivalCost]]
    late: list[LateCost]
    sending: list[SendingCost]
    settling: SettlingCost
    look_ups: list[LookUp]
    large: list[LargeLookUp]
    processor: list[DrainTime]
    fold: FoldCost
    billing: BillingSpeed
    recovery: Recovery


def measure(say: Callable[[str], object]) -> Results:
    """Measure everything; `say` is told what is measured next."""
    load = os.getloadavg()[0]
    say("folding a million events of one hour")
    fold = measure_fold()
    say("processor time")
    with environment(access_environment("http://127.0.0.1:9", None)):
        processor = [time_drain(shape()) for shape in TIMED_SHAPES]
    with emulated_account() as url:
        say("billing against ten calls a second")
        with throttling_marketplace() as market, environment(access_environment(url, market)):
            billing = time_billing(market)
        with environment(access_environment(url, None)):
            bench = Bench()
            say("a crash")
            recovery = measure_recovery(bench)
            say("look-ups")
            look_ups = [
                *read_month(bench, customers=50, dimensions=5),
                read_unfinished(bench),
                read_refused(bench),
            ]
            large: list[LargeLookUp] = []
            for customers in (FEW_CUSTOMERS, MANY_CUSTOMERS):
                say(f"records and statements of {customers} customers")
                large += measure_many(bench, customers)
            say("settling, and finding what is left of a million records")
            settling = measure_settling(bench)
            lives, record = _lives(bench, say)
            say("late usage")
            late = _late(bench)
            say("usage over HTTP, beside SQS")
            sending = measure_sending(bench)
            return Results(
                load=load,
                processors=os.cpu_count() or 1,
                lives=lives,
                rivals={
                    key: rivals_beside(life.events, life.records) for key, life in lives.items()
                },
                late=late,
                sending=sending,
                large=large,
                settling=settling,
                look_ups=[record, *look_ups, settling.look_up],
                processor=processor,
                fold=fold,
                billing=billing,
                recovery=recovery,
            )


def _lives(bench: Bench, say: Callable[[str], object]) -> tuple[dict[str, Life], LookUp]:
    """Count the lives of all shapes, and a look at one of many records."""
    lives: dict[str, Life] = {}
    look_ups = []
    for key, build in SHAPES.items():
        shape = build()
        say(shape.name)
        with playing(shape, *bench.account()) as play:
            lives[key] = live(play)
            if key == "many":
                look_ups.append(read_record(play))
    [look_up] = look_ups
    return lives, look_up


def _late(bench: Bench) -> list[LateCost]:
    """Play hours with more and more late drains; every one of them has the hour closed again."""
    in_time = bench.life(shapes.late(0)).whole
    return [
        LateCost(drains, (bench.life(shapes.late(drains)).whole - in_time).each(drains))
        for drains in LATE_DRAINS
    ]


def growth_of(late: list[LateCost]) -> Decimal:
    """Return how many times as much one of the most late drains costs as one of the fewest."""
    return late[-1].each.write_units / late[0].each.write_units
