"""What must be true of units that contracts include, when a history is over."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from meterhouse.domain.allowances.allowance import AllowanceKey
from meterhouse.domain.allowances.rules import Rule
from meterhouse.domain.journal.carrying import Carry
from meterhouse.domain.keys import LogKey, MeterKey, RecordKey
from meterhouse.domain.records.record import BatchKey
from tests.fakes.ledger import InMemoryLedger
from tests.simulation.evidence import Evidence
from tests.simulation.model import total


def nothing_is_included_twice(evidence: Evidence) -> Iterator[str]:
    """Hold property 15: allowances are exact: records have what was taken, and it was granted.

    As long as something is left of a number, nothing is billed.
    """
    world = evidence.world
    if not world.plan.policy.included:
        return
    taken = defaultdict[AllowanceKey, Decimal](Decimal)
    billed: dict[AllowanceKey, str] = {}
    for name, record in evidence.records.items():
        key = _allowance_of(evidence, record.key)
        if key is None or record.sealed.included is None:
            if record.included:
                yield f"nothing_is_included_twice: {name} includes units without a rule"
            continue
        taken[key] += record.included
        if record.units:
            billed[key] = str(name)
    stored = world.deployment.ledger.inner.stored_allowances
    for key in sorted(taken.keys() | stored.keys()):
        of_item = stored[key].taken if key in stored else Decimal(0)
        number = _rule_of(evidence, key.meter).units
        granted = world.deployment.contracts.granted[key.meter.subscription]
        if taken[key] != of_item:
            yield f"nothing_is_included_twice: {key}: records took {taken[key]}, stored {of_item}"
        if taken[key] > (granted if number is None else number):
            yield f"nothing_is_included_twice: {key}: {taken[key]} is more than was granted"
        if number is not None and taken[key] < number and key in billed:
            yield f"nothing_is_included_twice: {billed[key]} is billed, and something is left"


def what_was_carried_is_billed(evidence: Evidence) -> Iterator[str]:
    """Hold property 15: what was frozen in a record is billed where it is carried to.

    A batch holds what counts in its generations, unless it could not be read then.
    """
    ledger = evidence.world.deployment.ledger.inner
    arrived = defaultdict[tuple[LogKey, MeterKey], list[tuple[int, Decimal]]](list)
    for carry in ledger.stored_carries.values():
        kind, name = carry.name.split("#")[:2]
        if kind in {"record", "rest"} and carry.has_arrived:
            frozen = ledger.stored_batches[BatchKey(carry.log, name)].records
            met = {one.key.meter for one in frozen if one.sealed.included is not None}
            for meter, quantity, _ in carry.parts:
                if meter in met:
                    arrived[carry.target, meter].append((_counted_in(ledger, carry), quantity))
    for batch in ledger.stored_batches.values():
        for record in batch.records if not batch.left_out else ():
            found = arrived[batch.key.log, record.key.meter]
            units = total(units for generation, units in found if generation <= batch.through)
            if record.units + record.sealed.rest_units < units:
                yield f"what_was_carried_is_billed: {record.key} includes what was carried there"


def _counted_in(ledger: InMemoryLedger, carry: Carry) -> int:
    """Return in which generation what arrived counts: a later one, if it was recovered."""
    manifests = ledger.manifests(carry.target).items()
    return min(generation for generation, names in manifests if carry.segment_name in names)


def _allowance_of(evidence: Evidence, key: RecordKey) -> AllowanceKey | None:
    """Return from which allowance a record takes."""
    book = evidence.world.deployment.book.subscriptions
    if key.subscription not in book:
        return None
    rule = evidence.world.plan.policy.included.rule_for(book[key.subscription], key.dimension)
    if rule is None:
        return None
    period = rule.period_of(key.hour_at, book[key.subscription].starts_at)
    contract = book[key.subscription].contract
    return AllowanceKey(MeterKey(contract, key.dimension), period)


def _rule_of(evidence: Evidence, meter: MeterKey) -> Rule:
    subscription = evidence.world.deployment.book.subscriptions[meter.subscription]
    rule = evidence.world.plan.policy.included.rule_for(subscription, meter.dimension)
    assert rule is not None
    return rule
