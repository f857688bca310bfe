"""Sales: agreements that start, end and renew, and what the seller and its products hear of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from marketplace_sandbox.testing import Agreement, InProcessMarketplace, MeteringMode

from meterhouse.domain.subscriptions.placing import Products
from tests.simulation.actors import Actors
from tests.simulation.aws_events import Courier
from tests.simulation.buyers import Buyer, Fate, nameless_buyer, new_buyer
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
# Where nothing fails, whoever leaves must be billed for all.
_CALM_WEIGHTS = {**_FATE_WEIGHTS, Fate.STEADY: 8, Fate.LEAVES: 20}
_RENEWAL_PROBABILITY = 0.6
_FLUSH_PROBABILITY = 0.8
_STOPPED_PROBABILITY = 0.4
_LAST_HOUR_MS = 75 * MINUTE_MS
_RENEWED_BY_AWS_PROBABILITY = 0.4
_NAMELESS_PROBABILITY = 0.3
# Usage that is sent so soon after an end belongs to it: `FinalUsageMinutes` is 10.
_LAST_USAGE_MS_MAX = 9 * MINUTE_MS


@dataclass(slots=True)
class Sales:
    """Who buys what, and when; `sources` is what producers report for, changing as buyers do.

    `farewell` is the producer that has the last word when a product stops, `others` draws what no
    other draw of the history depends on.
    """

    plan: Plan
    deployment: Deployment
    marketplace: InProcessMarketplace
    actors: Actors
    reached: Counter[str]
    farewell: Producer
    courier: Courier
    others: Random
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
        self.deployment.products = Products(legacy=frozenset({products[2].product_code}))
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
        if not self.plan.is_punctual and self.others.random() < _NAMELESS_PROBABILITY:
            self._sell_to_nameless()

    def _sell_to_nameless(self) -> None:
        """Let a buyer come whom AWS resolves without a license at first.

        The listing takes both identities, so that one who is billed twice stands in the bill twice.
        """
        dual = self.marketplace.create_product(
            title="Dual", mode=MeteringMode.MIGRATING, dimensions=_DIMENSIONS
        )
        agreement = self.marketplace.create_agreement(dual.product_code)
        self.courier.follow()
        buyer = nameless_buyer("nameless", agreement)
        self.actors.buyers.append(buyer)
        self._report_from_now_on(buyer)
        visit_ms = self.others.randint(0, 2 * HOUR_MS)
        self.deployment.client.resolve_without_license(
            agreement.agreement_id, with_agreement=self.others.random() < 0.5
        )
        self._register(buyer, after_ms=visit_ms)
        self.reached["buyer resolved without a license"] += 1
        if self.others.random() < 0.6:
            again_ms = visit_ms + self.others.randint(MINUTE_MS, 4 * HOUR_MS)
            self._spawn("license known", self.deployment.client.resolve_all, again_ms)
            self._register(buyer, after_ms=again_ms + 1)

    def _draw_fate(self) -> Fate:
        is_calm = self.plan.climate is Climate.CALM
        punctual = _CALM_WEIGHTS if is_calm else _STEADIER_WEIGHTS
        weights = punctual if self.plan.is_punctual else _FATE_WEIGHTS
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
        self.courier.follow()
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
        """Let an agreement end; AWS tells the seller, and the buyer may renew."""
        random = self.deployment.weather.random
        is_licensed = buyer.agreement.license_arn is not None
        ends_ms = random.randint(HOUR_MS, self.plan.chaos_ms)
        end = self._end
        if is_licensed and random.random() < _RENEWED_BY_AWS_PROBABILITY:
            end = self._succeed
        self._spawn(f"end of {buyer.name}", lambda: end(buyer), ends_ms)
        if self.plan.climate is Climate.CALM and random.random() < _FLUSH_PROBABILITY:
            # Once the weather has ended time leaps, and whoever ends then has no last hour.
            buyer.is_flushed = ends_ms + _LAST_HOUR_MS <= self.plan.chaos_ms
        elif end == self._end and random.random() < _RENEWAL_PROBABILITY:
            # One legacy agreement ends before the next begins; licenses may overlap.
            pauses_ms = [0, random.randint(0, 4 * HOUR_MS)]
            pauses_ms += [-random.randint(0, 2 * HOUR_MS)] if is_licensed else []
            renews_ms = max(0, ends_ms + random.choice(pauses_ms))
            renew = self._renew if is_licensed else self._return
            self._spawn(f"renewal of {buyer.name}", lambda: renew(buyer, ends_ms), renews_ms)

    def _end(self, buyer: Buyer) -> None:
        """End an agreement; the seller may flush what there is."""
        random = self.deployment.weather.random
        buyer.agreement = self.marketplace.end_agreement(buyer.agreement.agreement_id)
        self.reached["agreement ended"] += 1
        self.courier.follow()
        if buyer.is_flushed:
            self._take_leave(buyer)
        elif random.random() < 0.5:
            self._spawn(
                "flush", lambda: self.actors.flush(buyer), random.randint(0, 30 * MINUTE_MS)
            )
        elif self.others.random() < _STOPPED_PROBABILITY:
            after_ms = self.others.randint(0, 70 * MINUTE_MS)
            self._spawn("stopped", lambda: self.actors.say_stopped(buyer), after_ms)

    def _take_leave(self, buyer: Buyer) -> None:
        """Stop a buyer's product; the last usage is flushed at once, or nobody does anything."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        last = [one for one in self.sources if one.account[0] == buyer.name]
        self.sources[:] = [one for one in self.sources if one not in last]
        ended_at = scheduler.now()
        if self.others.random() < 0.4:
            self.farewell.take_leave(last, ended_at)
            scheduler.sleep(random.randint(1, 50))
            self.actors.flush(buyer)
        else:
            self.reached["final hour by itself"] += 1
            scheduler.sleep(random.randint(1, _LAST_USAGE_MS_MAX))
            self.farewell.take_leave(last, ended_at)
            if self.others.random() < _STOPPED_PROBABILITY:
                scheduler.sleep(self.others.randint(1, MINUTE_MS))
                self.actors.say_stopped(buyer)

    def _succeed(self, buyer: Buyer) -> None:
        """Let AWS renew an agreement: the old one ends as its successor starts."""
        if not self.deployment.weather.is_on:
            return
        agreements, before_id = self.marketplace.desks.agreements, buyer.agreement.agreement_id
        after = agreements.renew(before_id)
        buyer.agreement = agreements.agreement(before_id)
        self.reached["agreement ended"] += 1
        self.reached["agreement renewed by AWS"] += 1
        self.courier.follow()
        self._follow(buyer, after)
        if buyer.is_flushed:
            self._take_leave(buyer)

    def _renew(self, before: Buyer, ends_ms: int) -> None:
        """Let a buyer accept a new agreement: another license, so another account of usage."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        if not self.deployment.weather.is_on:
            return
        starts_ms = scheduler.now_ms
        if random.random() < 0.5:
            # Accepted while the old one runs, it may begin when that one ends.
            starts_ms = max(starts_ms, ends_ms)
        self._follow(before, self._sign_again(before, scheduler.moment(starts_ms)))

    def _follow(self, before: Buyer, agreement: Agreement) -> None:
        """Let a buyer's product go over to another license."""
        scheduler, random = self.deployment.scheduler, self.deployment.weather.random
        starts_after = agreement.starts_at - scheduler.now()
        is_smooth = self.plan.is_punctual
        after = self._welcome(f"{before.name} renewed", agreement, is_steady=is_smooth)
        waits_ms = max(0, int(starts_after.total_seconds() * 1_000))
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

    def _sign_again(self, buyer: Buyer, starts_at: datetime) -> Agreement:
        self.reached["agreement renewed"] += 1
        agreement = self.marketplace.create_agreement(
            buyer.agreement.product_code,
            customer_aws_account_id=buyer.agreement.customer_aws_account_id,
            starts_at=starts_at,
        )
        self.courier.follow()
        return agreement

    def _spawn(self, name: str, work: Callable[[], None], after_ms: int) -> None:
        self.deployment.scheduler.spawn(name, work, after_ms=max(0, after_ms))
