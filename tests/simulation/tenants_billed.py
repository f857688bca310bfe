"""What must be true of usage that names tenants, whoever pays for it."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from tests.simulation.evidence import Evidence
from tests.simulation.tenancies import DIMENSION, events_in

if TYPE_CHECKING:
    from decimal import Decimal


def tenants_usage_counts_once(evidence: Evidence) -> Iterator[str]:
    """Hold property 14: each event of a tenant reaches one license, once, or is in sight.

    Each has another power of two for its quantity, so that what AWS took says which events it took.
    """
    tenancies = evidence.world.tenancies
    if tenancies is None or evidence.world.plan.disaster is not None:
        return
    places: dict[str, Decimal] = {}
    for name, record in evidence.records.items():
        if name[1] != DIMENSION:
            continue
        if evidence.is_billed(name):
            places[f"billed: {name}"] = evidence.lines[name].quantity
        elif record.state in NOT_BILLED or record.state is RecordState.METERED:
            places[f"{record.state}: {name}"] = record.units
    for account, units in evidence.withheld.items():
        if account[1] == DIMENSION:
            places[f"kept: {account}"] = units
    counted = Counter(event for units in places.values() for event in events_in(units))
    for event in sorted(tenancies.sent.keys() | counted.keys()):
        if counted[event] != (1 if event in tenancies.sent else 0):
            where = [place for place, units in places.items() if event in events_in(units)]
            yield f"tenants_usage_counts_once: event {event} is in {where}"
