"""Histories in which contracts include units: of calls a number, of gigabytes what AWS says.

They are those in which spikes wait. What is drawn for them is of a stream of its own.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from meterhouse.domain.allowances.rules import Period, Rule, Rules
from meterhouse.domain.subscriptions.entitlements import Entitlement
from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.subscription import Subscription
from meterhouse.errors import MarketplaceOutageError
from tests.simulation.plan import Plan
from tests.simulation.port_calls import READ_FAULTS, Gate, port_call
from tests.simulation.weather import Fault

_UNITS = (0, 5_000, 2_000_000, 20_000_000, 10_000_000_000)
_VALID = timedelta(hours=2)
_PAGES = 5
_GROWTH = Decimal("500000.5")


def with_contracts(seed: int, plan: Plan) -> Plan:
    """Let contracts include units in a history."""
    units = Decimal(_draws_of(seed).choice(_UNITS))
    calls = Rule(None, "api_calls", units, Period.AGREEMENT)
    gigabytes = Rule(None, "gigabytes", None, Period.MONTH)
    return replace(plan, policy=replace(plan.policy, included=Rules([calls, gigabytes])))


@dataclass(slots=True)
class Contracts:
    """Implements `ports.entitlements.EntitlementService`: each answer grants more than the last.

    What it grants expires, so that AWS is asked again.
    """

    gate: Gate
    granted: defaultdict[SubscriptionKey, Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )

    def failure(self) -> Exception:
        return MarketplaceOutageError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    def entitlements_of(self, subscription: Subscription) -> tuple[Entitlement, ...]:
        # An answer comes in pages, most of them empty.
        for _ in range(_PAGES):
            self._entitlements_page()
        self.granted[subscription.contract] += _GROWTH
        expires_at = self.gate.scheduler.now() + _VALID
        return (Entitlement("gigabytes", self.granted[subscription.contract], expires_at),)

    @port_call(*READ_FAULTS)
    def _entitlements_page(self) -> None:
        """Ask once."""


def _draws_of(seed: int) -> Random:
    return Random(f"contracts {seed}")  # noqa: S311 - a simulation, repeatable from its seed
