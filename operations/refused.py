"""`refused`: records that ended without a bill."""

from datetime import datetime

from operations.answers import RefusedAnswer
from operations.careful_ledger import CarefulUsageTable
from operations.options import answering
from operations.reads import read_refused


@answering
def refused(ledger: CarefulUsageTable, *, now: datetime) -> RefusedAnswer:
    """Show the records that AWS rejected, disputes or let expire; the oldest hour first."""
    return read_refused(ledger, now)
