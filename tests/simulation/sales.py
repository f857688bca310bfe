"""Sales: agreements that start, end and renew, and what the seller and its products hear of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from marketplace_sandbox.testing import Agreement, InProcessMarketplace, MeteringMode

from meterhouse.domain.operator_commands import Commands
from meterhouse.domain.subscriptions.final_hour import FINAL_WINDOW
from tests.simulation.actors import Actors
from tests.simulation.buyers import Buyer, Fate, new_buyer
from tests.simulation.functions import Deployment
from tests.simulation.plan import Climate, Plan
from tests.simulation.producers import Producer, Source
from tests.simulation.weather import HOUR_MS, MINUTE_MS

_DIMENSIONS = ("api_calls", "gigabytes")
_PRODUCT_WEIGHTS = (1, 1, 2)
# Of a buyer who is not the first; punctual histories have more of the steady ones.
_FATE_WEIGHTS = {
    Fate.NEVER_REGISTERS: 4,
    Fate.REGISTERS_LATE: 4,
    Fate.LEAVES: 7,
    Fate.STARTS_LATER: 2,
    Fate.STEADY: 7,
}
_STEADIER_WEIGHTS = {**_FATE_WEIGHTS, Fate.STEADY: 12}
_RENEWAL_PROBABILITY = 0.6
_FLUSH_PROBABILITY = 0.8


@dataclass(slots=True)
class Sales:
    """Who buys what, and when; `sources` is what producers report for, changing as buyers do.

    `farewell` is the producer that has the last word when a product stops.
    """

    plan: Plan
    deployment: Deployment
    marketplace: InProcessMarketplace
    actors: Actors
    reached: Counter[str]
    farewell: Producer
    sources: list[Source] = field(default_factory=list)

    def begin(self) -> None:
        """Put products on sale, and let buyers come, in time or not."""
        random, marketplace = self.deployment.weather.random, self.marketplace
        products = [
            marketplace.create_product(title="Atlas", dimensions=_DIMENSIONS),
            marketplace.create_product(title="Borea", dimensions=_DIMENSIONS),
            marketplace.create_product(
                title="Classic", mode=MeteringMode.LEGACY, dimensions=_DIMENSIONS
            ),
        ]
        buyers = random.randint(2, 4)
        # There is always one whose usage must come through.
        self._sell("buyer 0", products[0].product_code, Fate.STEADY)
        for number in range(1, buyers):
            product = products[1]
            if number > 1:
                (product,) = random.choices(products, _PRODUCT_WEIGHTS)
            buyer = self._sell(f"buyer {number}", product.product_code, self._draw_fate())
            if not self.plan.is_punctual:
                self.sources.append(Source((buyer.name, "no_such_dimension"), buyer.subscription))

    def _draw_fate(self) -> Fate:
        weights = _STEADIER_WEIGHTS if self.plan.is_punctual else _FATE_WEIGHTS
        (fate,) = self.deployment.weather.random.choices([*weights], [*weights.values()])
        return fate

    def _sell(self, name: str, product_code: str, fate: Fate) -> Buyer:
        random = self.deployment.weather.random
        starts_at = None
        if fate is Fate.STARTS_LATER:
            starts_after_ms = random.randint(0, min(self.plan.chaos_ms, 8 * HOUR_MS))
            starts_at = self.deployment.scheduler.moment(starts_after_ms)
            self.reached["agreement started later"] += 1
        agreement = self.marketplace.create_agreement(product_code, starts_at=starts_at)
        buyer = self._welcome(name, agreement, is_steady=fate is Fate.STEADY)
        self._report_from_now_on(buyer)
        if fate is not Fate.NEVER_REGISTERS:
            is_late = fate is Fate.REGISTERS_LATE
            self._register(buyer, after_ms=random.randint(0, 28 * HOUR_MS) if is_late else 0)
        if fate is Fate.LEAVES:
            self._let_leave(buyer)
        return buyer

    def _welcome(self, name: str, agreement: Agreement, *, is_steady: bool) -> Buyer:
        by_account = self.deployment.weather.random.random() < 0.5
        buyer = new_buyer(name, agreement, by_account=by_account, is_steady=is_steady)
        self.actors.buyers.append(buyer)
        if by_account and agreement.license_arn is None:
            self.reached["legacy buyer named by account"] += 1
        return buyer

    def _register(self, buyer: Buyer, *, after_ms: int) -> None:
        self._spawn(f"{buyer.name} registers", lambda: self.actors.register(buyer), after_ms)

    def _report_from_now_on(self, buyer: Buyer, since_at: datetime | None = None) -> None:
        """Let producers report for a buyer."""
        # What is reported hourly takes the hours' keys, and so would heartbeats.
        has_arrears = self.plan.is_punctual and not self.plan.policy.heartbeat
        self.sources += [
            Source(
                (buyer.name, one), buyer.subscription, has_arrears and one == "gigabytes", since_at
            )
            for one in _DIMENSIONS
        ]

    def _let_leave(self, buyer: Buyer) -> None:
        """Let an agreement end; the seller hears of it early or late, and the buyer may renew."""
        random = self.deployment.weather.random
        is_licensed = buyer.agreement.license_arn is not None
        ends_ms = random.randint(HOUR_MS, self.plan.chaos_ms)
        self._spawn(f"end of {buyer.name}", lambda: self._end(buyer), ends_ms)
        agreement_id = buyer.agreement.agreement_id
        heard_ms = ends_ms + random.randint(-HOUR_MS if random.random() < 0.3 else 0, 3 * HOUR_MS)
        ended_at = self.deployment.scheduler.moment(ends_ms)
        self._spawn(
            "news of an end", lambda: self._hear_of_end(buyer, agreement_id, ended_at), heard_ms
        )
        if self.plan.climate is Climate.CALM and random.random() < _FLUSH_PROBABILITY:
            buyer.is_flushed = True
        elif random.random() < _RENEWAL_PROBABILITY:
            # One legacy agreement ends before the next begins; licenses may overlap.
            pauses_ms = [0, random.randint(0, 4 * HOUR_MS)]
            pauses_ms += [-random.randint(0, 2 * HOUR_MS)] if is_licensed else []
            renews_ms = max(0, ends_ms + random.choice(pauses_ms))
            renew = self._renew if is_licensed else self._return
            self._spawn(f"renewal of {buyer.name}", lambda: renew(buyer, ends_ms), renews_ms)

    def _end(self, buyer: Buyer) -> None:
        """End an agreement; the seller may flush what there is."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        buyer.agreement = self.marketplace.end_agreement(buyer.agreement.agreement_id)
        self.reached["agreement ended"] += 1
        if buyer.is_flushed:
            last = [one for one in self.sources if one.account[0] == buyer.name]
            self.sources[:] = [one for one in self.sources if one not in last]
            self.farewell.take_leave(last, scheduler.now())
            scheduler.sleep(random.randint(1, 50))
            if self.reached["agreement ended"] % 2:
                self.actors.flush(buyer)
            else:
                # AWS's event of the end comes at once, and nobody does anything.
                self.reached["final hour by itself"] += 1
                self._hear_of_end(buyer, buyer.agreement.agreement_id, scheduler.now())
                self.actors.start_reconcile("ending", Commands(ending=buyer.keys))
        elif random.random() < 0.5:
            self._spawn(
                "flush", lambda: self.actors.flush(buyer), random.randint(0, 30 * MINUTE_MS)
            )

    def _hear_of_end(self, buyer: Buyer, agreement_id: str, ended_at: datetime) -> None:
        """Let the seller's book know of an end; the time is AWS's, whenever the news comes.

        A book goes by the agreement that an event names: the end of an agreement that a returned
        buyer had before says nothing about the present one.
        """
        if buyer.agreement.agreement_id == agreement_id:
            self._book(buyer, ended_at=ended_at)

    def _book(self, buyer: Buyer, *, ended_at: datetime | None) -> None:
        subscriptions = self.deployment.book.subscriptions
        # Whoever hears too early knows of no window in which to bill the rest.
        has_ended = ended_at is not None and buyer.agreement.ends_at is not None
        closes_at = ended_at + FINAL_WINDOW if ended_at is not None and has_ended else None
        for key in buyer.keys:
            if key in subscriptions:
                before = subscriptions[key]
                subscriptions[key] = replace(before, ended_at=ended_at, closes_at=closes_at)

    def _renew(self, before: Buyer, ends_ms: int) -> None:
        """Let a buyer accept a new agreement: another license, so another account of usage."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        if not self.deployment.weather.is_on:
            return
        starts_ms = scheduler.now_ms
        if random.random() < 0.5:
            # Accepted while the old one runs, it may begin when that one ends.
            starts_ms = max(starts_ms, ends_ms)
        agreement = self._sign_again(before, scheduler.moment(starts_ms))
        is_smooth = self.plan.is_punctual
        after = self._welcome(f"{before.name} renewed", agreement, is_steady=is_smooth)
        waits_ms = starts_ms - scheduler.now_ms
        if is_smooth:
            self._register(after, after_ms=0)
            waits_ms += random.randint(2 * MINUTE_MS, 30 * MINUTE_MS)
        else:
            if random.random() < 0.9:
                registers_after_ms = random.choice((0, random.randint(0, 6 * HOUR_MS)))
                self._register(after, after_ms=registers_after_ms)
            waits_ms = max(0, waits_ms + random.randint(-HOUR_MS, 3 * HOUR_MS))
        self._spawn(
            f"products go over to {after.name}", lambda: self._go_over(before, after), waits_ms
        )

    def _go_over(self, before: Buyer, after: Buyer) -> None:
        """Let producers name the new license; some stragglers still name the old one."""
        self.sources[:] = [
            replace(one, is_former=True) if one.account[0] == before.name else one
            for one in self.sources
        ]
        self._report_from_now_on(after, after.agreement.starts_at)

    def _return(self, buyer: Buyer, _: int) -> None:
        """Let a legacy buyer come back: the customer, and so the subscription, is the same."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        if not self.deployment.weather.is_on:
            return
        buyer.agreement = self._sign_again(buyer, scheduler.now())
        self.reached["legacy buyer returned"] += 1
        if random.random() < 0.5:
            self._register(buyer, after_ms=random.randint(0, 3 * HOUR_MS))
        # Registration never touches the life cycle, so it is AWS's event about the new agreement
        # by which the book knows that the subscription has not ended after all.
        self._spawn(
            "news of a return",
            lambda: self._book(buyer, ended_at=None),
            random.randint(0, 3 * HOUR_MS),
        )

    def _sign_again(self, buyer: Buyer, starts_at: datetime) -> Agreement:
        self.reached["agreement renewed"] += 1
        return self.marketplace.create_agreement(
            buyer.agreement.product_code,
            customer_aws_account_id=buyer.agreement.customer_aws_account_id,
            starts_at=starts_at,
        )

    def _spawn(self, name: str, work: Callable[[], None], after_ms: int) -> None:
        self.deployment.scheduler.spawn(name, work, after_ms=max(0, after_ms))
