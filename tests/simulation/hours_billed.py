"""What must be true of the hours of a history without faults: each is exact, and sent once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulation.agreements_billed import has_exact_hours
from tests.simulation.evidence import Evidence

if TYPE_CHECKING:
    from tests.simulation.model import Account

Breaches = Iterator[str]


def steady_buyers(evidence: Evidence) -> set[str]:
    """Return who can be billed for all of its usage in its hour: always, or until its end came."""
    world = evidence.world
    return {
        buyer.name
        for buyer in world.actors.buyers
        if buyer.is_steady or (buyer.is_flushed and has_exact_hours(world, buyer.agreement))
    }


def no_unit_leaves_its_hour(evidence: Evidence) -> Breaches:
    """Hold property 6: without faults, and after an outage of the drain, hours are exact."""
    if not evidence.world.plan.is_punctual:
        return
    hours = evidence.world.model.by_hour()
    billed: dict[tuple[Account, str], Decimal] = {}
    for name, record in evidence.records.items():
        told = evidence.lines[name].quantity if name in evidence.lines else Decimal(0)
        billed[evidence.accounts[name], name[2]] = told + record.included
    steady = steady_buyers(evidence)
    for place in sorted(hours.keys() | billed.keys()):
        if place[0][0] not in steady:
            continue
        if hours.get(place, Decimal(0)) != billed.get(place, Decimal(0)):
            yield (
                f"no_unit_leaves_its_hour: {place}: sent {hours.get(place)}, "
                f"billed {billed.get(place)}"
            )


def nothing_is_sent_twice_in_vain(evidence: Evidence) -> Breaches:
    """Hold that who has claimed a record is alone with it: without faults one send is enough."""
    if not evidence.world.plan.is_punctual:
        return
    steady = steady_buyers(evidence)
    for name, record in evidence.records.items():
        if evidence.accounts[name][0] in steady and record.status.sends > 1:
            yield f"nothing_is_sent_twice_in_vain: {name} was claimed {record.status.sends} times"
