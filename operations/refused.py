"""`refused`: records, and late usage, that ended without a bill."""

from datetime import datetime

from operations.answers import RefusedAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering
from operations.reads import read_refused


@answering
def refused(ledger: CarefulUsageTable, *, now: datetime) -> RefusedAnswer:
    """Show the records that AWS rejected, disputes or let expire; the oldest hour first.

    Beside them stands usage that came late for an hour in which its subscription was not on.
    """
    return read_refused(ledger, now, ledger.noted)
