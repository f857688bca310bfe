"""Hours in which something has to be frozen, carried or flushed, told up to that moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.keys import LogKey
from meterhouse.domain.operator_commands import Flush
from tests.fakes.meterhouse import HOUR, NOON, Meterhouse
from tests.unit.use_cases.ledgers import HookedLedger

MINUTE = timedelta(minutes=1)
QUARTER = 15 * MINUTE
# Longer than a lease.
HANG_SECONDS = 251.0

Act = Callable[[], object]


@dataclass
class Story:
    """A deployment before the run that matters, that run, and what everybody pays in the end."""

    house: Meterhouse
    ledger: HookedLedger
    act: Act
    totals: list[tuple[Agreement, Decimal]]

    def run_on(self, hours: int = 6) -> None:
        """Let the schedule go on as if nothing had happened."""
        for _ in range(hours * 4):
            self.house.clock.move_to(self.house.clock.now() + QUARTER)
            self.house.reconcile()

    def billed(self) -> list[Decimal]:
        """Return what everybody pays, in all hours together."""
        return [sum(self.house.billed(one).values(), Decimal(0)) for one, _ in self.totals]

    @property
    def expected(self) -> list[Decimal]:
        """What everybody has to pay."""
        return [units for _, units in self.totals]


def _stage() -> tuple[Meterhouse, HookedLedger]:
    ledger = HookedLedger()
    return Meterhouse(ledger), ledger


def freeze_a_new_hour() -> Story:
    """Some thirty records of two products, to be frozen and sent."""
    house, ledger = _stage()
    other = house.marketplace.create_product(title="Borealis", dimensions=("api_calls",))
    buyers = [*(house.buyer() for _ in range(28)), house.buyer(other.product_code)]
    events = [house.event(one, quantity=n + 1) for n, one in enumerate(buyers)]
    house.queue.waiting = 1
    house.drain(*events, sent_at=house.hour_at)
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    totals = [(one, Decimal(n + 1)) for n, one in enumerate(buyers)]
    return Story(house, ledger, house.reconcile, totals)


def carry_late_usage_and_a_rest() -> Story:
    """Late usage of a billed hour, beside a meter that is new there and exceeds ten digits."""
    house, ledger = _stage()
    punctual, large = house.buyer(), house.buyer()
    house.drain(house.event(punctual, "on time"))
    house.queue.waiting = 1
    house.drain(
        house.event(punctual, "on time"),
        house.event(punctual, "late", quantity=3, tags={"team": "ads"}),
        house.event(large, "a", quantity=9_999_999_999),
        house.event(large, "b", quantity=10),
        sent_at=house.hour_at,
    )
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    totals = [(punctual, Decimal(4)), (large, Decimal(10_000_000_009))]
    return Story(house, ledger, house.reconcile, totals)


def carry_what_missed_its_deadline() -> Story:
    """A frozen record that AWS never took, and usage of an hour that is too old."""
    house, ledger = _stage()
    buyer, idle = house.buyer(), house.buyer()
    house.marketplace.inject_fault("throttle", count=1_000_000)
    house.drain(house.event(buyer, quantity="2.5", tags={"team": "ads"}))
    house.marketplace.clear_faults()
    house.clock.move_to(NOON + 24 * HOUR + MINUTE)
    house.queue.waiting = 1
    house.drain(house.event(idle, quantity=7), sent_at=house.hour_at)
    house.queue.waiting = 0
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    return Story(house, ledger, house.reconcile, [(buyer, Decimal("2.5")), (idle, Decimal(7))])


def bill_what_waited_for_its_registration() -> Story:
    """Usage that was held beside usage that was billed."""
    house, ledger = _stage()
    late, buyer = house.subscribe(), house.buyer()
    house.drain(house.event(late, quantity=2), house.event(buyer, quantity=5))
    house.reconcile()
    house.register(late)
    house.clock.move_to(house.clock.now() + HOUR)
    return Story(house, ledger, house.reconcile, [(late, Decimal(2)), (buyer, Decimal(5))])


def flush_a_subscription() -> Story:
    """A buyer who leaves in the middle of an hour, with usage that was flushed before."""
    house, ledger = _stage()
    house.clock.move_to(NOON + 10 * MINUTE)
    leaving, staying = house.buyer(), house.buyer()
    key = house.key(leaving).subscription
    at = NOON.isoformat()
    house.drain(house.event(leaving, "a", time=at), house.event(staying, "a", time=at))
    house.reconcile(flushes=[Flush(key, house.clock.now())])
    house.drain(
        house.event(leaving, "b", quantity=10, time=at),
        house.event(staying, "b", quantity=10, time=at),
        house.event(leaving, "c", quantity=100, time=at, dimension="gigabytes"),
    )

    def flush() -> None:
        house.reconcile(flushes=[Flush(key, house.clock.now())])

    return Story(house, ledger, flush, [(leaving, Decimal(11)), (staying, Decimal(11))])


def take_back_what_was_set_aside() -> Story:
    """A segment that could not be read when its hour was closed, and can be by now."""
    house, ledger = _stage()
    billed, hidden = house.buyer(), house.buyer()
    house.queue.waiting = 1
    house.drain(house.event(billed, "a"), sent_at=house.hour_at)
    house.drain(
        house.event(billed, "b", quantity=10),
        house.event(hidden, "b", quantity=20),
        sent_at=house.hour_at,
    )
    house.queue.waiting = 0
    segments = ledger.stored_segments[LogKey(NOON, 0)]
    place, whole = [*segments.items()][-1]
    segments[place] = replace(whole, blob=whole.blob[:-1])
    house.clock.move_to(house.clock.now() + 5 * MINUTE)
    house.reconcile()
    assert house.billed(billed) == {"12": Decimal(1)}
    segments[place] = whole
    house.clock.move_to(house.clock.now() + HOUR)
    return Story(house, ledger, house.reconcile, [(billed, Decimal(11)), (hidden, Decimal(20))])


def drain_a_settled_hour() -> Story:
    """A drain that appends, closes, freezes and sends by itself."""
    house, ledger = _stage()
    buyer, stranger = house.buyer(), house.buyer()
    house.drain(house.event(buyer, "a"))
    house.clock.move_to(house.clock.now() + MINUTE)
    events = [house.event(buyer, "b", quantity=10), house.event(stranger, "b", quantity=20)]

    def drain() -> None:
        house.drain(*events)

    story = Story(house, ledger, drain, [(buyer, Decimal(11)), (stranger, Decimal(20))])
    # SQS delivers again what was not acknowledged.
    going_on = story.run_on

    def deliver_again_and_run_on(hours: int = 6) -> None:
        house.clock.pause(HANG_SECONDS)
        assert house.drain(*events) == []
        going_on(hours)

    story.run_on = deliver_again_and_run_on  # type: ignore[method-assign] # this story's own way
    return story


def redrive_late_usage_of_whom_nobody_knew() -> Story:
    """A record and late usage that stayed with it, until their subscription became known."""
    house, ledger = _stage()
    stranger = house.subscribe()
    house.drain(house.event(stranger, "a"))
    house.clock.move_to(NOON + 24 * HOUR)
    house.reconcile()
    house.drain(house.event(stranger, "late", quantity=10))
    house.register(stranger)
    key = house.key(stranger)

    def redrive() -> None:
        house.reconcile(key)

    story = Story(house, ledger, redrive, [(stranger, Decimal(11))])
    # A command that broke off is given again.
    going_on = story.run_on

    def redrive_again_and_run_on(hours: int = 6) -> None:
        house.clock.pause(HANG_SECONDS)
        house.reconcile(key)
        going_on(hours)

    story.run_on = redrive_again_and_run_on  # type: ignore[method-assign] # this story's own way
    return story


STORIES: dict[str, Callable[[], Story]] = {
    story.__name__: story
    for story in (
        freeze_a_new_hour,
        carry_late_usage_and_a_rest,
        carry_what_missed_its_deadline,
        bill_what_waited_for_its_registration,
        flush_a_subscription,
        take_back_what_was_set_aside,
        drain_a_settled_hour,
        redrive_late_usage_of_whom_nobody_knew,
    )
}
