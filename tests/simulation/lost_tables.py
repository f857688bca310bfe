"""What must be true after a history in which the usage table was lost and restored."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from meterhouse.domain.records.lifecycle import NOT_BILLED, RecordState
from meterhouse.domain.records.reasons import Reason
from tests.simulation.evidence import Evidence
from tests.simulation.model import Account


def a_lost_table_costs_nobody(evidence: Evidence) -> Iterator[str]:
    """Hold property 9: a restored table bills nothing twice, and what it lost is named.

    What the lost table billed AWS holds under our names; what it may have billed is METERED as a
    duplicate of an unknown send, EXPIRED, or withheld. No other unit may be missing in the bill.
    """
    if evidence.world.lost_until is None:
        return
    billed = defaultdict[Account, Decimal](Decimal)
    for name, line in evidence.lines.items():
        if name not in evidence.world.foreign:
            billed[evidence.holders[name[0]], name[1]] += line.quantity
    for account, expected in evidence.expected.items():
        lowest, highest = expected.bounds
        if billed[account] > highest:
            yield f"a_lost_table_costs_nobody: {account}: sent {highest}, billed {billed[account]}"
        named = evidence.withheld.get(account, Decimal(0))
        for name, record in evidence.of_account(account):
            is_unsure = record.state is RecordState.METERED and not evidence.is_billed(name)
            is_lost = record.status.reason == Reason.LOST_DUPLICATE
            if record.state in NOT_BILLED or is_unsure or is_lost:
                named += record.units
            named += record.included
        if billed[account] + named < lowest:
            yield (
                f"a_lost_table_costs_nobody: {account}: sent {lowest}, billed {billed[account]}, "
                f"named {named}"
            )
