"""A product that names usage by its tenants: they are linked, unlinked, renewed and taken over.

Everything is drawn from a stream of its own, and only some histories have tenants.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from marketplace_sandbox.testing import Agreement

from meterhouse.domain.hours import floor_to_hour
from tests.simulation.buyers import Buyer, new_buyer
from tests.simulation.model import Sending
from tests.simulation.sales import Sales
from tests.simulation.tenants import SimulatedTenantBook
from tests.simulation.weather import HOUR_MS, MINUTE_MS

DIMENSION = "seats"
_PROBABILITY = 0.5
_NAMES = ("acme", "umbrella", "initech")
# Each event's quantity is another power of two, so that a sum says which events are in it.
EVENTS_MAX = 50
_UNIT_DIGITS = 6
# Minutes between usage and its report.
_AGES = ((0, 1), (0, 20), (60, 80), (120, 300), (1_380, 1_500))
_AGE_WEIGHTS = (40, 25, 12, 10, 5)
_LINKED_AT_FIRST = 0.6
_LEARNED_MS_MAX = 4 * HOUR_MS


def events_in(units: Decimal) -> Iterator[int]:
    """Yield the numbers of the events whose quantities add up to some units."""
    total = int(units.scaleb(_UNIT_DIGITS))
    yield from (number for number in range(total.bit_length()) if total >> number & 1)


def _buyer_of(name: str, agreement: Agreement) -> Buyer:
    return new_buyer(name, agreement, by_account=False, is_steady=False)


@dataclass(slots=True)
class Tenancies:
    """See `work`; `sent` are the bodies of all events by their numbers."""

    sales: Sales
    random: Random
    sent: dict[int, dict[str, str]] = field(default_factory=dict)
    buyers: list[Buyer] = field(default_factory=list)
    linked: dict[str, Buyer] = field(default_factory=dict)

    def begin(self) -> None:
        """Sell a product to as many buyers as there are tenants, and link some of those."""
        product = self.sales.marketplace.create_product(title="Delta", dimensions=(DIMENSION,))
        for name in _NAMES:
            agreement = self.sales.marketplace.create_agreement(product.product_code)
            buyer = self._welcome(_buyer_of(f"{name}'s buyer", agreement))
            if self.random.random() < _LINKED_AT_FIRST:
                self._link(name, buyer)
            if self.random.random() < 0.6:
                self._spawn(
                    f"end of {buyer.name}",
                    partial(self._end, buyer),
                    self.random.randint(HOUR_MS // 2, self.sales.plan.chaos_ms),
                )

    def work(self) -> None:
        """Use the product, and change who pays for it, until the weather ends."""
        scheduler = self.sales.deployment.scheduler
        pause_ms = self.sales.plan.chaos_ms // EVENTS_MAX
        while self.sales.deployment.weather.is_on:
            chance = self.random.random()
            if chance < 0.07:
                self._change_links()
            elif chance < 0.4 and self.sent:
                self._repeat()
            elif len(self.sent) < EVENTS_MAX:
                self._use()
            scheduler.sleep(self.random.randint(0, 2 * pause_ms))

    @property
    def _book(self) -> SimulatedTenantBook:
        return self.sales.deployment.tenants

    def _use(self) -> None:
        (ages,) = self.random.choices(_AGES, _AGE_WEIGHTS)
        age = timedelta(seconds=self.random.randint(ages[0] * 60, ages[1] * 60))
        number = len(self.sent)
        self.sent[number] = event = {
            "id": f"seat-{number}",
            "subscription": f"tenant:{self.random.choice(_NAMES)}",
            "dimension": DIMENSION,
            "quantity": f"{Decimal(2**number).scaleb(-_UNIT_DIGITS):f}",
            "time": (self.sales.deployment.scheduler.now() - age).isoformat(),
        }
        self._send(event)

    def _repeat(self) -> None:
        """Send an event again, maybe with another time of its hour, which no producer should."""
        event = self.random.choice([*self.sent.values()][-12:])
        if self.random.random() < 0.3:
            hour_at = floor_to_hour(datetime.fromisoformat(event["time"]))
            again_at = hour_at + timedelta(seconds=self.random.randint(0, 3_599))
            if again_at <= self.sales.deployment.scheduler.now():
                event = {**event, "time": again_at.isoformat()}
        self._send(event)

    def _send(self, event: dict[str, str]) -> None:
        message_id = self.sales.deployment.queue.send(json.dumps(event))
        self.sales.farewell.model.note(message_id, Sending((), (), is_single=True))

    def _change_links(self) -> None:
        """Unlink a tenant, or link one to any buyer, whose tenant it may not have been."""
        name = self.random.choice(_NAMES)
        buyer = self.linked.pop(name, None)
        if buyer is None:
            self._link(name, self.random.choice(self.buyers))
        else:
            self._book.unlink(name, buyer.key, self.sales.deployment.scheduler.now())
            self.sales.reached["tenant unlinked"] += 1

    def _link(self, name: str, buyer: Buyer, linked_at: datetime | None = None) -> None:
        self.linked[name] = buyer
        now = self.sales.deployment.scheduler.now()
        self._book.link(name, buyer.key, linked_at or now)
        self.sales.reached["tenant linked"] += 1

    def _end(self, buyer: Buyer) -> None:
        """End an agreement; as a rule AWS renews it, and its successor pays once that is known."""
        sales, agreements = self.sales, self.sales.marketplace.desks.agreements
        if not sales.deployment.weather.is_on:
            return
        if self.random.random() < 0.25:
            buyer.agreement = sales.marketplace.end_agreement(buyer.agreement.agreement_id)
            sales.courier.follow()
        else:
            after = agreements.renew(buyer.agreement.agreement_id)
            buyer.agreement = agreements.agreement(buyer.agreement.agreement_id)
            sales.courier.follow()
            renewed = self._welcome(_buyer_of(f"{buyer.name} renewed", after))
            self._spawn(
                f"{renewed.name} is known",
                partial(self._go_on, buyer, renewed),
                self.random.choice((0, self.random.randint(0, _LEARNED_MS_MAX))),
            )
        if self.random.random() < 0.5:
            after_ms = self.random.randint(0, 20 * MINUTE_MS)
            self._spawn("flush", lambda: sales.actors.flush(buyer), after_ms)

    def _go_on(self, before: Buyer, after: Buyer) -> None:
        for name in [name for name, buyer in self.linked.items() if buyer is before]:
            self._link(name, after, after.agreement.starts_at)
            self.sales.reached["tenant renewed"] += 1

    def _welcome(self, buyer: Buyer) -> Buyer:
        self.sales.courier.follow()
        self.sales.actors.buyers.append(buyer)
        self.buyers.append(buyer)
        after_ms = self.random.choice((0, 0, self.random.randint(0, 6 * HOUR_MS)))
        self._spawn(f"{buyer.name} registers", lambda: self.sales.actors.register(buyer), after_ms)
        return buyer

    def _spawn(self, name: str, work: Callable[[], object], after_ms: int) -> None:
        self.sales.deployment.scheduler.spawn(name, work, after_ms=after_ms)


def draw_tenancies(seed: int, sales: Sales) -> Tenancies | None:
    """Return who is part of a history whose usage names tenants, if anybody."""
    random = Random(f"tenants {seed}")  # noqa: S311 - a simulation, repeatable from its seed
    return Tenancies(sales, random) if random.random() < _PROBABILITY else None
