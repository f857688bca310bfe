"""The tenants of the seller's buyers, as those who bill read them: behind the gate."""

from collections.abc import Callable, Collection

from meterhouse.domain.subscriptions.identity import SubscriptionKey
from meterhouse.domain.subscriptions.tenants import TenantLink
from meterhouse.errors import StorageUnavailableError
from tests.fakes.tenant_links import InMemoryTenantBook
from tests.simulation.port_calls import READ_FAULTS, Gate, port_call
from tests.simulation.weather import Fault


class SimulatedTenantBook(InMemoryTenantBook):
    """Implements `ports.tenants.TenantBook`."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    def failure(self) -> Exception:
        return StorageUnavailableError("simulated")

    def twist[Answer](self, fault: Fault, effect: Callable[[], Answer]) -> Answer:
        raise AssertionError(fault, effect)

    @port_call(*READ_FAULTS)
    def links(
        self, tenants: Collection[SubscriptionKey]
    ) -> dict[SubscriptionKey, tuple[TenantLink, ...]]:
        return super().links(tenants)
